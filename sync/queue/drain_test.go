package queue_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"zizhuban/sync/queue"
	"zizhuban/sync/wire"
)

func TestNext_gives_the_oldest_first_and_one_that_fails_last(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	q := open(t, dir, options(noon()))
	a, b, c := put(t, q, s), put(t, q, s), put(t, q, s)
	if err := q.Attempted(ctx, a.Submission, "status-500"); err != nil {
		t.Fatal(err)
	}
	d := put(t, q, s)
	want := []string{b.Submission, c.Submission, a.Submission, d.Submission}
	if got := waitingIn(t, q); !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	q = reopen(t, q, dir, options(noon()))
	if got := waitingIn(t, q); !slices.Equal(got, want) {
		t.Errorf("after a restart %v, want %v", got, want)
	}
	entries, err := q.Next(ctx, 3)
	if err != nil || len(entries) != 3 || entries[2].Attempts != 1 {
		t.Errorf("%+v, %v; want three, the last tried once", entries, err)
	}
}

func TestSetAside_keeps_shows_and_gives_back(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	clock := noon()
	q := open(t, dir, options(clock))
	bad, good := put(t, q, s), put(t, q, s)
	clock.Advance(time.Minute)
	if err := q.SetAside(ctx, bad.Submission, "unknown-item"); err != nil {
		t.Fatal(err)
	}
	q = reopen(t, q, dir, options(clock))
	if got := waitingIn(t, q); !slices.Equal(got, []string{good.Submission}) {
		t.Errorf("%v waits", got)
	}
	st := q.Status()
	want := []queue.Aside{{
		Submission: bad.Submission, LocalNumber: bad.LocalNumber, Sequence: 1, ItemCode: itemCode, Reason: "unknown-item",
		At: time.Date(2025, 11, 9, 12, 1, 0, 0, time.UTC), Attempts: 1,
	}}
	if !reflect.DeepEqual(st.Aside, want) || st.SetAside != 1 || st.Depth != 1 {
		t.Errorf("set aside %+v, want %+v", st.Aside, want)
	}
	if err := q.Requeue(ctx, bad.Submission); err != nil {
		t.Fatal(err)
	}
	if got := waitingIn(t, q); !slices.Equal(got, []string{good.Submission, bad.Submission}) {
		t.Errorf("%v waits", got)
	}
	if err := q.SetAside(ctx, "019a6789-1c00-7abc-8def-0123456789ab", "x"); !errors.Is(err, queue.ErrUnknown) {
		t.Errorf("%v, want ErrUnknown", err)
	}
}

func TestAck_needs_a_receipt_for_exactly_what_is_stored(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), aSealer(t)
	q := open(t, t.TempDir(), options(noon()))
	a, b := put(t, q, s), put(t, q, s)
	wrong := receiptFor(a)
	wrong.Digest = b.Digest
	if err := q.AckAll(ctx, []wire.ReceiptBody{receiptFor(b), wrong}); !errors.Is(err, queue.ErrMismatch) {
		t.Errorf("%v, want ErrMismatch", err)
	}
	wrong = receiptFor(a)
	wrong.Sequence = 2
	if err := q.Ack(ctx, wrong); !errors.Is(err, queue.ErrMismatch) {
		t.Errorf("%v, want ErrMismatch", err)
	}
	if got := waitingIn(t, q); len(got) != 2 {
		t.Errorf("%v waits, want both", got)
	}
	unknown := receiptFor(a)
	unknown.Submission = "019a6789-1c00-7abc-8def-0123456789ab"
	if err := q.AckAll(ctx, []wire.ReceiptBody{unknown, receiptFor(a), receiptFor(a), receiptFor(b)}); err != nil {
		t.Errorf("a receipt for what is gone: %v", err)
	}
	if got := waitingIn(t, q); len(got) != 0 {
		t.Errorf("%v waits", got)
	}
}

func TestUnfinished_remembers_the_slip_beyond_the_submission(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	q := open(t, dir, options(noon()))
	if slip, ok := q.Unfinished(); ok {
		t.Fatalf("an empty queue has %+v", slip)
	}
	first, second := put(t, q, s), put(t, q, s)
	if err := q.Ack(ctx, receiptFor(second)); err != nil {
		t.Fatal(err)
	}
	q = reopen(t, q, dir, options(noon()))
	slip, ok := q.Unfinished()
	want := queue.Slip{
		Submission: second.Submission, LocalNumber: second.LocalNumber, Sequence: 2, ItemCode: itemCode, ItemVersion: 3, State: queue.SlipPending,
		CaseNumber: receiptFor(second).CaseNumber, At: noon().Now(),
	}
	if !ok || !reflect.DeepEqual(slip, want) {
		t.Fatalf("%+v, %v; want %+v", slip, ok, want)
	}
	for _, state := range []string{queue.SlipPrinting, queue.SlipPrinted} {
		if err := q.SetSlip(ctx, second.Submission, state); err != nil {
			t.Fatal(err)
		}
		q = reopen(t, q, dir, options(noon()))
		if slip, err := q.Slip(second.Submission); err != nil || slip.State != state {
			t.Errorf("slip %+v, %v; want %s", slip, err, state)
		}
	}
	if slip, ok := q.Unfinished(); !ok || slip.Submission != first.Submission {
		t.Errorf("%+v, %v; want the first", slip, ok)
	}
	if err := q.SetSlip(ctx, first.Submission, "eaten"); err == nil {
		t.Error("any word is a slip's state")
	}
	if err := q.SetSlip(ctx, first.Submission, queue.SlipDeclined); err != nil {
		t.Fatal(err)
	}
	if slip, ok := q.Unfinished(); ok {
		t.Errorf("everything is settled, but %+v", slip)
	}
}

func TestQueue_forgets_delivered_submissions_after_a_while_but_not_the_newest(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	q := open(t, dir, options(noon()))
	var last queue.Entry
	for range 400 {
		last = put(t, q, s)
		if err := q.Ack(ctx, receiptFor(last)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := q.Verify(ctx)
	if err != nil || !r.OK || r.Delivered > 330 || r.Delivered < 256 {
		t.Errorf("%+v, %v", r, err)
	}
	q = reopen(t, q, dir, options(noon()))
	if slip, err := q.Slip(last.Submission); err != nil || slip.CaseNumber == "" {
		t.Errorf("the newest: %+v, %v", slip, err)
	}
	if e := put(t, q, s); e.Sequence != 401 {
		t.Errorf("sequence %d", e.Sequence)
	}
}
