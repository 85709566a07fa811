// Package seal makes a submission unreadable for everyone but the hall, and undeniable by the terminal that sent it.
//
// [Seal] encrypts an application to the hall's online key and to its offline recovery key, and signs the result with the
// terminal's key. [Verify] checks the signature without any secret; [Open] decrypts with one of the two private keys;
// [Check] does for a whole [wire.Submission] what a hall must do before it stores anything. [SignReceipt] and
// [VerifyReceipt] are the hall's word that it has the submission, and the only reason for a terminal to delete it.
//
// What it promises:
//   - A terminal cannot open what it has sealed: the content key is wiped as soon as it has been wrapped.
//   - It fails closed: a missing recipient, an unknown suite, a key that does not match its name, an application that does
//     not belong to its header — each is an error, and nothing half-sealed is returned.
//   - Every byte of an envelope is covered by the terminal's signature, and every byte of a submission by its digest.
//
// What it never does: store, send, log, or keep a key. The exact bytes of everything signed and sealed are told in
// sync/wire/README.md, and testdata/vectors.json holds examples of all of them.
package seal

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"zizhuban/sync/wire"
)

// Version is the version of the header and of the transcript that this package writes and reads.
const Version = 1

const (
	// maxKeys bounds the key shares of an envelope: online and recovery, each old and new while a key is being changed, and
	// some room.
	maxKeys = 8
	// maxHeader bounds the header's bytes. A header has some 400.
	maxHeader = 8 << 10
	// padTo is the size of which a sealed application is a multiple, so that an envelope's length does not tell which
	// answers were long. JSON may end in spaces: nothing has to be cut off after opening.
	padTo = 1024
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrSuite is returned for a suite that this program does not know. It is never guessed.
	ErrSuite = errors.New("unknown sealing suite")
	// ErrRecipients is returned by Seal where the recipients are not at least one online and one recovery key of one suite.
	ErrRecipients = errors.New("recipients are not usable")
	// ErrMalformed is returned for an envelope, header, key or receipt that does not have the right form.
	ErrMalformed = errors.New("malformed")
	// ErrSignature is returned where a signature does not verify: the bytes were changed, or another key signed them.
	ErrSignature = errors.New("signature does not verify")
	// ErrNotForKey is returned by Open where the envelope has no share for the given key.
	ErrNotForKey = errors.New("envelope is not sealed to this key")
	// ErrOpen is returned by Open where decryption fails: the bytes were changed, or the key is not the one it claims to be.
	ErrOpen = errors.New("envelope does not open")
	// ErrMismatch is returned where parts that must belong together do not: application and header, digest and content,
	// receipt and submission.
	ErrMismatch = errors.New("parts do not belong together")
)

