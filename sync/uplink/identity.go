package uplink

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNotEnrolled is returned by Load on a terminal without an enrolment.
	ErrNotEnrolled = errors.New("this terminal is not enrolled; get a code from the hall and run: kiosk enrol")
	// ErrEnrolled is returned by Enrol on a terminal that is enrolled already, unless EnrolOptions.Again says otherwise.
	ErrEnrolled = errors.New("this terminal is enrolled already")
	// ErrRights is returned where the key file can be read by others than the kiosk's user.
	ErrRights = errors.New("the terminal's key is readable by others")
	// ErrEnrolment is returned for an enrolment that is not complete or does not fit its key.
	ErrEnrolment = errors.New("the enrolment cannot be used")
)

// The files of an identity.
const (
	keyFile       = "terminal.key"
	newKeyFile    = "terminal.key.new"
	enrolmentFile = "enrolment.json"
	pemKey        = "PRIVATE KEY"
)

// Identity is who the terminal is: its key, and what it was told at enrolment. It may be used from any goroutine.
type Identity struct {
	dir string
	url string
	key *ecdsa.PrivateKey

	mu        sync.Mutex
	enrolment wire.Enrolment
	pair      *tls.Certificate
	ca        *x509.Certificate
}

// storedEnrolment is what enrolment.json holds.
type storedEnrolment struct {
	URL       string         `json:"url"`
	Enrolment wire.Enrolment `json:"enrolment"`
}

// Load reads the identity in dir.
func Load(dir string) (*Identity, error) {
	data, err := os.ReadFile(filepath.Join(dir, enrolmentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotEnrolled
	}
	if err != nil {
		return nil, fmt.Errorf("read enrolment: %w", err)
	}
	var stored storedEnrolment
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, fmt.Errorf("enrolment %s: %w: %w; enrol this terminal again", filepath.Join(dir, enrolmentFile), ErrEnrolment, err)
	}
	id, err := loadWith(dir, keyFile, stored)
	if err == nil || errors.Is(err, ErrRights) {
		return id, err
	}
	// The power may have failed between the enrolment and the key's taking its name.
	fresh, freshErr := loadWith(dir, newKeyFile, stored)
	if freshErr != nil {
		return nil, err
	}
	if err := os.Rename(filepath.Join(dir, newKeyFile), filepath.Join(dir, keyFile)); err != nil {
		return nil, fmt.Errorf("take the new key: %w", err)
	}
	return fresh, syncDir(dir)
}

func loadWith(dir, file string, stored storedEnrolment) (*Identity, error) {
	key, err := readKey(filepath.Join(dir, file))
	if err != nil {
		return nil, err
	}
	return newIdentity(dir, stored.URL, key, stored.Enrolment)
}

func newIdentity(dir, url string, key *ecdsa.PrivateKey, e wire.Enrolment) (*Identity, error) {
	pair, ca, err := checkEnrolment(key, e)
	if err != nil {
		return nil, err
	}
	return &Identity{dir: dir, url: url, key: key, enrolment: e, pair: pair, ca: ca}, nil
}

// checkEnrolment holds that everything that the terminal will rely on is there and fits together.
func checkEnrolment(key *ecdsa.PrivateKey, e wire.Enrolment) (*tls.Certificate, *x509.Certificate, error) {
	bad := func(what string, err error) (*tls.Certificate, *x509.Certificate, error) {
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %w; enrol this terminal again", ErrEnrolment, what, err)
		}
		return nil, nil, fmt.Errorf("%w: %s; enrol this terminal again", ErrEnrolment, what)
	}
	ca, err := x509.ParseCertificate(e.CA)
	if err != nil {
		return bad("the hall's certificate authority", err)
	}
	leaf, err := x509.ParseCertificate(e.Certificate)
	if err != nil {
		return bad("the terminal's certificate", err)
	}
	if pub, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || !pub.Equal(key.Public()) {
		return bad("the terminal's certificate is for another key", nil)
	}
	if err := leaf.CheckSignatureFrom(ca); err != nil {
		return bad("the terminal's certificate was not issued by the hall's authority", err)
	}
	switch {
	case e.Terminal == "" || leaf.Subject.CommonName != e.Terminal:
		return bad("the terminal's certificate bears another name", nil)
	case len(e.ReceiptKey) != ed25519.PublicKeySize:
		return bad("the hall's receipt key is missing", nil)
	case len(e.UpdatesRoot) == 0 || bytes.Equal(e.UpdatesRoot, []byte("null")):
		return bad("the root of the catalogue's signatures is missing", nil)
	case e.TrackingURL == "":
		return bad("the tracking address is missing", nil)
	}
	if err := seal.CheckRecipients(e.Recipients); err != nil {
		return bad("the keys to seal to", err)
	}
	return &tls.Certificate{Certificate: [][]byte{e.Certificate}, PrivateKey: key, Leaf: leaf}, ca, nil
}

