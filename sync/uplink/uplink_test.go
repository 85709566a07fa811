package uplink_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/queue"
	"zizhuban/sync/seal"
	"zizhuban/sync/uplink"
	"zizhuban/sync/wire"
)

// patience is how long a test waits for an event before it says that it did not come.
const patience = 30 * time.Second

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// terminal is an enrolled terminal with its queue.
type terminal struct {
	t     testing.TB
	dir   string
	clock *clockwork.FakeClock
	id    *uplink.Identity
	queue *queue.Queue
	dials atomic.Int64
	cut   atomic.Bool // the line is cut
}

func enrolled(t testing.TB, h *hall) *terminal {
	t.Helper()
	term := &terminal{t: t, dir: t.TempDir(), clock: clockwork.NewFakeClockAt(h.now)}
	id, err := uplink.Enrol(within(t), h.server.URL, "ABCD-EFGH", uplink.EnrolOptions{CAPin: h.pin(), Dir: filepath.Join(term.dir, "identity"), Serial: "SN 1", Clock: term.clock})
	if err != nil {
		t.Fatal(err)
	}
	term.id = id
	term.queue, err = queue.Open(within(t), filepath.Join(term.dir, "queue"), queue.Options{
		Terminal: id.Enrolment().Terminal, Clock: term.clock, FreeBytes: func(string) (uint64, error) { return 1 << 40, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = term.queue.Close() })
	return term
}

func (x *terminal) submit() queue.Entry {
	x.t.Helper()
	e, err := x.queue.Put(within(x.t), func(t queue.Ticket) (wire.Submission, error) {
		h := wire.Header{
			Submission: t.Submission, Terminal: t.Terminal, Sequence: t.Sequence, ItemCode: "330106014000601120003300000000A", ItemVersion: 1,
			LocalNumber: t.LocalNumber, SealedAt: t.At,
		}
		app := wire.Application{Submission: t.Submission, LocalNumber: t.LocalNumber, ItemCode: h.ItemCode, ItemVersion: 1, Applicant: wire.Applicant{Name: "示例甲"}}
		env, err := seal.Seal(nil, x.id.Key(), x.id.Enrolment().Recipients, h, app)
		return wire.Submission{Envelope: env, Digest: seal.Digest(env, nil)}, err
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return e
}

// run starts an uplink and stops it with the test.
func (x *terminal) run(change func(*uplink.Config)) *uplink.Uplink {
	x.t.Helper()
	c := uplink.Config{
		Identity: x.id, Queue: x.queue, Clock: x.clock, Jitter: func() float64 { return 0.5 }, RequestTimeout: patience,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			x.dials.Add(1)
			if x.cut.Load() {
				return nil, errors.New("the line is cut")
			}
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		},
	}
	if change != nil {
		change(&c)
	}
	u, err := uplink.New(c)
	if err != nil {
		x.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := u.Run(ctx); !errors.Is(err, context.Canceled) {
			x.t.Errorf("run ended with %v", err)
		}
	}()
	x.t.Cleanup(func() { cancel(); <-done })
	return u
}

// until waits for a condition that another goroutine brings about, looking again after each step of tick.
func until(t testing.TB, what string, tick func(), is func() bool) {
	t.Helper()
	ctx := within(t)
	for !is() {
		if ctx.Err() != nil {
			t.Fatalf("%s: it did not come", what)
		}
		if tick != nil {
			tick()
		}
		pause(ctx)
	}
}

// pause lets other goroutines work, by a round through the system's timer.
func pause(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Millisecond)
	defer cancel()
	<-ctx.Done()
}

func (x *terminal) empty() bool { return x.queue.Status().Depth == 0 }

// drained waits until the queue is empty, letting the clock run by step at each look.
func (x *terminal) drained(step time.Duration) {
	x.t.Helper()
	until(x.t, "the queue did not drain", func() { x.clock.Advance(step) }, x.empty)
}

func TestUplink_sends_what_is_queued_and_deletes_it_on_the_receipt(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	var ids []string
	for range 50 {
		ids = append(ids, x.submit().Submission)
	}
	u := x.run(nil)
	x.drained(0)
	late := x.submit()
	x.drained(0)
	if got := h.count(); got != 51 {
		t.Errorf("the hall has %d cases, want 51", got)
	}
	for _, id := range append(ids, late.Submission) {
		s, err := x.queue.Slip(id)
		if err != nil || s.CaseNumber == "" {
			t.Errorf("submission %s: case number %q, %v", id, s.CaseNumber, err)
		}
	}
	until(t, "online", nil, func() bool { s := u.Status(); return s.Online && s.Class == uplink.ClassNone })
}

func TestUplink_makes_one_case_of_a_submission_whose_answer_is_lost(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	lost := map[string]int{}
	h.meddle = func(w http.ResponseWriter, r *http.Request, id string, before bool) bool {
		if before || lost[id] == 2 {
			return false
		}
		lost[id]++
		panic(http.ErrAbortHandler) // the hall has it, the answer never comes
	}
	for range 5 {
		x.submit()
	}
	x.run(nil)
	x.drained(time.Second)
	h.set(func() {
		if len(h.cases) != 5 || h.puts != 15 {
			t.Errorf("%d cases from %d requests, want 5 from 15", len(h.cases), h.puts)
		}
	})
}

func TestUplink_deletes_nothing_on_an_answer_without_a_valid_receipt(t *testing.T) {
	t.Parallel()
	foreign := aHall(t)
	answers := map[string]func(h *hall, w http.ResponseWriter, id string){
		"web page with 200": func(_ *hall, w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><body>Please log in</body></html>")
		},
		"web page with 409": func(_ *hall, w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusConflict)
		},
		"empty object": func(_ *hall, w http.ResponseWriter, _ string) { answerJSON(w, struct{}{}) },
		"empty":        func(_ *hall, w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusOK) },
		"404":          func(_ *hall, w http.ResponseWriter, _ string) { http.NotFound(w, nil) },
		"500":          func(_ *hall, w http.ResponseWriter, _ string) { fail(w, http.StatusInternalServerError, "internal") },
		"502":          func(_ *hall, w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusBadGateway) },
		"redirect":     func(_ *hall, w http.ResponseWriter, _ string) { w.Header().Set("Location", "/"); w.WriteHeader(302) },
		"204":          func(_ *hall, w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusNoContent) },
		"endless":      func(_ *hall, w http.ResponseWriter, _ string) { _, _ = w.Write(make([]byte, 3<<20)) },
		"other's receipt": func(h *hall, w http.ResponseWriter, id string) {
			r, err := seal.SignReceipt(foreign.sign, wire.ReceiptBody{Submission: id, Digest: h.digests[id], Terminal: "T-7K3M", Sequence: 1, CaseNumber: "1", ReceivedAt: h.now})
			if err != nil {
				panic(err)
			}
			answerJSON(w, wire.Answer{Receipt: &r})
		},
		"receipt for other content": func(h *hall, w http.ResponseWriter, id string) {
			r, err := seal.SignReceipt(h.sign, wire.ReceiptBody{Submission: id, Digest: make([]byte, 32), Terminal: "T-7K3M", Sequence: 1, CaseNumber: "1", ReceivedAt: h.now})
			if err != nil {
				panic(err)
			}
			answerJSON(w, wire.Answer{Receipt: &r})
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := aHall(t)
			x := enrolled(t, h)
			heal := false
			h.meddle = func(w http.ResponseWriter, _ *http.Request, id string, before bool) bool {
				if before || heal {
					return false
				}
				answer(h, w, id)
				return true
			}
			x.submit()
			u := x.run(nil)
			tries := func(n int) func() bool {
				return func() bool {
					h.mu.Lock()
					defer h.mu.Unlock()
					return h.puts >= n
				}
			}
			until(t, "three tries", func() { x.clock.Advance(time.Minute) }, tries(3))
			until(t, "trouble shown", nil, func() bool { return u.Status().Class != uplink.ClassNone })
			if s := x.queue.Status(); s.Depth != 1 || s.SetAside != 0 {
				t.Fatalf("depth %d, set aside %d; want the submission to wait", s.Depth, s.SetAside)
			}
			h.set(func() { heal = true })
			x.drained(time.Minute)
			if h.count() != 1 {
				t.Errorf("%d cases, want 1", h.count())
			}
		})
	}
}

