// Package linktest holds connections for tests of drivers: [Fake], behind which a test's own device answers; [Playback], which
// expects exact bytes and answers with exact bytes; and [PTY], a pseudo-terminal that can be unplugged and plugged in again.
package linktest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"zizhuban/devices/seriallink"
)

// Fake is a connection in memory. What a driver writes goes to a function, which answers by Send.
type Fake struct {
	mu      sync.Mutex
	device  func(f *Fake, written []byte)
	input   [][]byte
	arrived chan struct{}
	lost    error
	gone    chan struct{}
	jam     bool // writes block
	written []byte
}

var _ seriallink.Conn = (*Fake)(nil)

// NewFake makes a connection to a device. The device is called for each write, one at a time; nil hears all and says nothing.
func NewFake(device func(f *Fake, written []byte)) *Fake {
	return &Fake{device: device, arrived: make(chan struct{}), gone: make(chan struct{})}
}

// Conn makes a Fake a seriallink.Source of itself.
func (f *Fake) Conn() (seriallink.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost != nil {
		return nil, f.lost
	}
	return f, nil
}

// Send lets the device say something, each piece to be read by itself.
func (f *Fake) Send(pieces ...[]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range pieces {
		if len(p) > 0 {
			f.input = append(f.input, append([]byte(nil), p...))
		}
	}
	close(f.arrived)
	f.arrived = make(chan struct{})
}

// Lose ends the connection, as a pulled cable does.
func (f *Fake) Lose() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost == nil {
		f.lost = seriallink.ErrDisconnected
		close(f.gone)
	}
}

// Jam makes writes block, as a printer does that takes no more, until their context ends.
func (f *Fake) Jam() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.jam = true
}

// Written is all that was written so far.
func (f *Fake) Written() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]byte(nil), f.written...)
}

// Read is told at seriallink.Conn.
func (f *Fake) Read(ctx context.Context, p []byte) (int, error) {
	for {
		f.mu.Lock()
		if len(f.input) > 0 {
			n := copy(p, f.input[0])
			if f.input[0] = f.input[0][n:]; len(f.input[0]) == 0 {
				f.input = f.input[1:]
			}
			f.mu.Unlock()
			return n, nil
		}
		lost, arrived := f.lost, f.arrived
		f.mu.Unlock()
		if lost != nil {
			return 0, lost
		}
		select {
		case <-arrived:
		case <-f.gone:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// Write is told at seriallink.Conn.
func (f *Fake) Write(ctx context.Context, p []byte) (int, error) {
	f.mu.Lock()
	lost, jam := f.lost, f.jam
	f.mu.Unlock()
	if lost != nil {
		return 0, lost
	}
	if jam {
		select {
		case <-f.gone:
			return 0, seriallink.ErrDisconnected
		case <-ctx.Done():
			f.mu.Lock()
			defer f.mu.Unlock()
			f.lost = fmt.Errorf("%w: %w", seriallink.ErrWriteStalled, context.Cause(ctx))
			close(f.gone)
			return 0, f.lost
		}
	}
	f.mu.Lock()
	f.written = append(f.written, p...)
	f.mu.Unlock()
	if f.device != nil {
		f.device(f, append([]byte(nil), p...))
	}
	return len(p), nil
}

// Discard is told at seriallink.Conn.
func (f *Fake) Discard() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, p := range f.input {
		n += len(p)
	}
	f.input = nil
	return n
}

// Op is one step of a playback: what must be written, and what then comes back.
type Op struct {
	W     []byte
	R     []byte
	Piece int           // R comes in pieces of so many bytes; 0: at once
	After time.Duration // R comes so long after W
	Lose  bool          // the connection is lost instead of an answer
}

// Playback is a connection that expects the writes of its steps, to the byte and in order, and fails the test for others and for
// steps that were not reached. How the bytes of one step are divided over writes does not matter.
type Playback struct {
	*Fake
	t   testing.TB
	mu  sync.Mutex
	ops []Op
	got []byte
}

// NewPlayback makes a playback of steps. A step without W answers at once, before the first write or after the step before.
func NewPlayback(t testing.TB, ops ...Op) *Playback {
	p := &Playback{t: t, ops: ops}
	p.Fake = NewFake(func(_ *Fake, w []byte) { p.written(w) })
	p.advance()
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i, op := range p.ops {
			t.Errorf("playback: step not reached (%d of the rest): write % X", i+1, op.W)
		}
	})
	return p
}

func (p *Playback) written(w []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, w...)
	for len(p.got) > 0 {
		if len(p.ops) == 0 {
			p.t.Errorf("playback: nothing more was expected, written: % X", p.got)
			p.got = nil
			return
		}
		want := p.ops[0].W
		n := min(len(want), len(p.got))
		if string(want[:n]) != string(p.got[:n]) {
			p.t.Errorf("playback: written % X, expected % X", p.got, want)
			p.got = nil
			return
		}
		if len(p.got) < len(want) {
			return
		}
		p.got = p.got[n:]
		p.answer(p.ops[0])
		p.ops = p.ops[1:]
		p.advance()
	}
}

// advance answers the steps that expect nothing.
func (p *Playback) advance() {
	for len(p.ops) > 0 && len(p.ops[0].W) == 0 {
		p.answer(p.ops[0])
		p.ops = p.ops[1:]
	}
}

func (p *Playback) answer(op Op) {
	say := func() {
		if op.Lose {
			p.Lose()
			return
		}
		size := op.Piece
		if size <= 0 {
			size = max(len(op.R), 1)
		}
		var pieces [][]byte
		for rest := op.R; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			pieces = append(pieces, rest[:min(size, len(rest))])
		}
		p.Send(pieces...)
	}
	if op.After > 0 {
		time.AfterFunc(op.After, say)
		return
	}
	say()
}

// Recorder passes everything on to another connection and writes it down as steps that a Playback can play.
type Recorder struct {
	seriallink.Conn
	mu    sync.Mutex
	steps []Op
}

// Ops is what was recorded: each step holds what was written and what was read until the next write.
func (r *Recorder) Ops() []Op {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Op(nil), r.steps...)
}

// Read is told at seriallink.Conn.
func (r *Recorder) Read(ctx context.Context, p []byte) (int, error) {
	n, err := r.Conn.Read(ctx, p)
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > 0 {
		if len(r.steps) == 0 {
			r.steps = append(r.steps, Op{})
		}
		last := &r.steps[len(r.steps)-1]
		last.R = append(last.R, p[:n]...)
	}
	return n, err
}

// Write is told at seriallink.Conn.
func (r *Recorder) Write(ctx context.Context, p []byte) (int, error) {
	r.mu.Lock()
	r.steps = append(r.steps, Op{W: append([]byte(nil), p...)})
	r.mu.Unlock()
	return r.Conn.Write(ctx, p)
}
