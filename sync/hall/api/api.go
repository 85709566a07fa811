// Package api answers the terminals: enrolment, submissions, heartbeats, and the signed catalogue. The contract is sync/wire.
//
// It promises that a submission is answered with a receipt only when it is durable, that the same submission gets the same
// answer for ever, that a terminal which is blocked gets nothing from the next request on, and that whatever is wrong is told
// as a [wire.Problem] of one of the three classes that a terminal knows.
//
// It never opens what a terminal has sealed, and writes nothing of it into the log.
package api

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/hall/ca"
	"zizhuban/sync/hall/keyring"
	"zizhuban/sync/hall/office"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/wire"
)

// Store is what the api needs of the hall's database; *store.Store is one.
type Store interface {
	TerminalByKey(ctx context.Context, keySHA256 string) (store.Terminal, error)
	Contact(ctx context.Context, id string, at time.Time) error
	Heartbeat(ctx context.Context, id string, h wire.Heartbeat, at time.Time) error
	Enrol(ctx context.Context, code string, publicKey []byte, serial string, certify func(store.Enrolled) ([]byte, time.Time, error)) (store.Enrolled, []byte, error)
	Renewed(ctx context.Context, terminal string, cert []byte, until time.Time) error
	TakeIn(ctx context.Context, h wire.Header, sub wire.Submission, sign func(wire.ReceiptBody) (wire.Receipt, error)) (wire.Receipt, bool, error)
	Submission(ctx context.Context, id string) (store.Submission, error)
}

var _ Store = (*store.Store)(nil)

// Updates is the signed catalogue, as files.
type Updates interface {
	Root() []byte
	Handler() http.Handler
}

// Config is what an API needs.
type Config struct {
	Store       Store
	Authority   *ca.Authority
	Keys        *keyring.Keys
	Updates     Updates
	Bell        *office.Bell
	CameIn      func() // called after a new submission is durable
	TrackingURL string // what a slip's QR code starts with
	Clock       clockwork.Clock
	Log         *slog.Logger
}

// Limits of requests, in bytes.
const (
	maxSubmission = 2 << 20 // an application without attachments has some tens of kilobytes
	maxSmall      = 64 << 10
)

// waitAtMost is how long a terminal is kept waiting for a new catalogue.
const waitAtMost = 30 * time.Second

// contactEvery is how often a terminal's last contact is noted, so that not each request writes.
const contactEvery = 10 * time.Second

type api struct {
	Config
	brake *brake // on enrolment with wrong codes
}

// New makes the handler of the terminals' listener, which must be served with [TLS].
func New(c Config) http.Handler {
	a := &api{Config: c, brake: newBrake(c.Clock)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathEnrol, a.enrol)
	mux.HandleFunc("POST "+wire.PathRenew, a.renew)
	mux.HandleFunc("PUT "+wire.PathSubmission, a.as(a.putSubmission))
	mux.HandleFunc("GET "+wire.PathSubmission, a.as(a.getSubmission))
	mux.HandleFunc("PUT "+wire.PathBlob, a.as(a.putBlob))
	mux.HandleFunc("POST "+wire.PathHeartbeat, a.as(a.heartbeat))
	mux.HandleFunc("GET "+wire.PathUpdatesWait, a.as(a.wait))
	// The catalogue is public and signed: whoever reads it learns nothing, and whoever changes it is noticed.
	mux.Handle("GET "+wire.PathUpdates, http.StripPrefix(strings.TrimSuffix(wire.PathUpdates, "/"), c.Updates.Handler()))
	return a.guard(mux)
}

// TLS is the configuration with which the handler must be served: TLS 1.3, asking for a client certificate. The certificate
// is checked at each request, because a listener cannot tell a blocked terminal from an expired one in words.
func TLS(authority *ca.Authority) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS13,
		GetCertificate: authority.ServerCertificate,
		ClientAuth:     tls.RequestClientCert,
		NextProtos:     []string{"h2", "http/1.1"},
	}
}

// guard sets what every answer has, logs, turns the mux's own plain texts into problems, and survives a panic.
func (a *api) guard(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.Clock.Now()
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p) // the server's own way to cut a connection
				}
				a.Log.Error("a request failed inside the hall", "method", r.Method, "error", fmt.Errorf("panic: %v", p))
				if sw.status == 0 {
					fail(sw, internal)
				}
			}
			// The route, not the path: a path may hold a submission's id.
			a.Log.Debug("terminal request", "method", r.Method, "route", route(r), "status", sw.status, "took", a.Clock.Since(start))
		}()
		sw.Header().Set("X-Content-Type-Options", "nosniff")
		if _, pattern := mux.Handler(r); pattern == "" {
			fail(sw, missing(mux, r))
			return
		}
		mux.ServeHTTP(sw, r)
	})
}

func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// missing tells a wrong path from a wrong method.
func missing(mux *http.ServeMux, r *http.Request) wire.Problem {
	for _, m := range []string{http.MethodGet, http.MethodPut, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := mux.Handler(other); pattern != "" {
			return problem(http.StatusMethodNotAllowed, "method", "此地址不支持这种请求 this address does not take this method", "it takes "+m)
		}
	}
	return problem(http.StatusNotFound, "not-found", "没有这个地址 there is nothing at this address", "")
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// as finds out which terminal asks, and turns away whoever is none.
func (a *api) as(f func(http.ResponseWriter, *http.Request, store.Terminal)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, err := a.terminal(r, false)
		if err != nil {
			a.refuse(w, err)
			return
		}
		if now := a.Clock.Now(); now.Sub(t.LastContact) >= contactEvery {
			if err := a.Store.Contact(r.Context(), t.ID, now); err != nil {
				a.refuse(w, err)
				return
			}
		}
		f(w, r, t)
	}
}

// terminal finds the terminal behind a request by its client certificate. expiredToo forgives an expired certificate.
func (a *api) terminal(r *http.Request, expiredToo bool) (store.Terminal, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return store.Terminal{}, problemError{noCertificate}
	}
	cert := r.TLS.PeerCertificates[0]
	if err := a.Authority.Check(cert); err != nil {
		if !errors.Is(err, ca.ErrExpired) {
			return store.Terminal{}, problemError{foreignCertificate}
		}
		if !expiredToo {
			return store.Terminal{}, problemError{expiredCertificate}
		}
	}
	t, err := a.Store.TerminalByKey(r.Context(), ca.KeySHA256(cert))
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && t.ID != cert.Subject.CommonName:
		return store.Terminal{}, problemError{foreignCertificate}
	case err != nil:
		return store.Terminal{}, err
	case t.Status != store.Active:
		return store.Terminal{}, problemError{blocked}
	}
	return t, nil
}

// receiptKey is the public half of the key that signs receipts.
func (a *api) receiptKey() []byte {
	return a.Keys.Receipt.Public().(ed25519.PublicKey)
}