func TestUplink_sets_aside_what_the_hall_will_never_take_and_goes_on(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]string{409: "digest-conflict", 413: "too-large", 422: "unknown-item"} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			h := aHall(t)
			x := enrolled(t, h)
			poison := x.submit().Submission
			h.meddle = func(w http.ResponseWriter, _ *http.Request, id string, _ bool) bool {
				if id == poison {
					fail(w, status, kind)
				}
				return id == poison
			}
			for range 20 {
				x.submit()
			}
			x.run(nil)
			x.drained(0)
			s := x.queue.Status()
			if s.SetAside != 1 || s.Aside[0].Submission != poison || s.Aside[0].Reason != kind {
				t.Errorf("set aside: %+v", s.Aside)
			}
			if h.count() != 20 {
				t.Errorf("%d cases, want 20", h.count())
			}
		})
	}
}

func TestUplink_lets_the_others_pass_an_entry_that_always_fails(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	poison := x.submit().Submission
	h.meddle = func(w http.ResponseWriter, _ *http.Request, id string, _ bool) bool {
		if id == poison {
			fail(w, 500, "internal")
		}
		return id == poison
	}
	for range 100 {
		x.submit()
	}
	x.run(nil)
	// The clock stands still: all of this happens within one drain.
	until(t, "the others arrive", nil, func() bool { return x.queue.Status().Depth == 1 })
	e, err := x.queue.Next(within(t), 5)
	if err != nil || len(e) != 1 || e[0].Submission != poison || e[0].Attempts == 0 {
		t.Fatalf("waiting: %+v, %v; want only the one that fails, with its attempts", e, err)
	}
	h.set(func() { h.meddle = nil })
	x.drained(time.Minute)
}

