// Package wire is the contract between terminal and hall: what is sent, what is answered, under which paths.
// openapi.yaml beside this file is the contract's text; a test keeps these types equal to it.
package wire

import (
	"encoding/json"
	"time"
)

// Paths of the hall's API. {id} is a submission's UUID, {slot} an attachment's name in its manifest.
const (
	PathEnrol       = "/v1/enrol"                         // POST EnrolRequest → Enrolment; no client certificate yet
	PathRenew       = "/v1/renew"                         // POST RenewRequest → Enrolment
	PathSubmission  = "/v1/submissions/{id}"              // PUT Submission → Answer; GET → Answer
	PathBlob        = "/v1/submissions/{id}/blobs/{slot}" // PUT chunks; the place is kept, the sync issue fills it
	PathHeartbeat   = "/v1/heartbeat"                     // POST Heartbeat → HeartbeatAnswer
	PathUpdatesWait = "/v1/updates/wait"                  // GET ?have=N → UpdatesAnswer; answers when a newer catalogue is published, or after 30 s
	PathUpdates     = "/v1/tuf/"                          // GET static TUF repository: metadata/… and targets/…
	PathTrack       = "/t/"                               // GET, no certificate: a person's tracking page
)

// EnrolRequest asks for a terminal's certificate with a one-time code.
type EnrolRequest struct {
	Code   string `json:"code"`
	CSR    []byte `json:"csr"`    // PKCS#10, DER, ECDSA P-256
	Serial string `json:"serial"` // of the machine, for the operator's eyes
}

// Enrolment is everything that a terminal must know and trust; it is kept in the terminal's data directory.
type Enrolment struct {
	Terminal    string          `json:"terminal"`     // id, such as T-7K3M
	Place       string          `json:"place"`        // where it stands, in words
	Site        string          `json:"site"`         // H T V B
	Certificate []byte          `json:"certificate"`  // DER, the terminal's
	CA          []byte          `json:"ca"`           // DER, pins the hall
	ReceiptKey  []byte          `json:"receipt_key"`  // ed25519 public key that signs receipts
	Recipients  []Recipient     `json:"recipients"`   // always two: online and recovery
	UpdatesRoot json.RawMessage `json:"updates_root"` // TUF root.json, the factory root
	TrackingURL string          `json:"tracking_url"` // what a slip's QR starts with, such as https://hall.example/t/
	ServerTime  time.Time       `json:"server_time"`
}

// Recipient is a key to which submissions are sealed.
type Recipient struct {
	KeyID  string `json:"key_id"`
	Use    string `json:"use"`   // online or recovery
	Suite  string `json:"suite"` // see sync/seal
	Public []byte `json:"public"`
}

// RenewRequest asks for a new certificate for the same key.
type RenewRequest struct {
	CSR []byte `json:"csr"`
}

// Header is what may be read of a submission without a key. It is authenticated, and signed by the terminal. It holds no
// personal data.
type Header struct {
	Version     int       `json:"version"` // 1
	Suite       string    `json:"suite"`
	Submission  string    `json:"submission"` // UUIDv7
	Terminal    string    `json:"terminal"`
	Sequence    uint64    `json:"sequence"` // per terminal, without gaps
	ItemCode    string    `json:"item_code"`
	ItemVersion int       `json:"item_version"`
	LocalNumber string    `json:"local_number"`       // what the slip bears
	SealedAt    time.Time `json:"sealed_at"`          // the terminal's clock, which may be wrong
	Manifest    []byte    `json:"manifest,omitempty"` // SHA-256 of the manifest of attachments (see sync/seal), so that the signature covers it; absent where there are none
}

// Envelope is a sealed submission.
type Envelope struct {
	Header    []byte     `json:"header"`    // the exact bytes of a Header in JSON: they are authenticated and signed as they stand
	Keys      []KeyShare `json:"keys"`      // one for each recipient
	Body      []byte     `json:"body"`      // AEAD ciphertext of an Application in JSON
	Signature []byte     `json:"signature"` // ECDSA P-256 ASN.1 by the terminal's key over SHA-256 of the signed bytes (see sync/seal)
}

// KeyShare is the content key, sealed to one recipient.
type KeyShare struct {
	KeyID  string `json:"key_id"`
	Sealed []byte `json:"sealed"`
}

// Attachment is an entry of a manifest: sealed bytes that follow the envelope.
type Attachment struct {
	Slot   string `json:"slot"`
	Size   int64  `json:"size"`   // of the sealed bytes
	SHA256 []byte `json:"sha256"` // of the sealed bytes
}

