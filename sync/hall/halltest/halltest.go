// Package halltest makes a whole hall for tests: real files in a temporary directory, real TLS on port 0, and terminals that
// seal and sign as real ones do.
package halltest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jonboulle/clockwork"

	"zizhuban/assets/catalogue"
	"zizhuban/sync/hall/admin"
	"zizhuban/sync/hall/api"
	"zizhuban/sync/hall/office"
	"zizhuban/sync/items"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// Refs are the demo items that a test's hall offers: with choices and months, a period, a list of rows and an amount of money.
var Refs = []string{"D01", "D17", "D45"}

// Hall is a hall under test. Its parts may be used directly.
type Hall struct {
	T      testing.TB
	Office *office.Office
	Clock  *clockwork.FakeClock
	Dir    string
	URL    string // of the terminals' listener
	People string // of the people's listener
	Log    *bytes.Buffer
	ca     []byte
	items  func() *items.Catalogue
}

// New makes a hall with a published catalogue of the items of Refs.
func New(t testing.TB) *Hall { return NewWith(t, nil) }

// NewWith makes a hall whose api sees its database through wrap.
func NewWith(t testing.TB, wrap func(api.Store) api.Store) *Hall {
	t.Helper()
	h := &Hall{T: t, Clock: clockwork.NewFakeClockAt(time.Now()), Dir: t.TempDir(), Log: new(bytes.Buffer)}
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: h.Log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	terminals, people := h.listen(), h.listen()
	var err error
	h.Office, err = office.Open(t.Context(), office.Config{Dir: h.Dir, Names: []string{"127.0.0.1"}, Clock: h.Clock, Log: log})
	h.Must(err)
	t.Cleanup(func() {
		if err := h.Office.Close(); err != nil {
			t.Error(err)
		}
	})
	h.URL, h.People = "https://"+terminals.Addr().String(), "https://"+people.Addr().String()
	h.ca = h.Office.Authority.Certificate()
	h.items = func() *items.Catalogue {
		c, err := h.Office.Updates.Catalogue()
		h.Must(err)
		return c
	}
	h.Must(h.Office.Store.SetSetting(t.Context(), office.SettingTerminals, h.URL))
	_, err = h.Office.Import(t.Context(), Catalogue(t), "test")
	h.Must(err)
	_, _, err = h.Office.Publish(t.Context(), nil, "test")
	h.Must(err)
	var s api.Store = h.Office.Store
	if wrap != nil {
		s = wrap(s)
	}
	h.serve(terminals, api.New(api.Config{Store: s, Authority: h.Office.Authority, Keys: h.Office.Keys, Updates: h.Office.Updates,
		Bell: h.Office.Bell, CameIn: h.Office.CameIn, TrackingURL: h.People + wire.PathTrack, Clock: h.Clock, Log: log}), api.TLS(h.Office.Authority))
	pages, err := admin.New(admin.Config{Office: h.Office, Clock: h.Clock, Log: log})
	h.Must(err)
	h.serve(people, pages, &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: h.Office.Authority.ServerCertificate})
	return h
}

// Remote is a hall that runs in another process with the demo catalogue: only what goes over the network works.
func Remote(t testing.TB, url string, ca []byte) *Hall {
	h := &Hall{T: t, Clock: clockwork.NewFakeClockAt(time.Now()), URL: url, ca: ca}
	h.items = func() *items.Catalogue {
		c, err := items.Parse(catalogue.JSON())
		h.Must(err)
		return c
	}
	return h
}

// Catalogue is the demo catalogue cut down to the items of Refs.
func Catalogue(t testing.TB) []byte {
	t.Helper()
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		t.Fatal(err)
	}
	c.Items = slices.DeleteFunc(c.Items, func(it items.Item) bool { return !slices.Contains(Refs, it.Ref) })
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Must ends the test where there is an error.
func (h *Hall) Must(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

func (h *Hall) listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.Must(err)
	return l
}

func (h *Hall) serve(l net.Listener, handler http.Handler, t *tls.Config) {
	s := &http.Server{Handler: handler, TLSConfig: t, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	done := make(chan error, 1)
	go func() { done <- s.ServeTLS(l, "", "") }()
	h.T.Cleanup(func() {
		h.Office.Bell.Close()
		_ = s.Close() // connections that a test left open
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			h.T.Error(err)
		}
	})
}

