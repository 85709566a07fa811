package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices/bench/rig"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/hall/api"
	"zizhuban/sync/hall/halltest"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

// trial is a hall, a bench and the configuration of a terminal between them, which is enrolled.
type trial struct {
	t     *testing.T
	hall  *halltest.Hall
	gate  *gate
	bench *rig.Bench
	file  string // kiosk.toml
	cfg   *config
	clock clockwork.Clock
}

// aTrial enrols a terminal with the command that a technician uses. extra is put before the sections of kiosk.toml.
func aTrial(t *testing.T, extra string) *trial {
	t.Helper()
	tr := &trial{t: t, hall: halltest.New(t), bench: aBench(t), clock: clockwork.NewRealClock()}
	tr.gate = aGate(t, tr.hall)
	tr.configure(extra)
	kiosk(t, "--config", tr.file, "enrol", "--code", tr.ticket()).want(t, exitOK)
	return tr
}

// configure writes kiosk.toml for the gate and the bench.
func (tr *trial) configure(extra string) {
	tr.t.Helper()
	if tr.file == "" {
		tr.file = filepath.Join(shortDir(tr.t), "kiosk.toml")
	}
	text := fmt.Sprintf("data = \"data\"\nattended = [\"face\", \"cam\", \"a4\"]\n%s\n[hall]\nurl = %q\n", extra, tr.gate.url)
	for _, d := range []string{
		fmt.Sprintf("role = \"idcard\"\nport = %q\n", link(tr.bench, rig.Reader)),
		fmt.Sprintf("role = \"printer\"\nport = %q\nprofile = \"epson-80mm\"\n", link(tr.bench, rig.Printer)),
		fmt.Sprintf("role = \"scanner\"\nport = %q\n", link(tr.bench, rig.Scanner)),
	} {
		text += "\n[[device]]\n" + d
	}
	if err := os.WriteFile(tr.file, []byte(text), 0o600); err != nil {
		tr.t.Fatal(err)
	}
	cfg, err := loadConfig(tr.file)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.cfg = cfg
}

// ticket is a one-time code as the hall prints it, with the gate's address.
func (tr *trial) ticket() string {
	tr.t.Helper()
	code, err := tr.hall.Office.NewCode(tr.t.Context(), "示例镇便民服务中心", "H", "test")
	tr.hall.Must(err)
	_, rest, ok := strings.Cut(code.Ticket, "#")
	if !ok {
		tr.t.Fatalf("the hall's ticket is %q", code.Ticket)
	}
	return tr.gate.url + "#" + rest
}

// open wires the terminal. It does not speak to the hall in the background until begin.
func (tr *trial) open() *terminal {
	tr.t.Helper()
	log, file, err := openLog(tr.cfg.logFile(), io.Discard)
	if err != nil {
		tr.t.Fatal(err)
	}
	term, err := openTerminal(tr.t.Context(), tr.cfg, tr.clock, log)
	if err != nil {
		tr.t.Fatal(err)
	}
	var once sync.Once
	closing := func() {
		once.Do(func() {
			if err := errors.Join(term.Close(), file.Close()); err != nil {
				tr.t.Errorf("closing the terminal: %v", err)
			}
		})
	}
	tr.t.Cleanup(closing)
	return term
}

// start opens the terminal and lets it work.
func (tr *trial) start() *terminal {
	tr.t.Helper()
	term := tr.open()
	if err := term.begin(tr.t.Context()); err != nil {
		tr.t.Fatal(err)
	}
	return term
}

// shut closes a terminal within a test; what open registered for the end then finds nothing to do but the log.
func (tr *trial) shut(term *terminal) {
	tr.t.Helper()
	if err := term.Close(); err != nil {
		tr.t.Fatalf("closing the terminal: %v", err)
	}
}

// item finds a demo item in the catalogue of a terminal.
func item(t *testing.T, term *terminal, ref string) *items.Item {
	t.Helper()
	c := term.shelf.Index().Catalogue()
	for i := range c.Items {
		if c.Items[i].Ref == ref {
			return &c.Items[i]
		}
	}
	t.Fatalf("the terminal has no item %s", ref)
	return nil
}

