package visit

import "sync"

// backlog is how many pictures may wait for a slow watcher.
const backlog = 64

// notifier hands States to watchers, in order, from one goroutine.
type notifier struct {
	mu       sync.Mutex
	more     *sync.Cond
	waiting  []State
	watchers []*watcher
	over     bool
	done     chan struct{}
}

type watcher struct{ f func(State) }

func (n *notifier) begin() {
	n.more = sync.NewCond(&n.mu)
	n.done = make(chan struct{})
	go func() {
		defer close(n.done)
		for n.next() {
		}
	}()
}

func (n *notifier) next() bool {
	n.mu.Lock()
	for len(n.waiting) == 0 && !n.over {
		n.more.Wait()
	}
	if len(n.waiting) == 0 {
		n.mu.Unlock()
		return false
	}
	s := n.waiting[0]
	n.waiting[0] = State{} // nothing of a visit stays behind in the array
	n.waiting = n.waiting[1:]
	watchers := append([]*watcher(nil), n.watchers...)
	n.mu.Unlock()
	for _, w := range watchers {
		w.f(s)
	}
	return true
}

func (n *notifier) put(s State) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.over || len(n.watchers) == 0 {
		return
	}
	if len(n.waiting) >= backlog {
		clear(n.waiting[:1])
		n.waiting = n.waiting[1:]
	}
	n.waiting = append(n.waiting, s)
	n.more.Signal()
}

// drop forgets what waits: it belongs to a visit that is over.
func (n *notifier) drop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.waiting)
	n.waiting = nil
}

func (n *notifier) add(f func(State)) (stop func()) {
	w := &watcher{f}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.watchers = append(n.watchers, w)
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		for i, other := range n.watchers {
			if other == w {
				n.watchers = append(n.watchers[:i:i], n.watchers[i+1:]...)
				return
			}
		}
	}
}

// end waits until the last picture is handed over.
func (n *notifier) end() {
	n.mu.Lock()
	n.over = true
	n.more.Signal()
	n.mu.Unlock()
	<-n.done
}
