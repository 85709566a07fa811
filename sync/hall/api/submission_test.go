package api_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"zizhuban/sync/hall/api"
	"zizhuban/sync/hall/halltest"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

func TestSubmission_is_answered_with_a_receipt_that_verifies(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	app := h.Application("D01")
	sub := term.Seal(app)
	a, res := term.Put(sub)
	if res.Status != http.StatusOK || a.Receipt == nil || len(a.Missing) != 0 {
		t.Fatalf("%d %s", res.Status, res.Body)
	}
	body, err := seal.VerifyReceipt(ed25519.PublicKey(term.ReceiptKey), *a.Receipt,
		seal.Want{Submission: app.Submission, Digest: sub.Digest, Terminal: term.Terminal, Sequence: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := app.ItemCode; len(body.CaseNumber) != 43 || !strings.HasPrefix(body.CaseNumber, want) || !strings.HasSuffix(body.CaseNumber, "0001") {
		t.Errorf("case number %s is not the item's code, the day and a running number", body.CaseNumber)
	}
	h.Open()
	c, err := h.Office.Store.Case(t.Context(), app.Submission)
	if err != nil {
		t.Fatal(err)
	}
	app.LocalNumber = wire.LocalNumber(term.Terminal, h.Clock.Now(), 1)
	want, err := json.Marshal(app)
	if err != nil {
		t.Fatal(err)
	}
	var got, sent any
	if err := errors.Join(json.Unmarshal(c.Application, &got), json.Unmarshal(want, &sent)); err != nil {
		t.Fatal(err)
	}
	if g, s := canonical(t, got), canonical(t, sent); g != s {
		t.Errorf("the case holds\n%s\nsent was\n%s", g, s)
	}
	if c.State != store.Submitted || c.Number != body.CaseNumber {
		t.Errorf("case is %s with number %s", c.State, c.Number)
	}
}

func canonical(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSubmission_sent_fifty_times_at_once_is_one_case_and_one_answer(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	app := h.Application("D01")
	sub := term.Seal(app)
	var wg sync.WaitGroup
	answers := make([][]byte, 50)
	for i := range answers {
		wg.Go(func() {
			r, err := halltest.TrySend(term.HTTP, http.MethodPut, term.Path(app.Submission), sub, nil)
			if err != nil || r.Status != http.StatusOK {
				t.Errorf("%d: %v %s", r.Status, err, r.Body)
				return
			}
			answers[i] = r.Body
		})
	}
	wg.Wait()
	for _, a := range answers {
		if !bytes.Equal(a, answers[0]) {
			t.Fatalf("two answers differ:\n%s\n%s", a, answers[0])
		}
	}
	cases, _, err := h.Office.Store.Cases(t.Context(), store.CaseFilter{})
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	r := halltest.Send(t, term.HTTP, http.MethodGet, term.Path(app.Submission), nil, nil)
	if !bytes.Equal(r.Body, answers[0]) {
		t.Errorf("GET answers\n%s\nPUT answered\n%s", r.Body, answers[0])
	}
}

func TestSubmission_with_other_content_under_a_known_id_is_a_conflict_and_changes_nothing(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	app := h.Application("D01")
	first, _ := term.Put(term.SealAs(wire.Header{Sequence: 1}, app))
	app.Applicant.Phone = "13900000000"
	_, res := term.Put(term.SealAs(wire.Header{Sequence: 1}, app))
	if res.Status != http.StatusConflict || res.Problem.Type != "digest-conflict" {
		t.Fatalf("%d %s", res.Status, res.Body)
	}
	var again wire.Answer
	halltest.Send(t, term.HTTP, http.MethodGet, term.Path(app.Submission), nil, &again)
	if !bytes.Equal(again.Receipt.Body, first.Receipt.Body) {
		t.Error("the conflict changed the answer")
	}
}

func TestSubmission_is_refused_for_good_where_it_can_never_be_taken(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term, other := h.Enrol(), h.Enrol()
	app := func() wire.Application { return h.Application("D01") }
	v4 := app()
	v4.Submission = uuid.NewString()
	late := app()
	late.ItemVersion = 7
	flipped := term.Seal(app())
	flipped.Envelope.Body[40] ^= 1
	flipped.Digest = seal.Digest(flipped.Envelope, nil)
	undigested := term.Seal(app())
	undigested.Digest[0] ^= 1
	attached := term.Seal(app())
	attached.Attachments = []wire.Attachment{{Slot: "a", Size: 1, SHA256: make([]byte, 32)}}
	attached.Digest = seal.Digest(attached.Envelope, attached.Attachments)
	strange := func() wire.Submission { // sealed to keys of another hall
		online, err := seal.NewRecipientKey(nil, seal.UseOnline)
		if err != nil {
			t.Fatal(err)
		}
		foreign := *term
		foreign.Recipients = []wire.Recipient{online.Recipient(), term.Recipients[1]}
		return foreign.SealAs(wire.Header{Sequence: 90}, app())
	}()
	for name, c := range map[string]struct {
		sub  wire.Submission
		kind string
	}{
		"another terminal's":        {other.Seal(app()), "wrong-terminal"},
		"a version never published": {term.Seal(late), "unknown-item"},
		"an item never published":   {term.SealAs(wire.Header{Sequence: 91, ItemCode: "11339900DEM000014A4332090999000"}, app()), "unknown-item"},
		"a body changed on the way": {flipped, "bad-signature"},
		"a digest of other content": {undigested, "bad-digest"},
		"a manifest unsigned":       {attached, "bad-digest"},
		"an id that can be guessed": {term.Seal(v4), "wrong-id"},
		"keys of another hall":      {strange, "unknown-recipient"},
		"a sequence beyond counting": {term.SealAs(wire.Header{Sequence: 1 << 60, LocalNumber: "X"}, app()),
			"malformed"},
		"a local number with control characters": {term.SealAs(wire.Header{Sequence: 92, LocalNumber: "1\x1b[2J"}, app()), "malformed"},
		"nothing":                                {wire.Submission{}, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			id := app().Submission
			if head, err := seal.ReadHeader(c.sub.Envelope); err == nil {
				id = head.Submission
			}
			r := halltest.Send(t, term.HTTP, http.MethodPut, term.Path(id), c.sub, nil)
			if r.Status != http.StatusUnprocessableEntity || r.Problem.Type != c.kind {
				t.Errorf("%d %s", r.Status, r.Body)
			}
		})
	}
	t.Run("an id that is not the address's", func(t *testing.T) {
		r := halltest.Send(t, term.HTTP, http.MethodPut, term.Path(app().Submission), term.Seal(app()), nil)
		if r.Status != http.StatusUnprocessableEntity || r.Problem.Type != "wrong-id" {
			t.Errorf("%d %s", r.Status, r.Body)
		}
	})
	cases, _, err := h.Office.Store.Cases(t.Context(), store.CaseFilter{})
	if err != nil || len(cases) != 0 {
		t.Errorf("%d cases, %v", len(cases), err)
	}
}

func TestSubmission_of_every_version_ever_published_is_taken(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	old := term.Seal(h.Application("D01"))
	row, err := h.Office.Store.Item(t.Context(), h.Application("D01").ItemCode)
	if err != nil {
		t.Fatal(err)
	}
	it := *row.Published
	it.Place.ZH = "换了地方"
	if err := h.Office.Store.SaveDraft(t.Context(), it, row.DraftRev, "test"); err != nil {
		t.Fatal(err)
	}
	if version, changed, err := h.Office.Publish(t.Context(), nil, "test"); err != nil || version != 2 || changed != 1 {
		t.Fatalf("version %d, %d changed, %v", version, changed, err)
	}
	now := h.Application("D01")
	if now.ItemVersion != row.Published.Version+1 {
		t.Fatalf("the item has version %d after %d", now.ItemVersion, row.Published.Version)
	}
	for _, sub := range []wire.Submission{old, term.Seal(now)} {
		if a, res := term.Put(sub); a.Receipt == nil {
			t.Errorf("%d %s", res.Status, res.Body)
		}
	}
}

func TestSubmission_that_is_too_large_is_told_so(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	app := h.Application("D01")
	app.Applicant.Contact = strings.Repeat("长", 1<<20)
	_, res := term.Put(term.Seal(app))
	if res.Status != http.StatusRequestEntityTooLarge || res.Problem.Type != "too-large" {
		t.Errorf("%d %.300s", res.Status, res.Body)
	}
}

func TestSubmission_that_is_no_JSON_may_be_tried_again(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	id := h.Application("D01").Submission
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"cut short":  {`{"envelope":{"header":"e30`, http.StatusBadRequest},
		"a page":     {"<!doctype html><p>Login", http.StatusBadRequest},
		"empty":      {"", http.StatusBadRequest},
		"two":        {"{}{}", http.StatusBadRequest},
		"other kind": {`{"envelope":7}`, http.StatusUnprocessableEntity},
		"null":       {"null", http.StatusUnprocessableEntity},
	} {
		r := halltest.Send(t, term.HTTP, http.MethodPut, term.Path(id), []byte(c.body), nil)
		if r.Status != c.status || r.Problem.Type == "" {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
}

func TestSubmission_of_another_terminal_is_not_shown(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term, other := h.Enrol(), h.Enrol()
	id, _ := term.Submit("D01")
	if r := halltest.Send(t, other.HTTP, http.MethodGet, other.Path(id), nil, nil); r.Status != http.StatusNotFound || r.Problem.Type != "unknown-submission" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := halltest.Send(t, term.HTTP, http.MethodGet, term.Path("nonsense"), nil, nil); r.Status != http.StatusNotFound {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestSubmission_with_attachments_is_refused_before_anything_is_lost(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	app := h.Application("D01")
	attachments := []wire.Attachment{{Slot: "photo", Size: 4, SHA256: make([]byte, 32)}}
	sub := term.SealAs(wire.Header{Sequence: 1, Manifest: seal.Manifest(attachments)}, app)
	sub.Attachments, sub.Digest = attachments, seal.Digest(sub.Envelope, attachments)
	if a, res := term.Put(sub); res.Status != http.StatusUnprocessableEntity || res.Problem.Type != "attachments" || a.Receipt != nil {
		t.Errorf("%d %s", res.Status, res.Body)
	}
	blob := term.Path(app.Submission) + "/blobs/photo"
	if r := halltest.Send(t, term.HTTP, http.MethodPut, blob, []byte("data"), nil); r.Status != http.StatusNotImplemented || r.Problem.Type != "attachments" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// dying is a hall that dies between the commit and the answer.
type dying struct {
	api.Store
	alive atomic.Bool
}

func (d *dying) TakeIn(ctx context.Context, h wire.Header, sub wire.Submission, sign func(wire.ReceiptBody) (wire.Receipt, error)) (wire.Receipt, bool, error) {
	r, fresh, err := d.Store.TakeIn(ctx, h, sub, sign)
	if err == nil && !d.alive.Swap(true) {
		panic(http.ErrAbortHandler)
	}
	return r, fresh, err
}

func TestSubmission_whose_answer_was_lost_after_the_commit_gets_it_when_sent_again(t *testing.T) {
	t.Parallel()
	d := new(dying)
	h := halltest.NewWith(t, func(s api.Store) api.Store { d.Store = s; return d })
	term := h.Enrol()
	app := h.Application("D01")
	sub := term.Seal(app)
	if r, err := halltest.TrySend(term.HTTP, http.MethodPut, term.Path(app.Submission), sub, nil); err == nil {
		t.Fatalf("the first answer was to be lost, but came: %d %s", r.Status, r.Body)
	}
	a, res := term.Put(sub)
	if a.Receipt == nil {
		t.Fatalf("%d %s", res.Status, res.Body)
	}
	cases, _, err := h.Office.Store.Cases(t.Context(), store.CaseFilter{})
	if err != nil || len(cases) != 1 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	// The work that follows was written with the submission: it is opened although the hall died before it could say so.
	h.Open()
	if c, err := h.Office.Store.Case(t.Context(), app.Submission); err != nil || c.OpenedAt.IsZero() {
		t.Errorf("opened %v, %v", c.OpenedAt, err)
	}
}

func TestSequence_numbers_that_are_missing_are_recorded_and_struck_out_when_they_come(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	put := func(seq uint64) {
		t.Helper()
		if a, res := term.Put(term.SealAs(wire.Header{Sequence: seq}, h.Application("D01"))); a.Receipt == nil {
			t.Fatalf("%d %s", res.Status, res.Body)
		}
	}
	want := func(gaps ...[2]uint64) {
		t.Helper()
		got, err := h.Office.Store.Gaps(t.Context(), term.Terminal)
		if err != nil || len(got) != len(gaps) {
			t.Fatalf("gaps %v, %v", got, err)
		}
		for i, g := range gaps {
			if got[i].First != g[0] || got[i].Last != g[1] {
				t.Errorf("gap %d is %d to %d, want %d to %d", i, got[i].First, got[i].Last, g[0], g[1])
			}
		}
	}
	put(1)
	want()
	put(6)
	want([2]uint64{2, 5})
	put(4)
	want([2]uint64{2, 3}, [2]uint64{5, 5})
	put(5)
	put(2)
	want([2]uint64{3, 3})
	put(6) // another submission with a number that was used: it is taken, for its id is new
	put(3)
	want()
}

func TestSubmission_is_refused_without_words_about_a_person_in_the_log(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	term := h.Enrol()
	term.Submit("D45")
	app := h.Application("D17")
	app.ItemVersion = 9
	term.Put(term.Seal(app))
	h.Open()
	for _, secret := range []string{app.Applicant.Name, app.Applicant.IDNumber, app.Applicant.Phone, app.Applicant.Address} {
		if strings.Contains(h.Log.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

func TestClient_certificates_that_are_not_a_terminal_s_get_nothing(t *testing.T) {
	t.Parallel()
	h := halltest.New(t)
	rogue := halltest.New(t)
	term, foreign := h.Enrol(), rogue.Enrol()
	stolen := h.NewKey() // a certificate of the hall for a key that no terminal has
	der, _, err := h.Office.Authority.IssueTerminal(term.Terminal, publicKey(t, stolen))
	if err != nil {
		t.Fatal(err)
	}
	server, err := h.Office.Authority.ServerCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cert *tls.Certificate
		kind string
	}{
		"none":                           {nil, "no-certificate"},
		"another hall's":                 {&tls.Certificate{Certificate: [][]byte{foreign.Certificate}, PrivateKey: foreign.Key}, "unknown-certificate"},
		"for a key that is not enrolled": {&tls.Certificate{Certificate: [][]byte{der}, PrivateKey: stolen}, "unknown-certificate"},
		"the hall's own":                 {&tls.Certificate{Certificate: server.Certificate[:1], PrivateKey: server.PrivateKey}, "unknown-certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			client := h.Client(c.cert)
			for _, q := range []struct{ method, path string }{
				{http.MethodPut, strings.Replace(wire.PathSubmission, "{id}", "x", 1)}, {http.MethodGet, strings.Replace(wire.PathSubmission, "{id}", "x", 1)},
				{http.MethodPost, wire.PathHeartbeat}, {http.MethodGet, wire.PathUpdatesWait}, {http.MethodPost, wire.PathRenew},
			} {
				r := halltest.Send(t, client, q.method, h.URL+q.path, nil, nil)
				if r.Status != http.StatusUnauthorized || r.Problem.Type != c.kind {
					t.Errorf("%s %s: %d %s", q.method, q.path, r.Status, r.Body)
				}
			}
		})
	}
}
