package queue

import (
	"os"
	"slices"
)

// Status tells how the queue is. It answers from memory and never fails.
func (q *Queue) Status() Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.index.status(q.opts)
	s.Terminal = q.terminal
	s.Quarantined = append(s.Quarantined, q.journal...)
	if info, err := os.Stat(q.path(dbFile)); err == nil {
		s.FileBytes = info.Size()
	}
	if free, err := q.opts.FreeBytes(q.dir); err == nil {
		s.FreeBytes = int64(min(free, 1<<62))
	}
	if err := q.usable(); err != nil {
		s.Broken = err.Error()
	} else if err := q.full(); err != nil {
		s.Full = err.Error()
	}
	return s
}

func (x *index) status(o Options) Status {
	s := Status{
		Queue: x.id, Depth: len(x.order), Aside: []Aside{}, Bytes: x.held, MaxEntries: o.MaxEntries, MaxBytes: o.MaxBytes, FreeBytes: -1,
		MinFree: o.MinFree, Sequence: x.sequence, Quarantined: []Incident{},
	}
	for _, f := range x.facts {
		switch f.State {
		case aside:
			s.Aside = append(s.Aside, Aside{
				Submission: f.Submission, LocalNumber: f.LocalNumber, Sequence: f.Sequence, ItemCode: f.ItemCode, Reason: f.Reason,
				At: f.AsideAt, Attempts: f.Attempts,
			})
		case waiting:
			if s.Oldest.IsZero() || f.QueuedAt.Before(s.Oldest) {
				s.Oldest = f.QueuedAt
			}
		case delivered:
			if f.DeliveredAt.After(s.LastDelivered) {
				s.LastDelivered = f.DeliveredAt
			}
		}
	}
	slices.SortFunc(s.Aside, func(a, b Aside) int { return compare(a.Sequence, b.Sequence) })
	s.SetAside = len(s.Aside)
	if !s.Oldest.IsZero() {
		// The clock may have been set back since; an age is never negative.
		s.OldestSeconds = max(0, int64(o.Clock.Since(s.Oldest).Seconds()))
	}
	return s
}
