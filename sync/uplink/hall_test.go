package uplink_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// hall is a hall in memory, behind real TLS, which behaves: it takes a submission once, answers the same for ever, and refuses
// another content under the same id. meddle may stand in for the line or for a hall in trouble.
type hall struct {
	t      testing.TB
	server *httptest.Server
	caCert *x509.Certificate
	caKey  *ecdsa.PrivateKey
	online *seal.PrivateKey
	keys   []wire.Recipient
	sign   ed25519.PrivateKey

	mu        sync.Mutex
	now       time.Time
	terminals map[string]*ecdsa.PublicKey // by name
	code      string
	lasts     time.Duration // of terminals' certificates
	blocked   bool
	expired   bool // answers as if the terminal's certificate had expired
	stubborn  bool // and still does so after a renewal
	cases     map[string][]byte
	digests   map[string][]byte
	numbers   map[uint64]string // sequence → submission
	puts      int
	beats     []wire.Heartbeat
	renewals  int
	catalogue int
	published chan struct{}

	amend func(*wire.Enrolment) // what enrolment answers

	// meddle may answer in the hall's place: before is true before the hall has done anything, false after, when the answer
	// is written but not sent. It tells whether it has answered.
	meddle func(w http.ResponseWriter, r *http.Request, id string, before bool) bool
}

func aHall(t testing.TB) *hall {
	t.Helper()
	h := &hall{
		t: t, now: time.Date(2025, 11, 9, 12, 0, 0, 0, time.UTC), terminals: map[string]*ecdsa.PublicKey{}, code: "ABCD-EFGH", lasts: 90 * 24 * time.Hour,
		cases: map[string][]byte{}, digests: map[string][]byte{}, numbers: map[uint64]string{}, published: make(chan struct{}),
	}
	var err error
	if h.caKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	h.caCert = h.certify(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test hall"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: h.now.AddDate(-1, 0, 0), NotAfter: h.now.AddDate(20, 0, 0),
	}, h.caKey.Public())
	if _, h.sign, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	for _, use := range []string{seal.UseOnline, seal.UseRecovery} {
		k, err := seal.NewRecipientKey(nil, use)
		if err != nil {
			t.Fatal(err)
		}
		if use == seal.UseOnline {
			h.online = k
		}
		h.keys = append(h.keys, k.Recipient())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathEnrol, h.enrol)
	mux.HandleFunc("POST "+wire.PathRenew, h.renew)
	mux.HandleFunc("PUT "+wire.PathSubmission, h.put)
	mux.HandleFunc("POST "+wire.PathHeartbeat, h.heartbeat)
	mux.HandleFunc("GET "+wire.PathUpdatesWait, h.wait)
	h.server = httptest.NewUnstartedServer(mux)
	h.server.EnableHTTP2 = true
	h.server.TLS = h.tls(h.now.AddDate(0, -1, 0), h.now.AddDate(0, 3, 0))
	h.server.StartTLS()
	t.Cleanup(h.server.Close)
	return h
}

// tls makes the configuration of a server with a fresh certificate.
func (h *hall) tls(from, until time.Time) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		h.t.Fatal(err)
	}
	leaf := h.certify(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test hall"}, NotBefore: from, NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}, key.Public())
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2", "http/1.1"},
		Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw, h.caCert.Raw}, PrivateKey: key}},
	}
}

var serials = struct {
	sync.Mutex
	n int64
}{}

func (h *hall) certify(c *x509.Certificate, pub any) *x509.Certificate {
	serials.Lock()
	serials.n++
	c.SerialNumber = big.NewInt(serials.n)
	serials.Unlock()
	parent := h.caCert
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, pub, h.caKey)
	if err != nil {
		h.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		h.t.Fatal(err)
	}
	return cert
}

func (h *hall) pin() string {
	sum := sha256.Sum256(h.caCert.Raw)
	return hex.EncodeToString(sum[:])
}

func (h *hall) enrolment(terminal string, pub *ecdsa.PublicKey) wire.Enrolment {
	c := h.certify(&x509.Certificate{
		Subject: pkix.Name{CommonName: terminal}, NotBefore: h.now.Add(-time.Hour), NotAfter: h.now.Add(h.lasts),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}, pub)
	return wire.Enrolment{
		Terminal: terminal, Place: "桃花村便民服务站", Site: "V", Certificate: c.Raw, CA: h.caCert.Raw, ReceiptKey: h.sign.Public().(ed25519.PublicKey),
		Recipients: h.keys, UpdatesRoot: json.RawMessage(`{"signed":{}}`), TrackingURL: h.server.URL + wire.PathTrack, ServerTime: h.now,
	}
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Problem{Type: kind, Title: kind, Status: status})
}

