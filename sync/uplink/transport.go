package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// ErrWrongHall is returned where the other side does not prove to be the hall that this terminal was enrolled at.
var ErrWrongHall = errors.New("the server is not the hall of this terminal's enrolment")

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// newTransport makes the transport for an enrolled terminal: HTTP/2 over TLS 1.3 with the terminal's certificate, the server
// verified against the enrolment's authority alone.
func newTransport(id *Identity, dial func(context.Context, string, string) (net.Conn, error), floor, now func() time.Time) *http.Transport {
	t := plainTransport(dial)
	t.TLSClientConfig = &tls.Config{
		MinVersion: tls.VersionTLS13,
		// The standard verification cannot be told that the clock may be wrong; verifyHall does it instead, and for resumed
		// connections too.
		InsecureSkipVerify: true,
		VerifyConnection: func(cs tls.ConnectionState) error {
			return verifyHall(cs, id.authority(), floor(), now())
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return id.certificate(), nil },
		ClientSessionCache:   tls.NewLRUClientSessionCache(4),
		NextProtos:           []string{"h2", "http/1.1"},
	}
	return t
}

func plainTransport(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	if dial == nil {
		dial = (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	}
	return &http.Transport{
		DialContext:         dial,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 20 * time.Second,
		IdleConnTimeout:     5 * time.Minute,
		// Compressed answers could grow without bound, and the hall's are small.
		DisableCompression: true,
		// A connection that is dead but not closed is found out by a ping.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	}
}

// verifyHall checks that the server's certificate was issued by ca for the name that was called, and that it had not expired
// at floor, the earliest that it can be now.
//
// The terminal's clock can only make it stricter when it is right, and a clock that has lost its battery, or that someone has
// set ten years ahead, must not lock the terminal out. So the certificate is held against the clock only as far as the clock
// lies within the certificate's own time, and NotBefore not at all: a certificate that is not valid yet was still issued by
// the hall.
func verifyHall(cs tls.ConnectionState, ca *x509.Certificate, floor, now time.Time) error {
	if len(cs.PeerCertificates) == 0 {
		return fmt.Errorf("%w: it showed no certificate", ErrWrongHall)
	}
	leaf := cs.PeerCertificates[0]
	if floor.After(leaf.NotAfter) {
		return fmt.Errorf("%w: its certificate expired on %s; the hall must renew it", ErrWrongHall, leaf.NotAfter.Format(time.DateOnly))
	}
	at := now
	if at.Before(floor) {
		at = floor
	}
	if at.After(leaf.NotAfter) {
		at = leaf.NotAfter
	}
	if at.Before(leaf.NotBefore) {
		at = leaf.NotBefore
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, DNSName: cs.ServerName, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrongHall, err)
	}
	return nil
}