// Seal seals app to every recipient and signs the envelope with key, the terminal's ECDSA P-256 key.
//
// The caller fills header but for Version and Suite, which Seal sets. app must bear the same submission, local number, item
// code and item version as header. random is the source of the content key and of the signature's nonce (nil: the system's);
// the key encapsulation always uses the system's source.
func Seal(random io.Reader, key crypto.Signer, recipients []wire.Recipient, header wire.Header, app wire.Application) (wire.Envelope, error) {
	if random == nil {
		random = rand.Reader
	}
	s, err := checkRecipients(recipients)
	if err != nil {
		return wire.Envelope{}, fmt.Errorf("seal: %w", err)
	}
	header.Version, header.Suite = Version, s.id()
	if err := checkHeader(header); err != nil {
		return wire.Envelope{}, fmt.Errorf("seal: %w", err)
	}
	if err := belongs(header, app); err != nil {
		return wire.Envelope{}, fmt.Errorf("seal: %w", err)
	}
	head, err := json.Marshal(header)
	if err != nil {
		return wire.Envelope{}, fmt.Errorf("seal: header: %w", err)
	}
	body, err := json.Marshal(app)
	if err != nil {
		// A marshal error can quote a value; the values are personal data.
		return wire.Envelope{}, errors.New("seal: application cannot be written as JSON")
	}
	defer clear(body)
	padded := pad(body)
	defer clear(padded)

	contentKey := make([]byte, s.keySize())
	defer clear(contentKey)
	if _, err := io.ReadFull(random, contentKey); err != nil {
		return wire.Envelope{}, fmt.Errorf("seal: content key: %w", err)
	}

	env := wire.Envelope{Header: head}
	for _, r := range recipients {
		share, err := s.wrap(r.Public, shareInfo(s.id(), r.KeyID, head), contentKey)
		if err != nil {
			return wire.Envelope{}, fmt.Errorf("seal: to recipient %s: %w", r.KeyID, err)
		}
		env.Keys = append(env.Keys, wire.KeyShare{KeyID: r.KeyID, Sealed: share})
	}
	aead, err := s.body(contentKey)
	if err != nil {
		return wire.Envelope{}, fmt.Errorf("seal: %w", err)
	}
	// The nonce is fixed at zero. A nonce must not repeat under one key, and this key is drawn for this one message and
	// forgotten; a random nonce would add twelve bytes and no safety.
	env.Body = aead.Seal(nil, make([]byte, aead.NonceSize()), padded, bodyAAD(head))
	env.Signature, err = s.sign(random, key, signedBytes(env))
	if err != nil {
		return wire.Envelope{}, fmt.Errorf("seal: sign: %w", err)
	}
	return env, nil
}

// Verify checks the terminal's signature over the envelope and returns the header, which needs no key to read.
// pub is the terminal's public key: *ecdsa.PublicKey for the default suite.
func Verify(pub crypto.PublicKey, env wire.Envelope) (wire.Header, error) {
	header, s, err := readHeader(env)
	if err != nil {
		return wire.Header{}, fmt.Errorf("verify envelope: %w", err)
	}
	if err := s.verify(pub, signedBytes(env), env.Signature); err != nil {
		return wire.Header{}, fmt.Errorf("verify envelope of submission %s: %w", header.Submission, err)
	}
	return header, nil
}

// Check does everything that can be checked of a submission without opening it: the terminal's signature, that the manifest
// is the one which the header names, and the digest. A hall calls it before it stores anything.
func Check(pub crypto.PublicKey, sub wire.Submission) (wire.Header, error) {
	header, err := Verify(pub, sub.Envelope)
	if err != nil {
		return wire.Header{}, err
	}
	if err := checkManifest(header, sub.Attachments); err != nil {
		return wire.Header{}, fmt.Errorf("check submission %s: %w", header.Submission, err)
	}
	if !equal(sub.Digest, Digest(sub.Envelope, sub.Attachments)) {
		return wire.Header{}, fmt.Errorf("check submission %s: digest is not that of the content: %w", header.Submission, ErrMismatch)
	}
	return header, nil
}

// Open decrypts an envelope. It does not check the terminal's signature: call [Verify] or [Check] first.
func Open(key *PrivateKey, env wire.Envelope) (wire.Header, wire.Application, error) {
	header, app, err := open(key, env)
	if err != nil {
		return wire.Header{}, wire.Application{}, fmt.Errorf("open envelope: %w", err)
	}
	return header, app, nil
}

func open(key *PrivateKey, env wire.Envelope) (wire.Header, wire.Application, error) {
	var app wire.Application
	header, s, err := readHeader(env)
	if err != nil {
		return header, app, err
	}
	if key.Suite != header.Suite {
		return header, app, fmt.Errorf("submission %s is sealed with %s, the key is of %s: %w", header.Submission, header.Suite, key.Suite, ErrNotForKey)
	}
	var share []byte
	for _, k := range env.Keys {
		if k.KeyID == key.KeyID {
			share = k.Sealed
			break
		}
	}
	if share == nil {
		return header, app, fmt.Errorf("submission %s, key %s: %w", header.Submission, key.KeyID, ErrNotForKey)
	}
	contentKey, err := s.unwrap(key.secret, shareInfo(header.Suite, key.KeyID, env.Header), share)
	if err != nil || len(contentKey) != s.keySize() {
		return header, app, fmt.Errorf("submission %s, key share of %s: %w", header.Submission, key.KeyID, ErrOpen)
	}
	defer clear(contentKey)
	aead, err := s.body(contentKey)
	if err != nil {
		return header, app, err
	}
	body, err := aead.Open(nil, make([]byte, aead.NonceSize()), env.Body, bodyAAD(env.Header))
	if err != nil {
		return header, app, fmt.Errorf("submission %s, body: %w", header.Submission, ErrOpen)
	}
	defer clear(body)
	if err := json.Unmarshal(body, &app); err != nil {
		// Again without the cause, which can quote a value.
		return header, wire.Application{}, fmt.Errorf("submission %s: the sealed content is not an application: %w", header.Submission, ErrMalformed)
	}
	if err := belongs(header, app); err != nil {
		return header, wire.Application{}, err
	}
	return header, app, nil
}