func (h *hall) enrol(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var q wire.EnrolRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Code != h.code || q.Code == "" {
		fail(w, http.StatusForbidden, "bad-code")
		return
	}
	csr, err := x509.ParseCertificateRequest(q.CSR)
	if err != nil || csr.CheckSignature() != nil {
		fail(w, http.StatusUnprocessableEntity, "bad-csr")
		return
	}
	h.code = ""
	pub := csr.PublicKey.(*ecdsa.PublicKey)
	h.terminals["T-7K3M"] = pub
	e := h.enrolment("T-7K3M", pub)
	if h.amend != nil {
		h.amend(&e)
	}
	answerJSON(w, e)
}

// terminal finds out who asks; the caller holds mu.
func (h *hall) terminal(w http.ResponseWriter, r *http.Request) (*ecdsa.PublicKey, string) {
	if len(r.TLS.PeerCertificates) == 0 {
		fail(w, http.StatusUnauthorized, "no-certificate")
		return nil, ""
	}
	name := r.TLS.PeerCertificates[0].Subject.CommonName
	pub := h.terminals[name]
	switch {
	case pub == nil || !pub.Equal(r.TLS.PeerCertificates[0].PublicKey):
		fail(w, http.StatusUnauthorized, "unknown-certificate")
	case h.blocked:
		fail(w, http.StatusForbidden, "blocked")
	case h.expired && r.URL.Path != wire.PathRenew:
		fail(w, http.StatusUnauthorized, "expired-certificate")
	default:
		return pub, name
	}
	return nil, ""
}

func (h *hall) renew(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	pub, name := h.terminal(w, r)
	if pub == nil {
		return
	}
	h.renewals++
	h.expired = h.stubborn
	answerJSON(w, h.enrolment(name, pub))
}

func (h *hall) put(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.puts++
	id := r.PathValue("id")
	if h.meddle != nil && h.meddle(w, r, id, true) {
		return
	}
	pub, name := h.terminal(w, r)
	if pub == nil {
		return
	}
	var sub wire.Submission
	if err := json.NewDecoder(r.Body).Decode(&sub); err != nil {
		fail(w, http.StatusUnprocessableEntity, "malformed")
		return
	}
	header, err := seal.Check(pub, sub)
	if err != nil || header.Submission != id || header.Terminal != name {
		fail(w, http.StatusUnprocessableEntity, "malformed")
		return
	}
	if old, ok := h.digests[id]; ok && string(old) != string(sub.Digest) {
		fail(w, http.StatusConflict, "digest-conflict")
		return
	} else if !ok {
		_, app, err := seal.Open(h.online, sub.Envelope)
		if err != nil {
			fail(w, http.StatusUnprocessableEntity, "does-not-open")
			return
		}
		if other, taken := h.numbers[header.Sequence]; taken {
			h.t.Errorf("sequence number %d came twice: %s and %s", header.Sequence, other, id)
		}
		h.numbers[header.Sequence] = id
		h.digests[id] = sub.Digest
		h.cases[id] = []byte(app.Applicant.Name)
	}
	receipt, err := seal.SignReceipt(h.sign, wire.ReceiptBody{
		Submission: id, Digest: sub.Digest, Terminal: name, Sequence: header.Sequence,
		CaseNumber: fmt.Sprintf("3300002511090%05d", header.Sequence), ReceivedAt: h.now,
	})
	if err != nil {
		h.t.Error(err)
		return
	}
	if h.meddle != nil && h.meddle(w, r, id, false) {
		return
	}
	answerJSON(w, wire.Answer{Receipt: &receipt})
}

func (h *hall) heartbeat(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if pub, _ := h.terminal(w, r); pub == nil {
		return
	}
	var b wire.Heartbeat
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		fail(w, http.StatusUnprocessableEntity, "malformed")
		return
	}
	h.beats = append(h.beats, b)
	answerJSON(w, wire.HeartbeatAnswer{ServerTime: h.now, Catalogue: h.catalogue})
}

// wait holds the question until a newer catalogue is out, the hall has had enough, or the asker goes.
func (h *hall) wait(w http.ResponseWriter, r *http.Request) {
	have, err := strconv.Atoi(r.URL.Query().Get("have"))
	if err != nil {
		fail(w, http.StatusBadRequest, "malformed")
		return
	}
	h.mu.Lock()
	version, published := h.catalogue, h.published
	h.mu.Unlock()
	if version <= have {
		select {
		case <-published:
		case <-r.Context().Done():
			return
		}
	}
	h.set(func() { version = h.catalogue })
	answerJSON(w, wire.UpdatesAnswer{Catalogue: version})
}

// enough ends all waiting as the half minute does at a real hall.
func (h *hall) enough() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.published)
	h.published = make(chan struct{})
}

func (h *hall) publish() {
	h.set(func() { h.catalogue++ })
	h.enough()
}

func (h *hall) set(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
}

// count gives how many cases the hall has.
func (h *hall) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.cases)
}
