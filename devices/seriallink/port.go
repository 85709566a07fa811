package seriallink

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// inputLimit is how much unread input a port keeps; from more, the oldest is dropped. It holds the largest reply of any
// driver more than twenty times.
const inputLimit = 64 << 10

// Options are what a port needs besides its configuration.
type Options struct {
	Clock clockwork.Clock // nil: the real one
	Trace *Trace          // nil: none is kept
}

// Port is an open serial port. It reads all the time, so that a pulled cable is noticed when it is pulled and not at the next
// command.
type Port struct {
	path    string
	node    string
	backend backend
	clock   clockwork.Clock
	trace   *Trace

	writing chan struct{} // holds one token: one writer at a time
	lost    chan struct{} // closed with err set
	pumped  chan struct{} // closed when the reading goroutine has ended

	mu      sync.Mutex
	input   []byte
	arrived chan struct{} // closed and renewed when input comes in
	dropped int64
	err     error
	shut    bool
}

var _ Conn = (*Port)(nil)

// Open opens a port once. It resolves links, claims the port for this process, sets the line, and forgets what came in
// before. Close it.
func Open(c Config, o Options) (*Port, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	node, err := resolve(c.Path)
	if err != nil {
		return nil, openError(c.Path, err)
	}
	owned, err := take(node)
	if err != nil {
		return nil, openError(c.Path, err)
	}
	open := openModule
	if c.Backend == Termios {
		open = openTermios
	}
	b, err := open(node, c, owned)
	if err != nil {
		owned.release()
		return nil, openError(c.Path, err)
	}
	if err := b.ResetInput(); err != nil {
		b.Close()
		return nil, openError(c.Path, err)
	}
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	return newPort(c.Path, node, b, o), nil
}

func newPort(path, node string, b backend, o Options) *Port {
	p := &Port{
		path: path, node: node, backend: b, clock: o.Clock, trace: o.Trace,
		writing: make(chan struct{}, 1),
		lost:    make(chan struct{}),
		pumped:  make(chan struct{}),
		arrived: make(chan struct{}),
	}
	p.writing <- struct{}{}
	p.trace.note("open " + node)
	go p.pump()
	return p
}

// Node is the device node that the path led to when the port was opened.
func (p *Port) Node() string { return p.node }

// Lost is closed when the port is gone; Err then tells why.
func (p *Port) Lost() <-chan struct{} { return p.lost }

// Err is why the port was lost, nil while it is not.
func (p *Port) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// pump moves bytes from the backend to the input until the port is lost or closed.
func (p *Port) pump() {
	defer close(p.pumped)
	buf := make([]byte, 4096)
	for early := 0; ; {
		began := time.Now()
		n, err := p.backend.Read(buf)
		if n > 0 {
			early = 0
			p.trace.bytes(In, buf[:n])
			p.accept(buf[:n])
		}
		if err != nil {
			p.fail(lostError(p.path, err))
			return
		}
		select {
		case <-p.lost: // condemned by a stalled write
			return
		default:
		}
		// A port that is gone may read as nothing, at once, for ever. Fifty such reads in a row are no ticks.
		if n == 0 && time.Since(began) < tick/10 {
			if early++; early == 50 {
				p.fail(lostError(p.path, io.EOF))
				return
			}
		}
	}
}

func (p *Port) accept(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.input = append(p.input, b...)
	if over := len(p.input) - inputLimit; over > 0 {
		p.input = append(p.input[:0], p.input[over:]...)
		p.dropped += int64(over)
	}
	close(p.arrived)
	p.arrived = make(chan struct{})
}

// fail marks the port lost, once.
func (p *Port) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	p.err = err
	p.trace.note("lost: " + err.Error())
	close(p.lost)
}

// Read is told at Conn. What came in before the port was lost is still given.
func (p *Port) Read(ctx context.Context, b []byte) (int, error) {
	for {
		p.mu.Lock()
		n := copy(b, p.input)
		p.input = append(p.input[:0], p.input[n:]...)
		err, arrived := p.err, p.arrived
		p.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		select {
		case <-arrived:
		case <-p.lost:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// Write is told at Conn.
func (p *Port) Write(ctx context.Context, b []byte) (int, error) {
	select {
	case <-p.writing:
		defer func() { p.writing <- struct{}{} }()
	case <-p.lost:
		return 0, p.Err()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	if err := p.Err(); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, context.Cause(ctx) // before the first byte: the port stays as it is
	}
	p.trace.bytes(Out, b)
	n, err := p.backend.Write(ctx, b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite // an unplug in the middle of a write gives fewer bytes and no error
	}
	if err == nil {
		return n, nil
	}
	err = lostError(p.path, err)
	p.fail(err)
	return n, err
}

// Discard is told at Conn.
func (p *Port) Discard() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.input)
	p.input = p.input[:0]
	return n
}

// Dropped tells how many bytes of input were lost because nobody read them.
func (p *Port) Dropped() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

// Close closes the port and waits for its goroutine. Reads and writes under way fail with ErrClosed.
func (p *Port) Close() error {
	p.mu.Lock()
	again := p.shut
	p.shut = true
	p.mu.Unlock()
	if again {
		<-p.pumped
		return nil
	}
	p.fail(fmt.Errorf("%s: %w", p.path, ErrClosed))
	err := p.backend.Close()
	<-p.pumped
	if err != nil {
		return fmt.Errorf("close %s: %w", p.path, err)
	}
	return nil
}