func TestUplink_leaves_a_busy_hall_alone_for_as_long_as_it_asks(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			h := aHall(t)
			x := enrolled(t, h)
			h.meddle = func(w http.ResponseWriter, _ *http.Request, _ string, _ bool) bool {
				w.Header().Set("Retry-After", "300")
				fail(w, status, "busy")
				return true
			}
			for range 30 {
				x.submit()
			}
			u := x.run(nil)
			until(t, "busy", nil, func() bool { return u.Status().Class == uplink.ClassBusy && !u.Status().Next.IsZero() })
			puts := func() (n int) { h.set(func() { n = h.puts }); return n }
			if puts() != 1 {
				t.Fatalf("%d requests, want one probe", puts())
			}
			h.set(func() { h.meddle = nil })
			u.Kick()
			x.submit()
			// A heartbeat's answer shows that the uplink has had its turn after the clock moved; sending has not begun.
			if err := x.clock.BlockUntilContext(within(t), 2); err != nil { // the sender's wait, and the heartbeat's
				t.Fatal(err)
			}
			var beats int
			h.set(func() { beats = len(h.beats) })
			x.clock.Advance(299 * time.Second)
			until(t, "a heartbeat", func() { u.Kick() }, func() bool { n := 0; h.set(func() { n = len(h.beats) }); return n > beats })
			if puts() != 1 {
				t.Fatalf("%d requests before the hall's time was over", puts())
			}
			x.drained(10 * time.Second)
		})
	}
}

func TestUplink_backs_off_while_the_line_is_cut_and_tries_at_once_after_a_new_submission(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	x.cut.Store(true)
	x.submit()
	u := x.run(nil)
	until(t, "unreachable", nil, func() bool { s := u.Status(); return s.Class == uplink.ClassUnreachable && !s.Next.IsZero() })
	if u.Status().Online {
		t.Error("online without a line")
	}
	x.cut.Store(false)
	x.submit() // nudges; the clock stands still
	x.drained(0)
	if e := h.count(); e != 2 {
		t.Errorf("%d cases, want 2", e)
	}
	// A cut line is not the submissions' fault.
	if n, err := x.queue.Next(within(t), 1); err != nil || len(n) != 0 {
		t.Errorf("left: %v, %v", n, err)
	}
}

func TestUplink_stops_for_long_where_the_hall_refuses_the_terminal(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	h.set(func() { h.blocked = true })
	for range 10 {
		x.submit()
	}
	u := x.run(nil)
	until(t, "denied", nil, func() bool { s := u.Status(); return s.Class == uplink.ClassDenied && !s.Next.IsZero() })
	if wait := u.Status().Next.Sub(x.clock.Now()); wait < 5*time.Minute {
		t.Errorf("the next try is in %v", wait)
	}
	if s := x.queue.Status(); s.Depth != 10 || s.SetAside != 0 {
		t.Errorf("depth %d, set aside %d", s.Depth, s.SetAside)
	}
	if !strings.Contains(u.Status().Error, "blocked") {
		t.Errorf("the error does not say why: %s", u.Status().Error)
	}
	h.set(func() { h.blocked = false })
	x.drained(time.Minute)
}

