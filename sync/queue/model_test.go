package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"zizhuban/sync/queue"
	"zizhuban/sync/wire"
)

// model is what a queue ought to hold, in memory.
type model struct {
	order  []string // that wait
	aside  []string
	byID   map[string]queue.Entry
	slips  map[string]string
	last   uint64
	events []string
}

// TestQueue_behaves_like_its_model runs random histories of everything that can happen to a queue, failing disks and restarts
// among them, against the model.
func TestQueue_behaves_like_its_model(t *testing.T) {
	t.Parallel()
	histories, steps := 12, 60
	if testing.Short() {
		histories = 3
	}
	s := aSealer(t)
	for seed := range uint64(histories) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 20251109))
			dir := t.TempDir()
			m := model{byID: map[string]queue.Entry{}, slips: map[string]string{}}
			var fault error
			at := ""
			o := queue.WithFault(options(noon()), func(step string) error {
				if fault != nil && step == at {
					err := fault
					fault = nil
					return err
				}
				return nil
			})
			q := open(t, dir, o)
			defer func() {
				if t.Failed() {
					for _, e := range m.events {
						t.Log(e)
					}
				}
			}()
			for range steps {
				m.step(t, random, q, s, func(where string, err error) { at, fault = where, err })
				if random.IntN(8) == 0 {
					m.note("restart")
					q = reopen(t, q, dir, o)
				}
				m.compare(t, q)
			}
		})
	}
}

func (m *model) note(format string, args ...any) {
	m.events = append(m.events, fmt.Sprintf(format, args...))
}

// pick takes one of the waiting, if there is any.
func (m *model) pick(random *rand.Rand) (string, bool) {
	if len(m.order) == 0 {
		return "", false
	}
	return m.order[random.IntN(len(m.order))], true
}

func (m *model) step(t *testing.T, random *rand.Rand, q *queue.Queue, s sealer, inject func(string, error)) {
	t.Helper()
	ctx := context.Background()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%v", err)
		}
	}
	switch random.IntN(10) {
	case 0, 1, 2, 3:
		e, err := q.Put(ctx, s.build)
		ok(err)
		m.note("put %d", e.Sequence)
		if e.Sequence != m.last+1 {
			t.Fatalf("number %d after %d", e.Sequence, m.last)
		}
		m.last = e.Sequence
		m.byID[e.Submission] = e
		m.order = append(m.order, e.Submission)
		m.slips[e.Submission] = queue.SlipPending
	case 4:
		where := []string{"update", "commit"}[random.IntN(2)]
		why := []error{unix.EIO, unix.ENOSPC}[random.IntN(2)]
		m.note("put fails at %s with %v", where, why)
		inject(where, why)
		if _, err := q.Put(ctx, s.build); err == nil {
			t.Fatal("a failed put was acknowledged")
		}
	case 5:
		if id, any := m.pick(random); any {
			m.note("attempted %d", m.byID[id].Sequence)
			ok(q.Attempted(ctx, id, "status-500"))
			m.order = append(slices.DeleteFunc(m.order, func(x string) bool { return x == id }), id)
		}
	case 6:
		if id, any := m.pick(random); any {
			m.note("set aside %d", m.byID[id].Sequence)
			ok(q.SetAside(ctx, id, "unknown-item"))
			m.order = slices.DeleteFunc(m.order, func(x string) bool { return x == id })
			m.aside = append(m.aside, id)
		}
	case 7:
		if len(m.aside) > 0 {
			id := m.aside[random.IntN(len(m.aside))]
			m.note("put back %d", m.byID[id].Sequence)
			ok(q.Requeue(ctx, id))
			m.aside = slices.DeleteFunc(m.aside, func(x string) bool { return x == id })
			m.order = append(m.order, id)
		}
	case 8:
		var bodies []wire.ReceiptBody
		for id, e := range m.byID {
			if random.IntN(3) == 0 { // also those that wait no more
				bodies = append(bodies, receiptFor(e))
				gone := func(x string) bool { return x == id }
				m.order, m.aside = slices.DeleteFunc(m.order, gone), slices.DeleteFunc(m.aside, gone)
			}
		}
		m.note("receipts for %d", len(bodies))
		ok(q.AckAll(ctx, bodies))
	case 9:
		if id, any := m.pick(random); any {
			state := []string{queue.SlipPrinting, queue.SlipPrinted, queue.SlipUnknown, queue.SlipNumber}[random.IntN(4)]
			m.note("slip of %d is %s", m.byID[id].Sequence, state)
			err := q.SetSlip(ctx, id, state)
			if errors.Is(err, queue.ErrBroken) {
				ok(q.Room(ctx))
				err = q.SetSlip(ctx, id, state)
			}
			ok(err)
			m.slips[id] = state
		}
	}
}

func (m *model) compare(t *testing.T, q *queue.Queue) {
	t.Helper()
	if got := waitingIn(t, q); !slices.Equal(got, m.order) {
		t.Fatalf("%d wait, want %d:\n%v\n%v", len(got), len(m.order), got, m.order)
	}
	st := q.Status()
	var aside []string
	for _, a := range st.Aside {
		aside = append(aside, a.Submission)
	}
	want := slices.Clone(m.aside)
	slices.SortFunc(want, func(a, b string) int { return int(m.byID[a].Sequence) - int(m.byID[b].Sequence) })
	if !slices.Equal(aside, want) {
		t.Fatalf("aside %v, want %v", aside, want)
	}
	if st.Sequence != m.last || st.Depth != len(m.order) || (st.Bytes == 0) != (len(m.order)+len(m.aside) == 0) {
		t.Fatalf("status %+v, last number %d", st, m.last)
	}
	slip, any := q.Unfinished()
	var newest string
	for id, state := range m.slips {
		if (state == queue.SlipPending || state == queue.SlipPrinting) && (newest == "" || m.byID[id].Sequence > m.byID[newest].Sequence) {
			newest = id
		}
	}
	if any != (newest != "") || any && slip.Submission != newest {
		t.Fatalf("unfinished %+v, want %s", slip, newest)
	}
	if r, err := q.Verify(context.Background()); err != nil || !r.OK {
		t.Fatalf("%+v, %v", r, err)
	}
}
