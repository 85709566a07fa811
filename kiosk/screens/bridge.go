package screens

import (
	"sync"
	"sync/atomic"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/visit"
)

// bridge is the one seam between the machine's goroutines and the UI's. Of several states that come while the UI is busy only
// the newest is drawn: a state is a whole picture.
type bridge struct {
	draw   func(visit.State)
	newest atomic.Pointer[visit.State]
	queued atomic.Bool
	closed atomic.Bool
	stop   func()
	once   sync.Once
}

func newBridge(v Visit, draw func(visit.State)) *bridge {
	b := &bridge{draw: draw}
	b.stop = v.Watch(b.changed)
	// What happened between the first drawing and Watch is not lost.
	b.changed(v.State())
	return b
}

// changed is called by the machine, on any goroutine, and never waits for the UI.
func (b *bridge) changed(s visit.State) {
	for {
		old := b.newest.Load()
		if old != nil && old.Revision > s.Revision {
			break // a newer one is there already
		}
		if b.newest.CompareAndSwap(old, &s) {
			break
		}
	}
	if b.queued.CompareAndSwap(false, true) {
		fyne.Do(b.drawNewest)
	}
}

func (b *bridge) drawNewest() {
	b.queued.Store(false)
	if b.closed.Load() {
		return
	}
	b.draw(*b.newest.Load())
}

// Close stops following; nothing is drawn after it.
func (b *bridge) Close() {
	b.once.Do(func() {
		b.closed.Store(true)
		b.stop()
	})
}
