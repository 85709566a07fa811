package seriallink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// How a link heals.
const (
	firstBackOff = 500 * time.Millisecond
	lastBackOff  = 5 * time.Second
	steadyAfter  = 10 * time.Second // a connection that lasted so long starts the back-off anew
	lookAgain    = 2 * time.Second  // how often an open link looks whether its path leads elsewhere now
	flapWindow   = 5 * time.Minute
	flapLimit    = 6 // losses within the window that make a connection flap
)

// State is how a link is.
type State struct {
	Up         bool
	Opening    bool  // the first attempt is not over
	Err        error // why it is down; while up, why it was down last
	Node       string
	Since      time.Time
	Reconnects int  // times that it came up again after the first
	Flapping   bool // it comes and goes
}

// LinkOptions are what a link needs besides its configuration.
type LinkOptions struct {
	Clock clockwork.Clock // nil: the real one
	Log   *slog.Logger    // nil: nothing is logged
	Mask  Mask            // what may stand in the trace
	Trace int             // entries of the trace; 0 is 512
}

// Link is a port that heals: one goroutine opens it, waits for its loss, closes it (first, so that the device comes back
// under the same name), and opens it again, resolving its path anew.
type Link struct {
	config Config
	clock  clockwork.Clock
	log    *slog.Logger
	trace  *Trace
	stop   context.CancelFunc
	ended  chan struct{}
	drop   chan error

	mu      sync.Mutex
	state   State
	port    *Port
	opened  bool // it was up at least once
	losses  []time.Time
	changed chan struct{} // closed and renewed at every change of state
}

var _ Source = (*Link)(nil)

// Keep starts a link. Close it.
func Keep(c Config, o LinkOptions) *Link {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Trace == 0 {
		o.Trace = 512
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &Link{
		config: c, clock: o.Clock, log: o.Log.With("port", c.Path), stop: stop,
		trace: NewTrace(o.Trace, o.Clock, o.Mask), ended: make(chan struct{}),
		drop: make(chan error), changed: make(chan struct{}),
	}
	l.state = State{Opening: true, Since: l.clock.Now(), Err: fmt.Errorf("%s: %w", c.Path, ErrDisconnected)}
	go l.run(ctx)
	return l
}

// Conn is told at Source. It does not wait for a link that is down.
func (l *Link) Conn() (Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.port == nil {
		return nil, l.state.Err
	}
	return l.port, nil
}

// State tells how the link is.
func (l *Link) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.state
	s.Flapping = l.flapping()
	return s
}

// Changed is closed when the state next changes. Take it before State, so that no change is missed.
func (l *Link) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// Trace gives what went over the link lately.
func (l *Link) Trace() []Entry { return l.trace.Entries() }

// Reopen gives up the present connection, if there is one, and opens the port anew. Drivers call it for a device that answers
// nothing any more.
func (l *Link) Reopen(why error) {
	select {
	case l.drop <- why:
	case <-l.ended:
	default: // it is down already
	}
}

// Close closes the port and waits until all is over.
func (l *Link) Close() error {
	l.stop()
	<-l.ended
	return nil
}

func (l *Link) run(ctx context.Context) {
	defer close(l.ended)
	wait := firstBackOff
	for ctx.Err() == nil {
		port, err := Open(l.config, Options{Clock: l.clock, Trace: l.trace})
		if err != nil {
			l.down(err)
			if !l.rest(ctx, wait) {
				wait = min(2*wait, lastBackOff)
			}
			continue
		}
		began := l.clock.Now()
		l.up(port)
		why := l.watch(ctx, port)
		l.down(why)
		if err := port.Close(); err != nil {
			l.log.Warn("serial port did not close cleanly", "error", err)
		}
		if l.clock.Since(began) >= steadyAfter {
			wait = firstBackOff
		}
		if ctx.Err() == nil && !l.rest(ctx, wait) {
			wait = min(2*wait, lastBackOff)
		}
	}
	l.down(fmt.Errorf("%s: %w", l.config.Path, ErrClosed))
}

// watch waits for the end of a connection and tells why it ended.
func (l *Link) watch(ctx context.Context, port *Port) error {
	opened := identity(l.config.Path)
	look := l.clock.NewTicker(lookAgain)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", l.config.Path, ErrClosed)
		case <-port.Lost():
			return port.Err()
		case why := <-l.drop:
			return fmt.Errorf("%s: given up: %w", l.config.Path, errors.Join(ErrDisconnected, why))
		case <-look.Chan():
			// A link that leads to another device now means that ours was replaced, even if its port still stands.
			// A path that leads nowhere says nothing: by-id links come later than their devices.
			if now := identity(l.config.Path); now != "" && now != opened {
				return fmt.Errorf("%s: leads to another port now: %w", l.config.Path, ErrDisconnected)
			}
		}
	}
}

// rest waits before the next attempt, and tells whether it was cut short because the path leads somewhere new. Looking costs a
// stat and opens nothing, so a device that was put back is found soon even after a long absence.
func (l *Link) rest(ctx context.Context, d time.Duration) (found bool) {
	last := identity(l.config.Path)
	timer := l.clock.NewTimer(d)
	defer timer.Stop()
	look := l.clock.NewTicker(firstBackOff)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.Chan():
			return false
		case <-look.Chan():
			now := identity(l.config.Path)
			if now != "" && now != last {
				return true
			}
			last = now
		}
	}
}

// identity is what a path leads to: the node and its birth, empty where it leads nowhere.
func identity(path string) string {
	node, err := resolve(path)
	if err != nil {
		return ""
	}
	info, err := os.Stat(node)
	if err != nil {
		return ""
	}
	return fmt.Sprint(node, born(info))
}

func (l *Link) up(p *Port) {
	l.mu.Lock()
	if l.opened {
		l.state.Reconnects++
	}
	l.opened = true
	l.port = p
	l.state.Up, l.state.Opening, l.state.Node, l.state.Since = true, false, p.Node(), l.clock.Now()
	l.tell()
	l.mu.Unlock()
	l.log.Info("serial port open", "node", p.Node())
}

func (l *Link) down(err error) {
	l.mu.Lock()
	was, before := l.state.Up, l.state.Err
	l.port = nil
	l.state.Up, l.state.Opening, l.state.Err = false, false, err
	if was {
		l.losses = append(l.losses, l.clock.Now())
	}
	changed := was || before == nil || before.Error() != err.Error()
	if changed {
		l.state.Since = l.clock.Now()
	}
	l.tell()
	l.mu.Unlock()
	if changed && !errors.Is(err, ErrClosed) {
		l.log.Warn("serial port down", "error", err)
	}
}

// tell wakes who waits for a change. The caller holds the lock.
func (l *Link) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// flapping tells whether the connection was lost often lately. The caller holds the lock.
func (l *Link) flapping() bool {
	for len(l.losses) > 0 && l.clock.Since(l.losses[0]) > flapWindow {
		l.losses = l.losses[1:]
	}
	return len(l.losses) >= flapLimit
}
