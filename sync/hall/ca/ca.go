// Package ca is the hall's own small certificate authority: it makes the certificate that pins the hall, the certificates
// with which the hall's listeners answer, and the terminals' client certificates.
//
// It trusts no other authority and needs none: a terminal learns the authority's certificate when it enrols, and the hall
// looks each terminal up in its own records at each request, so that nothing has to be revoked.
package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/hall/keyring"
)

const (
	caLasts       = 20 * 365 * 24 * time.Hour
	serverLasts   = 90 * 24 * time.Hour
	terminalLasts = 90 * 24 * time.Hour // a terminal may be offline for weeks
	// backdate lets a certificate hold for clocks that are a little behind.
	backdate = time.Hour
)

// ErrRequest tells that a certificate request is not acceptable.
var ErrRequest = errors.New("the certificate request is not acceptable")

// Errors of a client's certificate.
var (
	ErrForeign = errors.New("the certificate was not issued by this hall")
	ErrExpired = errors.New("the certificate has expired; renew it")
)

// Authority issues and checks certificates. It is safe for concurrent use.
type Authority struct {
	cert  *x509.Certificate
	key   crypto.Signer
	pool  *x509.CertPool
	clock clockwork.Clock

	mu     sync.Mutex
	names  []string
	server *tls.Certificate // made anew before it expires
}

// Open reads the authority from dir (ca.key, ca.crt) and makes it where there is none. names are the host names and addresses
// under which the hall answers.
func Open(dir string, names []string, clock clockwork.Clock) (*Authority, error) {
	a := &Authority{clock: clock, names: names}
	keyPath, certPath := filepath.Join(dir, "ca.key"), filepath.Join(dir, "ca.crt")
	keyPEM, err := os.ReadFile(keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		if keyPEM, err = a.create(keyPath, certPath); err != nil {
			return nil, fmt.Errorf("make the hall's certificate authority: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("read the hall's certificate authority: %w", err)
	}
	certPEM, err := os.ReadFile(certPath)
	if err != nil {
		return nil, fmt.Errorf("read the hall's certificate authority: %w", err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("certificate authority %s and %s: %w; restore both from the backup", certPath, keyPath, err)
	}
	if a.cert, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
		return nil, fmt.Errorf("certificate authority %s: %w", certPath, err)
	}
	a.key = pair.PrivateKey.(crypto.Signer) // X509KeyPair gives nothing else for a key that matches
	a.pool = x509.NewCertPool()
	a.pool.AddCert(a.cert)
	return a, nil
}

func (a *Authority) create(keyPath, certPath string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "zizhuban hall CA " + serial.Text(16)[:8], Organization: []string{"zizhuban"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caLasts),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	// The certificate first: a key without a certificate would look like a whole authority.
	if err := keyring.WriteFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return nil, err
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	return keyPEM, keyring.WriteFile(keyPath, keyPEM, 0o600)
}

func serialNumber() (*big.Int, error) {
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	raw[0] = raw[0]&0x7f | 0x40 // positive, and always of the same length
	return new(big.Int).SetBytes(raw), nil
}

// Certificate is the authority's own certificate, DER.
func (a *Authority) Certificate() []byte { return a.cert.Raw }

// SHA256 is the hash of the authority's certificate, hex: the pin that a technician gives to a terminal with the code.
func (a *Authority) SHA256() string {
	sum := sha256.Sum256(a.cert.Raw)
	return hex.EncodeToString(sum[:])
}

// ServerCertificate gives the hall's own certificate with the authority's behind it, and renews it when a third of its time
// is left. It is a tls.Config.GetCertificate.
func (a *Authority) ServerCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	if a.server != nil && now.Before(a.server.Leaf.NotAfter.Add(-serverLasts/3)) {
		return a.server, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("server certificate: %w", err)
	}
	t := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "zizhuban hall"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range a.names {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else if n != "" {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	der, leaf, err := a.issue(t, key.Public(), now.Add(serverLasts))
	if err != nil {
		return nil, fmt.Errorf("server certificate: %w", err)
	}
	a.server = &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: leaf}
	return a.server, nil
}

func (a *Authority) issue(t *x509.Certificate, pub crypto.PublicKey, until time.Time) ([]byte, *x509.Certificate, error) {
	serial, err := serialNumber()
	if err != nil {
		return nil, nil, err
	}
	t.SerialNumber = serial
	t.NotBefore = a.clock.Now().Add(-backdate)
	t.NotAfter = until
	t.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, pub, a.key)
	if err != nil {
		return nil, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return der, leaf, err
}

// Request reads a terminal's certificate request and gives its public key (SubjectPublicKeyInfo, DER). Only ECDSA P-256 is
// taken, because that is what signs submissions.
func Request(der []byte) ([]byte, error) {
	r, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("%w: it is not PKCS#10 in DER", ErrRequest)
	}
	if err := r.CheckSignature(); err != nil {
		return nil, fmt.Errorf("%w: its signature is not by its own key", ErrRequest)
	}
	if pub, ok := r.PublicKey.(*ecdsa.PublicKey); !ok || pub.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: the key is not ECDSA P-256", ErrRequest)
	}
	return r.RawSubjectPublicKeyInfo, nil
}

// IssueTerminal makes a client certificate for a terminal's key.
func (a *Authority) IssueTerminal(terminal string, publicKey []byte) (der []byte, until time.Time, err error) {
	pub, err := x509.ParsePKIXPublicKey(publicKey)
	if err != nil {
		return nil, until, fmt.Errorf("certificate for %s: %w", terminal, err)
	}
	der, leaf, err := a.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: terminal},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, pub, a.clock.Now().Add(terminalLasts))
	if err != nil {
		return nil, until, fmt.Errorf("certificate for %s: %w", terminal, err)
	}
	return der, leaf.NotAfter, nil
}

// Check checks that this authority issued a client's certificate and that it is still good. An expired one is ErrExpired,
// which a terminal that renews may be forgiven; everything else is ErrForeign.
func (a *Authority) Check(cert *x509.Certificate) error {
	at := a.clock.Now()
	expired := at.After(cert.NotAfter)
	if expired {
		at = cert.NotAfter
	}
	_, err := cert.Verify(x509.VerifyOptions{Roots: a.pool, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	if expired {
		return ErrExpired
	}
	return nil
}

// KeySHA256 is the hash of a certificate's public key, hex: by this a terminal is looked up.
func KeySHA256(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}
