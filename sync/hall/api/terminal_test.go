package api_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"zizhuban/sync/hall/halltest"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

func publicKey(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestEnrolment_gives_a_terminal_everything_that_it_must_know(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	if !strings.HasPrefix(term.Terminal, "T-") || term.Site != "V" || term.Place != "示例村便民服务点" {
		t.Errorf("terminal %s at %s %s", term.Terminal, term.Site, term.Place)
	}
	if err := seal.CheckRecipients(term.Recipients); err != nil {
		t.Error(err)
	}
	if !json.Valid(term.UpdatesRoot) || !bytes.Contains(term.UpdatesRoot, []byte(`"root"`)) {
		t.Errorf("root metadata: %.80s", term.UpdatesRoot)
	}
	if len(term.ReceiptKey) != 32 || term.TrackingURL != h.People+"/t/" || !term.ServerTime.Equal(h.Clock.Now()) {
		t.Errorf("receipt key of %d bytes, tracking at %s, time %s", len(term.ReceiptKey), term.TrackingURL, term.ServerTime)
	}
	cert, err := x509.ParseCertificate(term.Certificate)
	if err != nil || cert.Subject.CommonName != term.Terminal {
		t.Errorf("certificate for %v, %v", cert.Subject, err)
	}
}

func TestEnrolment_code_works_once_but_answers_again_for_the_same_key(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	code, key := h.Code(), h.NewKey()
	enrol := func(code string, key *ecdsa.PrivateKey) (wire.Enrolment, halltest.Result) {
		var e wire.Enrolment
		r := halltest.Send(t, h.Client(nil), http.MethodPost, h.URL+wire.PathEnrol, wire.EnrolRequest{Code: code, CSR: h.CSR(key), Serial: "SN"}, &e)
		return e, r
	}
	// As a tired person types it.
	typed := strings.ToLower(strings.ReplaceAll(code, "-", " ")) + " "
	typed = strings.NewReplacer("0", "o", "1", "l").Replace(typed)
	first, r := enrol(typed, key)
	if r.Status != http.StatusOK {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if again, r := enrol(code, key); r.Status != http.StatusOK || again.Terminal != first.Terminal {
		t.Errorf("the lost answer, asked for again: %d %s, terminal %s after %s", r.Status, r.Body, again.Terminal, first.Terminal)
	}
	if _, r := enrol(code, h.NewKey()); r.Status != http.StatusForbidden || r.Problem.Type != "bad-code" {
		t.Errorf("a used code with another key: %d %s", r.Status, r.Body)
	}
	late := h.Code()
	h.Clock.Advance(24 * time.Hour)
	if _, r := enrol(late, h.NewKey()); r.Status != http.StatusForbidden {
		t.Errorf("an expired code: %d %s", r.Status, r.Body)
	}
}

func TestEnrolment_with_many_wrong_codes_is_slowed_down(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	csr := h.CSR(h.NewKey())
	try := func(code string) halltest.Result {
		return halltest.Send(t, h.Client(nil), http.MethodPost, h.URL+wire.PathEnrol, wire.EnrolRequest{Code: code, CSR: csr}, nil)
	}
	for i := range 20 {
		if r := try(fmt.Sprint("WRONG", i)); r.Status != http.StatusForbidden {
			t.Fatalf("try %d: %d %s", i, r.Status, r.Body)
		}
	}
	r := try(h.Code())
	if r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	h.Clock.Advance(time.Minute)
	if r := try(h.Code()); r.Status != http.StatusOK {
		t.Errorf("after the wait: %d %s", r.Status, r.Body)
	}
}

func TestEnrolment_takes_only_keys_that_can_sign_submissions(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	damaged := h.CSR(h.NewKey())
	damaged[len(damaged)-1] ^= 1
	for name, csr := range map[string][]byte{"P-384": h.CSR(p384), "damaged": damaged, "nothing": nil, "text": []byte("hello")} {
		r := halltest.Send(t, h.Client(nil), http.MethodPost, h.URL+wire.PathEnrol, wire.EnrolRequest{Code: h.Code(), CSR: csr}, nil)
		if r.Status != http.StatusUnprocessableEntity || r.Problem.Type != "bad-csr" {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
}

func TestBlocked_terminal_gets_nothing_from_its_next_request_on(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	sub := term.Seal(h.Application("D01"))
	if err := h.Office.Store.SetStatus(t.Context(), term.Terminal, store.Blocked, "test"); err != nil {
		t.Fatal(err)
	}
	if _, r := term.Put(sub); r.Status != http.StatusForbidden || r.Problem.Type != "blocked" {
		t.Errorf("submission: %d %s", r.Status, r.Body)
	}
	if r := halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathRenew, wire.RenewRequest{CSR: h.CSR(term.Key)}, nil); r.Status != http.StatusForbidden {
		t.Errorf("renewal: %d %s", r.Status, r.Body)
	}
	if r := halltest.Send(t, h.Client(nil), http.MethodPost, h.URL+wire.PathEnrol, wire.EnrolRequest{Code: h.Code(), CSR: h.CSR(term.Key)}, nil); r.Status != http.StatusForbidden || r.Problem.Type != "blocked" {
		t.Errorf("enrolment with the blocked key: %d %s", r.Status, r.Body)
	}
	if err := h.Office.Store.SetStatus(t.Context(), term.Terminal, store.Active, "test"); err != nil {
		t.Fatal(err)
	}
	if a, r := term.Put(sub); a.Receipt == nil {
		t.Errorf("after unblocking: %d %s", r.Status, r.Body)
	}
}

func TestBlocked_terminal_is_turned_away_even_while_it_waits(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	answer := make(chan halltest.Result, 1)
	go func() {
		r, err := halltest.TrySend(term.HTTP, http.MethodGet, h.URL+wire.PathUpdatesWait+"?have=1", nil, nil)
		if err != nil {
			t.Error(err)
		}
		answer <- r
	}()
	if err := h.Clock.BlockUntilContext(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := h.Office.Store.SetStatus(t.Context(), term.Terminal, store.Blocked, "test"); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(30 * time.Second)
	if r := <-answer; r.Status != http.StatusForbidden {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestRenewal_is_given_after_expiry_for_the_same_key_only(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	h.Clock.Advance(200 * 24 * time.Hour)
	if r := halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathHeartbeat, wire.Heartbeat{}, nil); r.Status != http.StatusUnauthorized || r.Problem.Type != "expired-certificate" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathRenew, wire.RenewRequest{CSR: h.CSR(h.NewKey())}, nil); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("another key: %d %s", r.Status, r.Body)
	}
	var e wire.Enrolment
	r := halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathRenew, wire.RenewRequest{CSR: h.CSR(term.Key)}, &e)
	if r.Status != http.StatusOK || e.Terminal != term.Terminal || e.Place != term.Place {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	term.HTTP = h.Client(&tls.Certificate{Certificate: [][]byte{e.Certificate}, PrivateKey: term.Key})
	if r := halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathHeartbeat, wire.Heartbeat{}, nil); r.Status != http.StatusOK {
		t.Errorf("with the new certificate: %d %s", r.Status, r.Body)
	}
}

func TestHeartbeat_is_kept_and_answered_with_time_and_catalogue(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	beat := wire.Heartbeat{Software: "1.2.3", Catalogue: 1, Queued: 4, SetAside: 1, OldestSecs: 90, Clock: h.Clock.Now().Add(-time.Hour),
		Devices: map[string]string{"printer": "online", "printer.paper": "low"}}
	var a wire.HeartbeatAnswer
	r := halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathHeartbeat, beat, &a)
	if r.Status != http.StatusOK || a.Catalogue != 1 || !a.ServerTime.Equal(h.Clock.Now()) {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	got, err := h.Office.Store.Terminal(t.Context(), term.Terminal)
	if err != nil {
		t.Fatal(err)
	}
	if got.Health.Queued != 4 || got.Health.Devices["printer.paper"] != "low" || got.ClockError.Round(time.Second) != -time.Hour || got.LastContact.IsZero() {
		t.Errorf("%+v", got)
	}
	for name, bad := range map[string]wire.Heartbeat{
		"control characters": {Software: "a\nb"}, "a negative number": {Queued: -1}, "a long word": {Devices: map[string]string{"x": strings.Repeat("x", 101)}},
	} {
		if r := halltest.Send(t, term.HTTP, http.MethodPost, h.URL+wire.PathHeartbeat, bad, nil); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
}

func TestWaiting_terminals_hear_of_a_publication_at_once(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	type news struct {
		wire.UpdatesAnswer
		err error
	}
	heard := make(chan news, 8)
	for range 8 {
		go func() {
			var n news
			_, n.err = halltest.TrySend(term.HTTP, http.MethodGet, h.URL+wire.PathUpdatesWait+"?have=1", nil, &n.UpdatesAnswer)
			heard <- n
		}()
	}
	if err := h.Clock.BlockUntilContext(t.Context(), 8); err != nil { // all wait
		t.Fatal(err)
	}
	row, err := h.Office.Store.Item(t.Context(), h.Application("D01").ItemCode)
	if err != nil {
		t.Fatal(err)
	}
	it := *row.Published
	it.Hours.ZH = "全天"
	if err := h.Office.Store.SaveDraft(t.Context(), it, row.DraftRev, "test"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Office.Publish(t.Context(), nil, "test"); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if n := <-heard; n.err != nil || n.Catalogue != 2 {
			t.Errorf("catalogue %d, %v", n.Catalogue, n.err)
		}
	}
}

func TestWaiting_ends_after_half_a_minute_and_at_once_where_there_is_news(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	var a wire.UpdatesAnswer
	if r := halltest.Send(t, term.HTTP, http.MethodGet, h.URL+wire.PathUpdatesWait+"?have=0", nil, &a); r.Status != http.StatusOK || a.Catalogue != 1 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	done := make(chan error, 1)
	go func() {
		var a wire.UpdatesAnswer
		r, err := halltest.TrySend(term.HTTP, http.MethodGet, h.URL+wire.PathUpdatesWait+"?have=1", nil, &a)
		if err == nil && (r.Status != http.StatusOK || a.Catalogue != 1) {
			err = fmt.Errorf("%d %s", r.Status, r.Body)
		}
		done <- err
	}()
	if err := h.Clock.BlockUntilContext(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(30 * time.Second)
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, have := range []string{"-1", "x", "99999999999999999999"} {
		if r := halltest.Send(t, term.HTTP, http.MethodGet, h.URL+wire.PathUpdatesWait+"?have="+have, nil, nil); r.Status != http.StatusBadRequest {
			t.Errorf("have=%s: %d", have, r.Status)
		}
	}
}

func TestUpdates_are_served_and_keys_beside_them_are_not(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	c := h.Client(nil)
	if r := halltest.Send(t, c, http.MethodGet, h.URL+wire.PathUpdates+"metadata/timestamp.json", nil, nil); r.Status != http.StatusOK || !json.Valid(r.Body) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	for _, p := range []string{"keys/timestamp.pem", "metadata/", "targets/", "lock", "metadata/%2e%2e/lock", "metadata/..%2flock"} {
		if r := halltest.Send(t, c, http.MethodGet, h.URL+wire.PathUpdates+p, nil, nil); r.Status == http.StatusOK {
			t.Errorf("%s is served: %.100s", p, r.Body)
		}
	}
}

func TestUnknown_addresses_and_methods_are_problems(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	if r := halltest.Send(t, term.HTTP, http.MethodGet, h.URL+"/v2/anything", nil, nil); r.Status != http.StatusNotFound || r.Problem.Type != "not-found" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := halltest.Send(t, term.HTTP, http.MethodDelete, term.Path("x"), nil, nil); r.Status != http.StatusMethodNotAllowed || r.Problem.Type != "method" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestListener_speaks_no_TLS_below_1_3_and_no_plain_HTTP(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	addr := strings.TrimPrefix(h.URL, "https://")
	if c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}); err == nil {
		t.Errorf("TLS 1.2 was accepted: %v", c.Close())
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /v1/updates/wait HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil || !bytes.Contains(answer, []byte("400")) {
		t.Errorf("%s %v", answer, err)
	}
}