// Submission is the body of PUT PathSubmission.
type Submission struct {
	Envelope    Envelope     `json:"envelope"`
	Attachments []Attachment `json:"attachments"` // may be empty, never absent
	Digest      []byte       `json:"digest"`      // SHA-256 over envelope and manifest (see sync/seal); the same id with another digest is 409
}

// Answer is the hall's answer to a submission. Receipt is set once everything has arrived.
type Answer struct {
	Receipt *Receipt  `json:"receipt,omitempty"`
	Missing []Missing `json:"missing,omitempty"`
}

// Missing is an attachment that has not arrived whole, and how much of it is durable.
type Missing struct {
	Slot   string `json:"slot"`
	Offset int64  `json:"offset"`
}

// Receipt is the hall's signed word that it has the submission. Only this lets a terminal delete.
type Receipt struct {
	Body      []byte `json:"body"`      // the exact bytes of a ReceiptBody in JSON
	Signature []byte `json:"signature"` // ed25519 over "zizhuban receipt v1\x00" and Body
}

// ReceiptBody is what a receipt says.
type ReceiptBody struct {
	Submission string    `json:"submission"`
	Digest     []byte    `json:"digest"`
	Terminal   string    `json:"terminal"`
	Sequence   uint64    `json:"sequence"`
	CaseNumber string    `json:"case_number"` // the platform's number (办件编号)
	ReceivedAt time.Time `json:"received_at"`
}

// Application is what is sealed: a citizen's whole submission (申请).
type Application struct {
	Submission  string          `json:"submission"`
	LocalNumber string          `json:"local_number"`
	ItemCode    string          `json:"item_code"`
	ItemVersion int             `json:"item_version"`
	ItemName    string          `json:"item_name"`
	Language    string          `json:"language"`
	Applicant   Applicant       `json:"applicant"`
	Answers     map[string]any  `json:"answers"` // by field key; the forms are told at items.Field
	Materials   []MaterialState `json:"materials"`
	Consent     Consent         `json:"consent"`
	Signature   []Stroke        `json:"signature"`
	SubmittedAt time.Time       `json:"submitted_at"`
}

// Applicant is the person who applies.
type Applicant struct {
	Identified string `json:"identified"` // card or typed
	Name       string `json:"name"`
	Sex        string `json:"sex,omitempty"`
	Nation     string `json:"nation,omitempty"`
	Birth      string `json:"birth,omitempty"`
	Address    string `json:"address,omitempty"`
	IDNumber   string `json:"id_number"`
	Authority  string `json:"authority,omitempty"`
	ValidFrom  string `json:"valid_from,omitempty"`
	ValidTo    string `json:"valid_to,omitempty"`
	Phone      string `json:"phone"`
	Contact    string `json:"contact,omitempty"` // contact address, if another than on the card
}

// MaterialState is what became of one material.
type MaterialState struct {
	Name  string `json:"name"`
	Level string `json:"level"`
	State string `json:"state"`         // read (card), shared (fetched by the hall), promised (signed here), deferred (容缺), brought (to a window), absent (not necessary)
	Due   string `json:"due,omitempty"` // 2006-01-02, of a deferred material
}

// Consent is what the citizen agreed to, and when.
type Consent struct {
	Version string    `json:"version"` // of the notice's text
	At      time.Time `json:"at"`
}

// Stroke is one stroke of a signature: x, y in thousandths of the pad's width, and milliseconds since the first touch.
type Stroke []Point

// Point is a point of a stroke.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
	T int `json:"t"`
}

// Heartbeat is a terminal's word on how it is. No personal data.
type Heartbeat struct {
	Software   string            `json:"software"`
	Catalogue  int               `json:"catalogue"` // version in use
	Queued     int               `json:"queued"`
	SetAside   int               `json:"set_aside"` // poison entries in quarantine
	OldestSecs int64             `json:"oldest_secs"`
	Clock      time.Time         `json:"clock"`
	Devices    map[string]string `json:"devices"` // role → status, and role.paper → state
}

// HeartbeatAnswer is the hall's answer.
type HeartbeatAnswer struct {
	ServerTime time.Time `json:"server_time"`
	Catalogue  int       `json:"catalogue"` // newest version published
}

// UpdatesAnswer tells the newest catalogue version.
type UpdatesAnswer struct {
	Catalogue int `json:"catalogue"`
}

// Problem is the body of every error answer, after RFC 9457.
type Problem struct {
	Type   string `json:"type"` // such as digest-conflict, unknown-item, too-large, busy
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Status int    `json:"status"`
}
