package station

import (
	"context"
	"sync"

	"zizhuban/devices"
)

// bus hands events to those who watch, in order, from one goroutine, so that no device waits for a watcher.
type bus struct {
	mu       sync.Mutex
	queue    []devices.Event
	watchers map[int]func(devices.Event)
	next     int
	wake     chan struct{}
}

func newBus() *bus {
	return &bus{watchers: map[int]func(devices.Event){}, wake: make(chan struct{}, 1)}
}

func (b *bus) watch(f func(devices.Event)) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.next
	b.next++
	b.watchers[id] = f
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, id)
	}
}

// send queues an event. Where nobody watches it is gone: Reports tell the present.
func (b *bus) send(e devices.Event) {
	b.mu.Lock()
	if len(b.watchers) > 0 {
		b.queue = append(b.queue, e)
	}
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *bus) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		for {
			b.mu.Lock()
			if len(b.queue) == 0 {
				b.mu.Unlock()
				break
			}
			e := b.queue[0]
			b.queue = b.queue[1:]
			var fs []func(devices.Event)
			for id := range b.next {
				if f := b.watchers[id]; f != nil {
					fs = append(fs, f)
				}
			}
			b.mu.Unlock()
			for _, f := range fs {
				f(e)
			}
		}
	}
}
