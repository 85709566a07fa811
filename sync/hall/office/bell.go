package office

import (
	"context"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// Bell tells everybody who waits that a newer catalogue is out. One ring answers all.
type Bell struct {
	clock clockwork.Clock

	mu      sync.Mutex
	version int
	rung    chan struct{} // closed by the next ring
	closed  bool
}

// NewBell makes a bell that knows a version.
func NewBell(version int, clock clockwork.Clock) *Bell {
	return &Bell{clock: clock, version: version, rung: make(chan struct{})}
}

// Version is the newest version known.
func (b *Bell) Version() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.version
}

// Ring makes a version known, and wakes all who wait where it is newer.
func (b *Bell) Ring(version int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if version <= b.version {
		return
	}
	b.version = version
	if b.closed {
		return
	}
	close(b.rung)
	b.rung = make(chan struct{})
}

// Close wakes all who wait, and lets nobody wait any more: the hall is going down.
func (b *Bell) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		close(b.rung)
	}
}

// Wait waits until a version newer than have is out, at most for limit, and gives the newest version.
func (b *Bell) Wait(ctx context.Context, have int, limit time.Duration) int {
	b.mu.Lock()
	version, rung := b.version, b.rung
	b.mu.Unlock()
	if version > have {
		return version
	}
	t := b.clock.NewTimer(limit)
	defer t.Stop()
	select {
	case <-rung:
	case <-t.Chan():
	case <-ctx.Done():
	}
	return b.Version()
}
