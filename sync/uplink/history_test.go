package uplink_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/sync/queue"
	"zizhuban/sync/uplink"
	"zizhuban/sync/wire"
)

// line is a network with moods: it refuses connections and cuts them after some bytes.
type line struct {
	mu     sync.Mutex
	random *rand.Rand
	calm   bool
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.mu.Lock()
	refuse, after := !l.calm && l.random.IntN(5) == 0, int64(-1)
	if !l.calm && l.random.IntN(2) == 0 {
		after = int64(l.random.IntN(40_000))
	}
	l.mu.Unlock()
	if refuse {
		return nil, errors.New("the line is cut")
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, network, address)
	if err != nil || after < 0 {
		return c, err
	}
	return &cutConn{Conn: c, left: after}, nil
}

// cutConn ends after so many bytes in both directions together.
type cutConn struct {
	net.Conn
	mu   sync.Mutex
	left int64
}

func (c *cutConn) spend(n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left -= int64(n); c.left < 0 {
		_ = c.Conn.Close()
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, errors.Join(err, c.spend(n))
}

func (c *cutConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, errors.Join(err, c.spend(n))
}

// TestUplink_makes_exactly_one_case_of_every_submission runs random histories: submissions, a line that is cut anywhere, lost
// answers, a hall in trouble, and restarts of the terminal. In the end everything that was stored must be in the hall, once.
func TestUplink_makes_exactly_one_case_of_every_submission(t *testing.T) {
	t.Parallel()
	seeds := uint64(10)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 251109))
			h := aHall(t)
			x := enrolled(t, h)
			l := &line{random: rand.New(rand.NewPCG(seed, 1))}
			hallsMood := rand.New(rand.NewPCG(seed, 2))
			calm := false // guarded by the hall's lock
			h.meddle = func(w http.ResponseWriter, _ *http.Request, _ string, before bool) bool {
				if calm {
					return false
				}
				switch hallsMood.IntN(12) {
				case 0:
					panic(http.ErrAbortHandler) // before: the request is lost; after: the answer
				case 1:
					fail(w, http.StatusInternalServerError, "internal")
				case 2:
					w.Header().Set("Retry-After", "5")
					fail(w, http.StatusServiceUnavailable, "busy")
				case 3:
					w.Header().Set("Content-Type", "text/html")
					_, _ = io.WriteString(w, "<html>log in</html>")
				case 4:
					answerJSON(w, struct{}{})
				default:
					return false
				}
				return true
			}
			stored := map[string]bool{}
			for range 4 { // lives of the terminal
				stop := x.life(l)
				for range 15 {
					if random.IntN(2) == 0 {
						stored[x.submit().Submission] = true
					}
					x.clock.Advance(time.Duration(random.IntN(20)) * time.Second)
					pause(within(t))
				}
				stop()
				x.restart()
			}
			h.set(func() { calm = true })
			l.mu.Lock()
			l.calm = true
			l.mu.Unlock()
			stop := x.life(l)
			x.drained(time.Minute)
			stop()
			h.set(func() {
				for id := range stored {
					if h.cases[id] == nil {
						t.Errorf("submission %s is not in the hall", id)
					}
				}
				if len(h.cases) != len(stored) {
					t.Errorf("%d cases of %d submissions", len(h.cases), len(stored))
				}
			})
			if s := x.queue.Status(); s.SetAside != 0 {
				t.Errorf("set aside: %+v", s.Aside)
			}
		})
	}
}

// life runs an uplink over l until stop.
func (x *terminal) life(l *line) (stop func()) {
	x.t.Helper()
	u, err := uplink.New(uplink.Config{
		Identity: x.id, Queue: x.queue, Clock: x.clock, Dial: l.dial, Parallel: 3, RequestTimeout: 5 * time.Second,
	})
	if err != nil {
		x.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = u.Run(ctx)
	}()
	return func() { cancel(); <-done }
}

// restart closes the queue and opens it again, with the identity read back.
func (x *terminal) restart() {
	x.t.Helper()
	if err := x.queue.Close(); err != nil {
		x.t.Fatal(err)
	}
	id, err := uplink.Load(filepath.Join(x.dir, "identity"))
	if err != nil {
		x.t.Fatal(err)
	}
	x.id = id
	x.queue, err = queue.Open(within(x.t), filepath.Join(x.dir, "queue"), queue.Options{
		Terminal: id.Enrolment().Terminal, Clock: x.clock, FreeBytes: func(string) (uint64, error) { return 1 << 40, nil },
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

func TestUplink_delivers_with_a_clock_that_is_years_off(t *testing.T) {
	t.Parallel()
	for _, year := range []int{1970, 2001, 2038, 2106} {
		t.Run(fmt.Sprint(year), func(t *testing.T) {
			t.Parallel()
			h := aHall(t)
			x := enrolled(t, h)
			x.clock = clockwork.NewFakeClockAt(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
			x.restart()
			x.submit()
			u := x.run(nil)
			x.drained(time.Second)
			if h.count() != 1 {
				t.Errorf("%d cases", h.count())
			}
			until(t, "the clock's error", func() { x.clock.Advance(time.Minute) }, func() bool {
				off := u.Status().ClockOff
				want := h.now.Sub(x.clock.Now())
				return off != 0 && off-want < time.Hour && want-off < time.Hour
			})
		})
	}
}

// A hall that claims to live in the far future must not make its own, good certificate look expired.
func TestUplink_does_not_believe_a_time_beyond_the_halls_certificate(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	x := enrolled(t, h)
	right := h.now
	h.set(func() { h.now = right.AddDate(50, 0, 0) })
	for _, at := range []time.Time{right.AddDate(50, 0, 0), right} {
		h.set(func() { h.now = at })
		x.submit()
		stop := x.life(&line{calm: true})
		x.drained(time.Second)
		stop()
		x.restart() // with new connections, for which the hall's certificate is looked at again
	}
	if h.count() != 2 {
		t.Errorf("%d cases", h.count())
	}
}

func TestEnrol_does_not_believe_a_time_beyond_the_halls_certificate(t *testing.T) {
	t.Parallel()
	h := aHall(t)
	h.amend = func(e *wire.Enrolment) { e.ServerTime = h.now.AddDate(50, 0, 0) }
	x := enrolled(t, h)
	x.submit()
	x.run(nil)
	x.drained(time.Second)
}
