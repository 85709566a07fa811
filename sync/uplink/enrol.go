package uplink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/wire"
)

// EnrolOptions go with a code.
type EnrolOptions struct {
	CAPin     string          // SHA-256 of the certificate of the hall's authority, hex, as given with the code
	Dir       string          // where the identity is kept
	Serial    string          // of the machine, for the operator's eyes
	Again     bool            // replace an enrolment that is there
	Clock     clockwork.Clock // default the real one
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
	BuildTime time.Time // see Config
}

// ErrPin is returned where the pin is not a SHA-256 in hex.
var ErrPin = errors.New("the fingerprint of the hall's certificate must be 64 hexadecimal digits")

// ParseTicket takes apart the one line that the hall prints with a code, for copying and as a QR code:
// the hall's address, the code and the fingerprint, with # between them.
func ParseTicket(ticket string) (url, code, pin string, err error) {
	parts := strings.Split(strings.TrimSpace(ticket), "#")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return "", "", "", errors.New("this is not an enrolment ticket: it must be ADDRESS#CODE#FINGERPRINT, as the hall shows it")
	}
	if _, err := parsePin(parts[2]); err != nil {
		return "", "", "", err
	}
	return parts[0], parts[1], parts[2], nil
}

func parsePin(pin string) ([]byte, error) {
	b, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(pin))
	if err != nil || len(b) != sha256.Size {
		return nil, ErrPin
	}
	return b, nil
}

// Enrol spends a one-time code: it makes the terminal's key, has it certified by the hall at address, and keeps what the hall
// tells. The hall must show its authority's certificate in the handshake, and it must be the one that is pinned.
func Enrol(ctx context.Context, address, code string, o EnrolOptions) (*Identity, error) {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.BuildTime.IsZero() {
		o.BuildTime = buildTime()
	}
	pin, err := parsePin(o.CAPin)
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "https" || at.Host == "" {
		return nil, fmt.Errorf("enrol: the hall's address %q is not an https address", address)
	}
	address = strings.TrimRight(address, "/")
	if _, err := os.Stat(filepath.Join(o.Dir, enrolmentFile)); err == nil && !o.Again {
		return nil, fmt.Errorf("enrol: %w", ErrEnrolled)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	key, err := newKey()
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	// The key is on the disk before the hall hears of it: a certificate whose key is lost is a code wasted.
	if err := writeKey(filepath.Join(o.Dir, newKeyFile), key); err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	csr, err := request(key)
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	e, err := askEnrolment(ctx, address, wire.EnrolRequest{Code: code, CSR: csr, Serial: o.Serial}, pin, o)
	if err != nil {
		return nil, fmt.Errorf("enrol at %s: %w", address, err)
	}
	if sum := sha256.Sum256(e.CA); !bytes.Equal(sum[:], pin) {
		return nil, fmt.Errorf("enrol at %s: the hall names another authority than the pinned one: %w", address, ErrWrongHall)
	}
	id, err := newIdentity(o.Dir, address, key, e)
	if err != nil {
		return nil, fmt.Errorf("enrol at %s: %w", address, err)
	}
	if err := writeEnrolment(o.Dir, storedEnrolment{address, e}); err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	if err := os.Rename(filepath.Join(o.Dir, newKeyFile), filepath.Join(o.Dir, keyFile)); err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	return id, syncDir(o.Dir)
}

func askEnrolment(ctx context.Context, address string, q wire.EnrolRequest, pin []byte, o EnrolOptions) (wire.Enrolment, error) {
	var e wire.Enrolment
	t := plainTransport(o.Dial)
	defer t.CloseIdleConnections()
	t.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // pinned below instead
		VerifyConnection: func(cs tls.ConnectionState) error {
			ca, err := pinned(cs.PeerCertificates, pin)
			if err != nil {
				return err
			}
			return verifyHall(cs, ca, o.BuildTime, o.Clock.Now())
		},
		NextProtos: []string{"h2", "http/1.1"},
	}
	body, err := json.Marshal(q)
	if err != nil {
		return e, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+wire.PathEnrol, bytes.NewReader(body))
	if err != nil {
		return e, err
	}
	req.Header.Set("Content-Type", jsonType)
	res, err := (&http.Client{Transport: t, CheckRedirect: noRedirect}).Do(req)
	if err != nil {
		return e, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return e, err
	}
	if err := decodeAnswer(res.StatusCode, res.Header, data, &e); err != nil {
		return e, err
	}
	e.ServerTime = believable(e.ServerTime, until(res))
	return e, nil
}

// believable is a time that the hall has told, or the zero time where it lies beyond the certificate with which it was told: to
// believe that would shut the hall out for ever.
func believable(told, until time.Time) time.Time {
	if told.After(until) {
		return time.Time{}
	}
	return told
}

// pinned finds the authority with the pinned hash among the certificates of the handshake.
func pinned(chain []*x509.Certificate, pin []byte) (*x509.Certificate, error) {
	for _, c := range chain {
		if sum := sha256.Sum256(c.Raw); bytes.Equal(sum[:], pin) && c.IsCA {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%w: the pinned authority is not among its certificates; compare the fingerprint with the hall", ErrWrongHall)
}
