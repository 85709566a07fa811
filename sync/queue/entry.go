package queue

import "time"

// Ticket is what the queue gives to a new submission before it is sealed. The header must bear exactly this.
type Ticket struct {
	Terminal    string
	Submission  string // UUIDv7
	LocalNumber string // what the slip bears
	Sequence    uint64
	At          time.Time // the terminal's clock
}

// Entry is a stored submission.
type Entry struct {
	Submission  string
	LocalNumber string
	Sequence    uint64
	ItemCode    string
	ItemVersion int
	Digest      []byte
	QueuedAt    time.Time
	Attempts    int
	Body        []byte // a wire.Submission in JSON, as it goes into the PUT; not set by Put
}

func (f *facts) entry(body []byte) Entry {
	return Entry{
		Submission: f.Submission, LocalNumber: f.LocalNumber, Sequence: f.Sequence, ItemCode: f.ItemCode, ItemVersion: f.ItemVersion,
		Digest: f.Digest, QueuedAt: f.QueuedAt, Attempts: f.Attempts, Body: body,
	}
}

// The states of a slip.
const (
	SlipPending   = "pending"   // nothing has gone to the printer: after a restart it may be printed without a second look
	SlipPrinting  = "printing"  // bytes may have gone to the printer: after a restart nobody knows whether there is a slip
	SlipPrinted   = "printed"   // the printer confirmed it
	SlipProcessed = "processed" // the printer took all bytes, and can confirm no more than that
	SlipUnknown   = "unknown"   // the printer went away in the middle
	SlipFailed    = "failed"
	SlipDeclined  = "declined" // the citizen did not want one
	SlipNumber    = "number"   // the citizen has the number from the screen instead
)

// Slip is what is known of a submission's slip, for longer than the submission itself waits.
type Slip struct {
	Submission  string    `json:"submission"`
	LocalNumber string    `json:"local_number"`
	Sequence    uint64    `json:"sequence"`
	ItemCode    string    `json:"item_code"`
	ItemVersion int       `json:"item_version"`
	State       string    `json:"state"`
	CaseNumber  string    `json:"case_number,omitempty"` // once the hall has given one
	At          time.Time `json:"at"`                    // when the submission was stored
}

func (f *facts) slip() Slip {
	return Slip{
		Submission: f.Submission, LocalNumber: f.LocalNumber, Sequence: f.Sequence, ItemCode: f.ItemCode, ItemVersion: f.ItemVersion,
		State: f.Slip, CaseNumber: f.CaseNumber, At: f.QueuedAt,
	}
}

// Aside is an entry that was set aside.
type Aside struct {
	Submission  string    `json:"submission"`
	LocalNumber string    `json:"local_number"`
	Sequence    uint64    `json:"sequence"`
	ItemCode    string    `json:"item_code"`
	Reason      string    `json:"reason"`
	At          time.Time `json:"at"`
	Attempts    int       `json:"attempts"`
}

// Incident is something that happened to the queue's file.
type Incident struct {
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`           // damaged, missing, older, replaced
	File     string    `json:"file,omitempty"` // what was set aside, in the queue's directory
	Reason   string    `json:"reason"`
	Salvaged int       `json:"salvaged"`       // submissions that were carried over
	Lost     []string  `json:"lost,omitempty"` // local numbers of submissions that are known to have waited and were not found
}

// The kinds of an incident.
const (
	IncidentDamaged  = "damaged"
	IncidentMissing  = "missing"
	IncidentOlder    = "older"    // the file is an older copy of itself
	IncidentReplaced = "replaced" // the file is another queue's
)

// maxIncidents are remembered; the files of all of them stay.
const maxIncidents = 20

// Status is how the queue is, for screens, heartbeats and the technician.
type Status struct {
	Terminal      string     `json:"terminal"`
	Queue         string     `json:"queue"` // id of the file
	Depth         int        `json:"depth"` // waiting
	SetAside      int        `json:"set_aside"`
	Aside         []Aside    `json:"aside"`
	Bytes         int64      `json:"bytes"` // of waiting and set-aside records
	FileBytes     int64      `json:"file_bytes"`
	MaxEntries    int        `json:"max_entries"`
	MaxBytes      int64      `json:"max_bytes"`
	FreeBytes     int64      `json:"free_bytes"` // of the disk; -1 where it cannot be told
	MinFree       int64      `json:"min_free"`
	Oldest        time.Time  `json:"oldest,omitzero"` // of those that wait
	OldestSeconds int64      `json:"oldest_seconds"`
	Sequence      uint64     `json:"sequence"` // highest used
	LastDelivered time.Time  `json:"last_delivered,omitzero"`
	Full          string     `json:"full,omitempty"`   // why no visit may start; empty where one may
	Broken        string     `json:"broken,omitempty"` // why the file cannot be used
	Quarantined   []Incident `json:"quarantined"`
}

// Report is the result of a verification of the queue.
type Report struct {
	OK        bool     `json:"ok"`
	Waiting   int      `json:"waiting"`
	SetAside  int      `json:"set_aside"`
	Delivered int      `json:"delivered"` // facts still kept of delivered ones
	Bytes     int64    `json:"bytes"`
	Problems  []string `json:"problems"` // at most maxProblems
}

const maxProblems = 50