// Client is a client that trusts the hall and shows the given certificate, if any.
func (h *Hall) Client(cert *tls.Certificate) *http.Client {
	pool := x509.NewCertPool()
	ca, err := x509.ParseCertificate(h.ca)
	h.Must(err)
	pool.AddCert(ca)
	c := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13, Time: h.Clock.Now}
	if cert != nil {
		c.Certificates = []tls.Certificate{*cert}
	}
	tr := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true, MaxConnsPerHost: 64}
	h.T.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 60 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Terminal is an enrolled terminal.
type Terminal struct {
	Hall *Hall
	wire.Enrolment
	Key  *ecdsa.PrivateKey
	HTTP *http.Client
	Next uint64 // the next submission's sequence number
}

// NewKey makes a terminal's key.
func (h *Hall) NewKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	h.Must(err)
	return key
}

// CSR makes a certificate request for a key.
func (h *Hall) CSR(key *ecdsa.PrivateKey) []byte {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	h.Must(err)
	return der
}

// Code makes an enrolment code.
func (h *Hall) Code() string {
	c, err := h.Office.NewCode(h.T.Context(), "示例村便民服务点", "V", "test")
	h.Must(err)
	return c.Code
}

// Enrol enrols a new terminal through the API.
func (h *Hall) Enrol() *Terminal {
	h.T.Helper()
	return h.EnrolWith(h.Code())
}

// EnrolWith enrols a new terminal with a code.
func (h *Hall) EnrolWith(code string) *Terminal {
	h.T.Helper()
	t := &Terminal{Hall: h, Key: h.NewKey(), Next: 1}
	res := Send(h.T, h.Client(nil), http.MethodPost, h.URL+wire.PathEnrol, wire.EnrolRequest{Code: code, CSR: h.CSR(t.Key), Serial: "SN-1"}, &t.Enrolment)
	if res.Status != http.StatusOK {
		h.T.Fatalf("enrol: %d %s", res.Status, res.Body)
	}
	t.HTTP = h.Client(&tls.Certificate{Certificate: [][]byte{t.Certificate}, PrivateKey: t.Key})
	return t
}

// Application makes an application of 示例乙 for an item, with answers of every shape.
func (h *Hall) Application(ref string) wire.Application {
	c := h.items()
	for i := range c.Items {
		it := &c.Items[i]
		if it.Ref != ref {
			continue
		}
		id, err := uuid.NewV7()
		h.Must(err)
		app := wire.Application{
			Submission: id.String(), ItemCode: it.Code, ItemVersion: it.Version, ItemName: it.Name.ZH, Language: "zh",
			Applicant: wire.Applicant{Identified: "card", Name: "示例乙", Sex: "女", Nation: "汉", Birth: "1987-11-05", Address: "示例省示例市示例路1号",
				IDNumber: "330000198711050024", Authority: "示例市公安局", ValidFrom: "2020-01-01", ValidTo: "2040-01-01", Phone: "13800000000"},
			Answers:     map[string]any{},
			Consent:     wire.Consent{Version: "1", At: h.Clock.Now()},
			Signature:   []wire.Stroke{{{X: 100, Y: 120, T: 0}, {X: 300, Y: 80, T: 40}, {X: 420, Y: 260, T: 90}}, {{X: 600, Y: 200, T: 300}}},
			SubmittedAt: h.Clock.Now(),
		}
		for j := range it.Fields {
			app.Answers[it.Fields[j].Key] = answerOf(&it.Fields[j])
		}
		for _, m := range it.Materials {
			app.Materials = append(app.Materials, wire.MaterialState{Name: m.Name.ZH, Level: m.Level, State: "read"})
		}
		return app
	}
	h.T.Fatalf("no item %s", ref)
	return wire.Application{}
}

func answerOf(f *items.Field) any {
	first := func() string {
		if len(f.Options) > 0 {
			return f.Options[0].Value
		}
		return "示例"
	}
	switch f.Type {
	case items.TypeBool:
		return true
	case items.TypeMultiselect:
		var all []any
		for _, o := range f.Options {
			all = append(all, o.Value)
		}
		return all
	case items.TypeDateRange:
		return []any{"2026-01-01", "2026-06-30"}
	case items.TypeList:
		row := map[string]any{}
		for i := range f.Fields {
			row[f.Fields[i].Key] = answerOf(&f.Fields[i])
		}
		return []any{row, row}
	case items.TypeMoney:
		return "1234.50"
	case items.TypeNumber:
		return "3"
	case items.TypeDate:
		return "2026-05-01"
	case items.TypeMonth:
		return "2026-05"
	case items.TypeSelect, items.TypeRadio:
		return first()
	}
	return "示例" + f.Key
}

