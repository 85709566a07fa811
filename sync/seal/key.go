package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"zizhuban/sync/wire"
)

// The uses of a recipient key.
const (
	UseOnline   = "online"   // lives at the hall and opens every day's submissions
	UseRecovery = "recovery" // lives in a safe and opens everything if the online key is lost
)

const pemType = "ZIZHUBAN RECIPIENT PRIVATE KEY"

// PrivateKey is a recipient's private key. It never leaves the hall (or the safe); terminals have only its [wire.Recipient].
type PrivateKey struct {
	KeyID  string
	Use    string // UseOnline or UseRecovery
	Suite  string
	secret []byte
	public []byte
}

// NewRecipientKey makes a key of the default suite. random may be nil for the system's source.
func NewRecipientKey(random io.Reader, use string) (*PrivateKey, error) {
	if random == nil {
		random = rand.Reader
	}
	s := suites[SuiteHPKE]
	secret, err := s.newSecret(random)
	if err != nil {
		return nil, fmt.Errorf("make recipient key: %w", err)
	}
	return newPrivateKey(s, use, secret)
}

func newPrivateKey(s suite, use string, secret []byte) (*PrivateKey, error) {
	if use != UseOnline && use != UseRecovery {
		return nil, fmt.Errorf("recipient key: use %.32q is neither %s nor %s: %w", use, UseOnline, UseRecovery, ErrMalformed)
	}
	public, err := s.public(secret)
	if err != nil {
		return nil, fmt.Errorf("recipient key: %w: %w", ErrMalformed, err)
	}
	return &PrivateKey{KeyID: keyID(s.id(), use, public), Use: use, Suite: s.id(), secret: secret, public: public}, nil
}

// keyID names a key after its use and its own bytes, so that a name can never stand beside the wrong key.
func keyID(suite, use string, public []byte) string {
	h := sha256.New()
	h.Write(field(field([]byte("zizhuban key id v1\x00"), []byte(suite)), public))
	return use + "-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// Recipient is the public half, for the terminals.
func (k *PrivateKey) Recipient() wire.Recipient {
	return wire.Recipient{KeyID: k.KeyID, Use: k.Use, Suite: k.Suite, Public: append([]byte(nil), k.public...)}
}

// Encode writes the key as PEM, for a file with mode 0600 or for the paper in the safe.
func (k *PrivateKey) Encode() []byte {
	return pem.EncodeToMemory(&pem.Block{
		Type:    pemType,
		Headers: map[string]string{"Key-Id": k.KeyID, "Suite": k.Suite, "Use": k.Use},
		Bytes:   k.secret,
	})
}

// ParsePrivateKey reads what [PrivateKey.Encode] wrote. A key id that is not the key's own is an error: then a file was damaged or
// put together by hand.
func ParsePrivateKey(data []byte) (*PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("recipient key: no PEM block %q: %w", pemType, ErrMalformed)
	}
	s, err := suiteOf(block.Headers["Suite"])
	if err != nil {
		return nil, fmt.Errorf("recipient key: %w", err)
	}
	k, err := newPrivateKey(s, block.Headers["Use"], block.Bytes)
	if err != nil {
		return nil, err
	}
	if id := block.Headers["Key-Id"]; id != k.KeyID {
		return nil, fmt.Errorf("recipient key: the file says %.64q, the key is %s: %w", id, k.KeyID, ErrMismatch)
	}
	return k, nil
}

// String names the key without its secret.
func (k *PrivateKey) String() string { return "recipient key " + k.KeyID }

// GoString is String: %#v must not print the secret either.
func (k *PrivateKey) GoString() string { return k.String() }

// LogValue keeps the secret out of logs.
func (k *PrivateKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// checkRecipients holds that there is at least one online and one recovery key, that all are of one known suite, that none
// is there twice, and that each name is its key's own. It returns the suite.
func checkRecipients(recipients []wire.Recipient) (suite, error) {
	if len(recipients) < 2 || len(recipients) > maxKeys {
		return nil, fmt.Errorf("%d recipients, needed are an online and a recovery key: %w", len(recipients), ErrRecipients)
	}
	s, err := suiteOf(recipients[0].Suite)
	if err != nil {
		return nil, err
	}
	uses, seen := map[string]bool{}, map[string]bool{}
	for _, r := range recipients {
		if r.Suite != s.id() {
			if _, err := suiteOf(r.Suite); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("recipients of two suites, %s and %s: %w", s.id(), r.Suite, ErrRecipients)
		}
		if r.Use != UseOnline && r.Use != UseRecovery {
			return nil, fmt.Errorf("recipient %.64q has use %.32q: %w", r.KeyID, r.Use, ErrRecipients)
		}
		if r.KeyID != keyID(r.Suite, r.Use, r.Public) {
			return nil, fmt.Errorf("recipient %.64q is not named after its key: %w", r.KeyID, ErrRecipients)
		}
		if public := strings.TrimPrefix(r.KeyID, r.Use+"-"); seen[public] {
			return nil, fmt.Errorf("recipient %s is there twice: %w", r.KeyID, ErrRecipients)
		} else {
			seen[public] = true
		}
		uses[r.Use] = true
	}
	if !uses[UseOnline] || !uses[UseRecovery] {
		return nil, fmt.Errorf("needed are an online and a recovery key: %w", ErrRecipients)
	}
	return s, nil
}

// CheckRecipients tells whether Seal would take these recipients; an enrolment that brings others is refused at once.
func CheckRecipients(recipients []wire.Recipient) error {
	_, err := checkRecipients(recipients)
	return err
}