func TestUplink_renews_an_expired_certificate_and_goes_on(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	h.set(func() { h.expired = true; h.lasts = 200 * 24 * time.Hour })
	x.submit()
	old := x.id.Until()
	u := x.run(nil)
	x.drained(time.Minute)
	if !u.Status().Certificate.After(old) {
		t.Errorf("the certificate still holds until %v", u.Status().Certificate)
	}
	again, err := uplink.Load(filepath.Join(x.dir, "identity"))
	if err != nil || !again.Until().Equal(x.id.Until()) {
		t.Errorf("after a restart the certificate is another: %v", err)
	}
}

func TestUplink_renews_before_the_certificate_expires(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	x.run(nil)
	h.set(func() { h.now = h.now.Add(70 * 24 * time.Hour) }) // of 90, by the hall's time alone
	until(t, "renewal", func() { x.clock.Advance(time.Minute) }, func() bool { n := 0; h.set(func() { n = h.renewals }); return n == 1 })
}

func TestUplink_tells_of_a_new_catalogue_until_it_is_taken_in(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	var mu sync.Mutex
	using, told := 0, []int{}
	x.run(func(c *uplink.Config) {
		c.Health = func() wire.Heartbeat {
			mu.Lock()
			defer mu.Unlock()
			return wire.Heartbeat{Software: "test", Catalogue: using}
		}
		c.OnCatalogue = func(_ context.Context, version int) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, version)
			if len(told) > 1 { // the first time fails
				using = version
			}
		}
	})
	h.publish()
	until(t, "told twice", func() { h.enough(); x.clock.Advance(time.Minute) }, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(told) >= 2
	})
	h.publish()
	until(t, "told of the next", func() { x.clock.Advance(time.Minute) }, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return using == 2
	})
}

// A terminal with a wrong clock cannot check a catalogue before a heartbeat has told it the time; its home page is empty so long.
func TestUplink_soon_tells_again_of_a_catalogue_that_was_not_taken_in(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	h.publish()
	var mu sync.Mutex
	using, told := 0, 0
	x.run(func(c *uplink.Config) {
		c.Health = func() wire.Heartbeat {
			mu.Lock()
			defer mu.Unlock()
			return wire.Heartbeat{Software: "test", Catalogue: using}
		}
		c.OnCatalogue = func(_ context.Context, version int) {
			mu.Lock()
			defer mu.Unlock()
			if told++; told > 3 {
				using = version
			}
		}
	})
	start := x.clock.Now()
	// The hall holds the question for a newer one all the while.
	until(t, "taken in", func() { x.clock.Advance(100 * time.Millisecond) }, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return using == 1 || x.clock.Since(start) > 25*time.Second
	})
	mu.Lock()
	defer mu.Unlock()
	if using != 1 {
		t.Errorf("after %v and %d tries it is not taken in", x.clock.Since(start), told)
	}
}

func TestUplink_does_not_renew_again_and_again(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	h.set(func() { h.expired, h.stubborn = true, true })
	u := x.run(nil)
	renewals := func() (n int) { h.set(func() { n = h.renewals }); return n }
	until(t, "trouble told", nil, func() bool { return u.Status().Class == uplink.ClassDenied && renewals() > 0 })
	ctx := within(t)
	for range 20 {
		pause(ctx)
	}
	if n := renewals(); n > 2 { // the clock stands still
		t.Errorf("%d renewals at once", n)
	}
}

func TestUplink_reports_the_queue_in_its_heartbeats(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	h.meddle = func(w http.ResponseWriter, _ *http.Request, _ string, _ bool) bool {
		fail(w, 500, "internal")
		return true
	}
	x.submit()
	x.clock.Advance(90 * time.Second)
	x.run(nil)
	var b wire.Heartbeat
	until(t, "heartbeat", nil, func() bool {
		ok := false
		h.set(func() {
			if ok = len(h.beats) > 0; ok {
				b = h.beats[0]
			}
		})
		return ok
	})
	if b.Queued != 1 || b.OldestSecs != 90 || !b.Clock.Equal(x.clock.Now()) {
		t.Errorf("heartbeat %+v", b)
	}
}