// until waits for something that no event tells.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// await waits until the visit is as wanted.
func await(t *testing.T, m *visit.Machine, what string, is func(visit.State) bool) visit.State {
	t.Helper()
	changed := make(chan struct{}, 1)
	stop := m.Watch(func(visit.State) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	for {
		s := m.State()
		if is(s) {
			return s
		}
		select {
		case <-changed:
		case <-limit.C:
			t.Fatalf("waited in vain for %s: on step %s, problem %+v, card %+v", what, s.Step, s.Problem, s.CardView)
		}
	}
}

func on(step visit.Step) func(visit.State) bool {
	return func(s visit.State) bool { return s.Step == step }
}

func trouble(code string) func(visit.State) bool {
	return func(s visit.State) bool { return s.Problem != nil && s.Problem.Code == code }
}

// What the citizen of DEMO2 answers for 工伤医疗费用手工报销 (D17), and how the hall has it.
const (
	aName, aNumber = "示例乙", "330000198711050024"
	anAccount      = "6222020000000000000"
	anInjury       = "330900202600456"
)

var given = map[string]any{
	"injury_no": anInjury, "visit_kind": "门诊", "in_out": []string{"2026-01-05", "2026-01-09"}, "fee": "1234.5", "bank_account": anAccount,
}

var arrived = map[string]any{
	"injury_no": anInjury, "visit_kind": "门诊", "in_out": []any{"2026-01-05", "2026-01-09"}, "fee": "1234.50", "bank_account": anAccount,
}

// toForm takes a visit to the form's first page.
func (tr *trial) toForm(term *terminal) *visit.Machine {
	tr.t.Helper()
	m := term.visit
	m.Start()
	await(tr.t, m, "home", on(visit.Home))
	m.Choose(item(tr.t, term, "D17").Code)
	await(tr.t, m, "the guide", on(visit.Guide))
	m.Begin()
	if s := await(tr.t, m, "the notice", func(s visit.State) bool { return s.Step == visit.Consent || s.GuideView == nil || !s.GuideView.Offered }); s.Step != visit.Consent {
		tr.t.Fatalf("the item is not offered: %+v; modules %v, devices %+v", s.GuideView.Why, well(term), term.station.Reports())
	}
	m.ReadNotice()
	m.Agree()
	await(tr.t, m, "the card step", on(visit.CardStep))
	tr.layCard(m)
	if err := tr.bench.LiftCard(0); err != nil {
		tr.t.Fatal(err)
	}
	m.Next()
	await(tr.t, m, "the form", on(visit.FormStep))
	return m
}

// layCard lays the card down until it is read. A card that lies there before the terminal has looked might be of the visit
// before: the citizen is asked to take it away, and does.
func (tr *trial) layCard(m *visit.Machine) {
	tr.t.Helper()
	remove := func(s visit.State) bool { return s.CardView != nil && s.CardView.Trouble.Key == "visit.card.remove" }
	for {
		put(tr.t, tr.bench, "DEMO2")
		s := await(tr.t, m, "the card", func(s visit.State) bool {
			return remove(s) || s.CardView != nil && s.CardView.Phase == visit.CardRead
		})
		if s.CardView.Phase == visit.CardRead {
			return
		}
		if err := tr.bench.LiftCard(0); err != nil {
			tr.t.Fatal(err)
		}
		await(tr.t, m, "the screen to see that the card is gone", func(s visit.State) bool { return !remove(s) })
	}
}

// toSign fills the form in and signs.
func (tr *trial) toSign(term *terminal) *visit.Machine {
	tr.t.Helper()
	m := tr.toForm(term)
	for pages := 0; m.State().Step == visit.FormStep; pages++ {
		s := m.State()
		for _, f := range s.FormView.Fields {
			if v, ok := given[f.Key]; ok {
				m.Answer(f.Key, v)
			} else if f.Key == "@phone" {
				m.Answer(f.Key, "13900000000")
			}
		}
		m.Next()
		if pages > 10 {
			tr.t.Fatalf("page %q of the form cannot be left: %+v", s.FormView.Title, m.State().FormView)
		}
	}
	await(tr.t, m, "the review", on(visit.Review))
	m.Next()
	await(tr.t, m, "the signature", on(visit.Sign))
	var stroke wire.Stroke
	for i := range 20 {
		stroke = append(stroke, wire.Point{X: 100 + i*30, Y: 200 + i%5*20, T: i * 15})
	}
	m.Signed([]wire.Stroke{stroke})
	return m
}

// submit makes a whole visit and gives what its last page shows.
func (tr *trial) submit(term *terminal) visit.SlipView {
	tr.t.Helper()
	m := tr.toSign(term)
	m.Submit()
	s := await(tr.t, m, "the end of the visit", func(s visit.State) bool { return s.Step == visit.Done || s.Problem != nil })
	if s.Problem != nil {
		tr.t.Fatalf("the visit ended in %+v", s.Problem)
	}
	m.End()
	await(tr.t, m, "idle", on(visit.Idle))
	return *s.SlipView
}

// opened gives the cases of the hall with their contents, once there are n.
func (tr *trial) opened(n int) []wire.Application {
	tr.t.Helper()
	ctx := context.WithoutCancel(tr.t.Context())
	var cases []store.Case
	until(tr.t, fmt.Sprintf("%d cases at the hall", n), func() bool {
		tr.hall.Open()
		var err error
		cases, _, err = tr.hall.Office.Store.Cases(ctx, store.CaseFilter{})
		tr.hall.Must(err)
		opened := 0
		for _, c := range cases {
			if !c.OpenedAt.IsZero() || c.OpenError != "" {
				opened++
			}
		}
		return opened >= n
	})
	if len(cases) > n {
		tr.t.Fatalf("%d cases at the hall, want %d", len(cases), n)
	}
	apps := make([]wire.Application, len(cases))
	for i, c := range cases {
		whole, err := tr.hall.Office.Store.Case(ctx, c.Submission)
		tr.hall.Must(err)
		if whole.OpenError != "" {
			tr.t.Fatalf("the hall cannot open case %s: %s", whole.Number, whole.OpenError)
		}
		tr.hall.Must(json.Unmarshal(whole.Application, &apps[i]))
	}
	return apps
}

// gate stands before the hall with the hall's own certificate, and answers in its place as it is told.
type gate struct {
	url string

	mu      sync.Mutex
	answer  http.HandlerFunc // nil: the hall answers
	changed chan struct{}    // closed when answer changes
	met     int              // submissions that were answered here, not by the hall
}

func aGate(t *testing.T, h *halltest.Hall) *gate {
	t.Helper()
	real := api.New(api.Config{
		Store: h.Office.Store, Authority: h.Office.Authority, Keys: h.Office.Keys, Updates: h.Office.Updates, Bell: h.Office.Bell,
		CameIn: h.Office.CameIn, TrackingURL: h.People + wire.PathTrack, Clock: h.Clock, Log: slog.New(slog.DiscardHandler),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{url: "https://" + l.Addr().String(), changed: make(chan struct{})}
	s := &http.Server{
		TLSConfig: api.TLS(h.Office.Authority), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			g.mu.Lock()
			answer := g.answer
			g.mu.Unlock()
			if answer == nil {
				real.ServeHTTP(w, r)
				return
			}
			if r.Method == http.MethodPut {
				defer func() {
					g.mu.Lock()
					defer g.mu.Unlock()
					g.met++
				}()
			}
			answer(w, r)
		}),
	}
	done := make(chan error, 1)
	go func() { done <- s.ServeTLS(l, "", "") }()
	t.Cleanup(func() {
		g.set(nil)
		h.Office.Bell.Close()
		_ = s.Close() // connections that a test left open
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return g
}

// set has all further requests answered by f, or by the hall where f is nil.
func (g *gate) set(f http.HandlerFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer, g.met = f, 0
	close(g.changed)
	g.changed = make(chan struct{})
}

// count is how many submissions have met what was set.
func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.met
}

// says answers everything with a status and a body.
func says(status int, kind, body string) func(*gate) http.HandlerFunc {
	return func(*gate) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
}

// cuts takes a request and ends the connection without an answer.
func cuts(*gate) http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
}

// silent takes a request and answers nothing for as long as it stands.
func silent(g *gate) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		changed := g.changed
		g.met++ // is met as soon as it waits
		g.mu.Unlock()
		select {
		case <-changed:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
}