// ReadHeader reads an envelope's header without checking the signature: for a look at what is queued, never for trust.
func ReadHeader(env wire.Envelope) (wire.Header, error) {
	header, _, err := readHeader(env)
	return header, err
}

func readHeader(env wire.Envelope) (wire.Header, suite, error) {
	var header wire.Header
	if len(env.Header) > maxHeader {
		return header, nil, fmt.Errorf("header has %d bytes, at most %d are allowed: %w", len(env.Header), maxHeader, ErrMalformed)
	}
	if err := json.Unmarshal(env.Header, &header); err != nil {
		return wire.Header{}, nil, fmt.Errorf("header is not JSON of the right shape: %w", ErrMalformed)
	}
	s, err := suiteOf(header.Suite)
	if err != nil {
		return wire.Header{}, nil, err
	}
	if err := checkHeader(header); err != nil {
		return wire.Header{}, nil, err
	}
	if len(env.Keys) < 2 || len(env.Keys) > maxKeys {
		return wire.Header{}, nil, fmt.Errorf("envelope has %d key shares, 2 to %d are allowed: %w", len(env.Keys), maxKeys, ErrMalformed)
	}
	return header, s, nil
}

func checkHeader(h wire.Header) error {
	if h.Version != Version {
		return fmt.Errorf("header version %d, this program knows %d: %w", h.Version, Version, ErrMalformed)
	}
	id, err := uuid.Parse(h.Submission)
	if err != nil || id.String() != h.Submission {
		return fmt.Errorf("header's submission is not a UUID in lower case: %w", ErrMalformed)
	}
	switch {
	case h.Terminal == "":
		return fmt.Errorf("header names no terminal: %w", ErrMalformed)
	case h.Sequence == 0:
		return fmt.Errorf("header has no sequence number: %w", ErrMalformed)
	case h.ItemCode == "" || h.ItemVersion < 1:
		return fmt.Errorf("header names no item and version: %w", ErrMalformed)
	case h.LocalNumber == "":
		return fmt.Errorf("header has no local number: %w", ErrMalformed)
	case len(h.Manifest) != 0 && len(h.Manifest) != sha256.Size:
		return fmt.Errorf("header's manifest digest has %d bytes: %w", len(h.Manifest), ErrMalformed)
	}
	return nil
}

func belongs(h wire.Header, app wire.Application) error {
	if app.Submission != h.Submission || app.LocalNumber != h.LocalNumber || app.ItemCode != h.ItemCode || app.ItemVersion != h.ItemVersion {
		return fmt.Errorf("the application is not the one of header %s: %w", h.Submission, ErrMismatch)
	}
	return nil
}

func checkManifest(h wire.Header, attachments []wire.Attachment) error {
	if !equal(h.Manifest, Manifest(attachments)) {
		return fmt.Errorf("the manifest is not the one that the header names: %w", ErrMismatch)
	}
	return nil
}

// pad copies b and fills it with spaces.
func pad(b []byte) []byte {
	size := (len(b) + padTo - 1) / padTo * padTo
	return append(append(make([]byte, 0, size), b...), bytes.Repeat([]byte{' '}, size-len(b))...)
}