// Seal seals and signs an application, with the terminal's next sequence number.
func (t *Terminal) Seal(app wire.Application) wire.Submission {
	t.Hall.T.Helper()
	seq := t.Next
	t.Next++
	return t.SealAs(wire.Header{Sequence: seq}, app)
}

// SealAs seals with a header of the test's own; what is empty in it is filled in.
func (t *Terminal) SealAs(h wire.Header, app wire.Application) wire.Submission {
	t.Hall.T.Helper()
	fill := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	fill(&h.Submission, app.Submission)
	fill(&h.Terminal, t.Terminal)
	fill(&h.ItemCode, app.ItemCode)
	fill(&h.LocalNumber, wire.LocalNumber(t.Terminal, t.Hall.Clock.Now(), h.Sequence))
	if h.ItemVersion == 0 {
		h.ItemVersion = app.ItemVersion
	}
	h.SealedAt = t.Hall.Clock.Now()
	app.Submission, app.LocalNumber, app.ItemCode, app.ItemVersion = h.Submission, h.LocalNumber, h.ItemCode, h.ItemVersion
	env, err := seal.Seal(nil, t.Key, t.Recipients, h, app)
	t.Hall.Must(err)
	return wire.Submission{Envelope: env, Attachments: []wire.Attachment{}, Digest: seal.Digest(env, nil)}
}

// Put sends a submission.
func (t *Terminal) Put(sub wire.Submission) (wire.Answer, Result) {
	t.Hall.T.Helper()
	h, err := seal.ReadHeader(sub.Envelope)
	t.Hall.Must(err)
	var a wire.Answer
	res := Send(t.Hall.T, t.HTTP, http.MethodPut, t.Path(h.Submission), sub, &a)
	return a, res
}

// Path is the address of a submission.
func (t *Terminal) Path(id string) string {
	return t.Hall.URL + strings.Replace(wire.PathSubmission, "{id}", id, 1)
}

// Submit makes a submission for an item and takes the receipt.
func (t *Terminal) Submit(ref string) (id string, body wire.ReceiptBody) {
	t.Hall.T.Helper()
	app := t.Hall.Application(ref)
	a, res := t.Put(t.Seal(app))
	if a.Receipt == nil {
		t.Hall.T.Fatalf("submit: %d %s", res.Status, res.Body)
	}
	t.Hall.Must(json.Unmarshal(a.Receipt.Body, &body))
	return app.Submission, body
}

// Open opens what has come in, as the serving hall does in the background.
func (h *Hall) Open() {
	h.T.Helper()
	h.Must(h.Office.OpenOnce(context.Background()))
}

// Result is an answer.
type Result struct {
	Status  int
	Header  http.Header
	Body    []byte
	Problem wire.Problem // where the answer is one
}

// Send sends v as JSON (nil: nothing; []byte: as it is) and reads a 200 into out.
func Send(t testing.TB, c *http.Client, method, url string, v, out any) Result {
	t.Helper()
	r, err := TrySend(c, method, url, v, out)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TrySend is Send for use from other goroutines.
func TrySend(c *http.Client, method, url string, v, out any) (Result, error) {
	var body io.Reader
	switch x := v.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(x)
	default:
		data, err := json.Marshal(v)
		if err != nil {
			return Result{}, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		return Result{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return Result{}, err
	}
	defer res.Body.Close()
	r := Result{Status: res.StatusCode, Header: res.Header}
	if r.Body, err = io.ReadAll(res.Body); err != nil {
		return r, err
	}
	if r.Status == http.StatusOK && out != nil {
		return r, json.Unmarshal(r.Body, out)
	}
	if r.Header.Get("Content-Type") == "application/problem+json" {
		if err := json.Unmarshal(r.Body, &r.Problem); err != nil {
			return r, err
		}
		if r.Problem.Status != r.Status || r.Problem.Type == "" || r.Problem.Title == "" {
			return r, errors.New("the problem is not whole: " + strconv.Quote(string(r.Body)))
		}
	}
	return r, nil
}
