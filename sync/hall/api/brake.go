package api

import (
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// A brake slows down whoever tries wrong enrolment codes. A code has 128 bits and cannot be guessed; the brake keeps the
// database and the log quiet.
type brake struct {
	clock clockwork.Clock

	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	began time.Time
	n     int
}

const (
	brakeWindow = time.Minute
	brakeFree   = 20      // wrong codes from one address in a window
	brakeMost   = 100_000 // addresses remembered at once
)

func newBrake(clock clockwork.Clock) *brake {
	return &brake{clock: clock, windows: map[string]*window{}}
}

// held tells how long an address must wait.
func (b *brake) held(address string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.windows[address]
	if w == nil || w.n < brakeFree {
		return 0
	}
	return max(0, brakeWindow-b.clock.Since(w.began))
}

// failed counts a wrong code.
func (b *brake) failed(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	if len(b.windows) >= brakeMost {
		for a, w := range b.windows {
			if now.Sub(w.began) >= brakeWindow {
				delete(b.windows, a)
			}
		}
		if len(b.windows) >= brakeMost {
			clear(b.windows) // a flood from everywhere: forgetting is cheaper than memory
		}
	}
	w := b.windows[address]
	if w == nil || now.Sub(w.began) >= brakeWindow {
		w = &window{began: now}
		b.windows[address] = w
	}
	w.n++
}