// Key is the terminal's signing key.
func (id *Identity) Key() crypto.Signer { return id.key }

// URL is the hall's address at enrolment.
func (id *Identity) URL() string { return id.url }

// Enrolment is what the terminal was told.
func (id *Identity) Enrolment() wire.Enrolment {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.enrolment
}

// Until is when the terminal's certificate expires.
func (id *Identity) Until() time.Time {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.pair.Leaf.NotAfter
}

func (id *Identity) certificate() *tls.Certificate {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.pair
}

func (id *Identity) authority() *x509.Certificate {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.ca
}

// replace stores a renewed certificate. Of a renewal nothing else is taken: the keys to which submissions are sealed, and the
// one that signs receipts, do not change because someone on the line says so.
func (id *Identity) replace(e wire.Enrolment) error {
	id.mu.Lock()
	defer id.mu.Unlock()
	next := id.enrolment
	next.Certificate, next.ServerTime = e.Certificate, e.ServerTime
	pair, _, err := checkEnrolment(id.key, next)
	if err != nil {
		return fmt.Errorf("renewed certificate: %w", err)
	}
	if err := writeEnrolment(id.dir, storedEnrolment{id.url, next}); err != nil {
		return err
	}
	id.enrolment, id.pair = next, pair
	return nil
}

// request makes a certificate request for the terminal's key.
func request(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "zizhuban terminal"}}, key)
	if err != nil {
		return nil, fmt.Errorf("certificate request: %w", err)
	}
	return der, nil
}

func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o; run: chmod 600 %s, and if others use this machine, enrol it again", ErrRights, path, info.Mode().Perm(), path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemKey {
		return nil, fmt.Errorf("%w: %s is not a private key", ErrEnrolment, path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrEnrolment, path, err)
	}
	k, ok := key.(*ecdsa.PrivateKey)
	if !ok || k.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: %s is not an ECDSA P-256 key", ErrEnrolment, path)
	}
	return k, nil
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("write the terminal's key: %w", err)
	}
	if err := writeFile(path, pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der})); err != nil {
		return fmt.Errorf("write the terminal's key: %w", err)
	}
	return nil
}

func writeEnrolment(dir string, s storedEnrolment) error {
	data, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return fmt.Errorf("write enrolment: %w", err)
	}
	if err := writeFile(filepath.Join(dir, enrolmentFile), data); err != nil {
		return fmt.Errorf("write enrolment: %w", err)
	}
	return nil
}

// writeFile writes a file for this user only, so that either the old or the new content is there after a power cut.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// renew asks for a new certificate for the same key. The hall takes an expired one for this.
func (u *Uplink) renew(ctx context.Context) error {
	csr, err := request(u.Identity.key)
	if err != nil {
		return err
	}
	var e wire.Enrolment
	until, err := u.exchange(ctx, http.MethodPost, wire.PathRenew, u.RequestTimeout, wire.RenewRequest{CSR: csr}, &e)
	if err != nil {
		return fmt.Errorf("renew certificate: %w", err)
	}
	e.ServerTime = believable(e.ServerTime, until)
	if e.Terminal != u.Identity.Enrolment().Terminal {
		return fmt.Errorf("renew certificate: it is for another terminal: %w", ErrEnrolment)
	}
	if err := u.Identity.replace(e); err != nil {
		return fmt.Errorf("renew certificate: %w", err)
	}
	// Connections that are open still bear the old one.
	u.transport.CloseIdleConnections()
	u.Log.Info("the terminal's certificate was renewed", "until", u.Identity.Until())
	return nil
}
