package queue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zizhuban/sync/queue"
	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

func TestQueue_keeps_an_entry_until_its_receipt(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	q := open(t, dir, options(noon()))
	e := put(t, q, s)
	if !wire.CheckLocalNumber(e.LocalNumber) || !strings.HasPrefix(e.LocalNumber, "7K3M-251109-01-") {
		t.Errorf("local number %s", e.LocalNumber)
	}
	q = reopen(t, q, dir, options(noon()))
	if got := waitingIn(t, q); len(got) != 1 || got[0] != e.Submission {
		t.Fatalf("after a restart %v waits, want %s", got, e.Submission)
	}
	if err := q.Ack(ctx, receiptFor(e)); err != nil {
		t.Fatal(err)
	}
	q = reopen(t, q, dir, options(noon()))
	if got := waitingIn(t, q); len(got) != 0 {
		t.Fatalf("after the receipt %v waits", got)
	}
	if err := q.Ack(ctx, receiptFor(e)); err != nil {
		t.Errorf("the same receipt again: %v", err)
	}
}

func reopen(t testing.TB, q *queue.Queue, dir string, o queue.Options) *queue.Queue {
	t.Helper()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, dir, o)
}

func TestQueue_gives_bodies_that_the_hall_can_check_and_open(t *testing.T) {
	t.Parallel()
	s := aSealer(t)
	q := open(t, t.TempDir(), options(noon()))
	put(t, q, s)
	entries, err := q.Next(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var sub wire.Submission
	decode(t, entries[0].Body, &sub)
	if _, err := seal.Check(s.key.Public(), sub); err != nil {
		t.Fatal(err)
	}
	_, app, err := seal.Open(s.online, sub.Envelope)
	if err != nil || app.Applicant.Name != markName {
		t.Fatalf("opened: %v", err)
	}
}

func TestQueue_counts_without_gaps_across_failures_and_restarts(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	q := open(t, dir, options(noon()))
	for want := uint64(1); want <= 200; want++ {
		if want%7 == 0 {
			if _, err := q.Put(ctx, func(queue.Ticket) (wire.Submission, error) { return wire.Submission{}, errors.New("no") }); err == nil {
				t.Fatal("a failed build was stored")
			}
		}
		if e := put(t, q, s); e.Sequence != want {
			t.Fatalf("sequence %d, want %d", e.Sequence, want)
		}
		if want%50 == 0 {
			q = reopen(t, q, dir, options(noon()))
		}
	}
	if got := q.Status(); got.Depth != 200 || got.Sequence != 200 {
		t.Errorf("status %+v", got)
	}
}

func TestPut_stores_nothing_when_the_builder_is_wrong(t *testing.T) {
	t.Parallel()
	s := aSealer(t)
	broken := errors.New("the pad went away")
	for name, tt := range map[string]struct {
		build func(queue.Ticket) (wire.Submission, error)
		want  error
	}{
		"it fails":         {func(queue.Ticket) (wire.Submission, error) { return wire.Submission{}, broken }, broken},
		"nothing sealed":   {func(queue.Ticket) (wire.Submission, error) { return wire.Submission{}, nil }, seal.ErrMalformed},
		"another sequence": {func(k queue.Ticket) (wire.Submission, error) { k.Sequence++; return s.build(k) }, queue.ErrMismatch},
		"another id": {func(k queue.Ticket) (wire.Submission, error) {
			k.Submission = "019a6789-1c00-7abc-8def-0123456789ab"
			return s.build(k)
		}, queue.ErrMismatch},
		"another terminal": {func(k queue.Ticket) (wire.Submission, error) { k.Terminal = "T-0000"; return s.build(k) }, queue.ErrMismatch},
		"another number":   {func(k queue.Ticket) (wire.Submission, error) { k.LocalNumber += "1"; return s.build(k) }, queue.ErrMismatch},
		"another digest": {func(k queue.Ticket) (wire.Submission, error) {
			sub, err := s.build(k)
			sub.Digest = make([]byte, 32)
			return sub, err
		}, queue.ErrMismatch},
		"too large": {func(k queue.Ticket) (wire.Submission, error) {
			sub, err := s.build(k)
			sub.Attachments = slices.Repeat([]wire.Attachment{{Slot: strings.Repeat("x", 1000), Size: 1, SHA256: make([]byte, 32)}}, 5000)
			sub.Digest = seal.Digest(sub.Envelope, sub.Attachments)
			return sub, err
		}, queue.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := open(t, t.TempDir(), options(noon()))
			if _, err := q.Put(context.Background(), tt.build); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if st := q.Status(); st.Depth != 0 || st.Sequence != 0 {
				t.Errorf("something was stored: %+v", st)
			}
			if e := put(t, q, s); e.Sequence != 1 {
				t.Errorf("the failed one used up a number: the next is %d", e.Sequence)
			}
		})
	}
}

func TestPut_survives_a_builder_that_panics(t *testing.T) {
	t.Parallel()
	s := aSealer(t)
	q := open(t, t.TempDir(), options(noon()))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = q.Put(context.Background(), func(queue.Ticket) (wire.Submission, error) { panic("builder") })
	}()
	put(t, q, s)
}

func TestPut_needs_an_enrolled_terminal(t *testing.T) {
	t.Parallel()
	s := aSealer(t)
	o := options(noon())
	o.Terminal = ""
	q := open(t, t.TempDir(), o)
	if _, err := q.Put(context.Background(), s.build); !errors.Is(err, queue.ErrNoTerminal) {
		t.Errorf("%v, want ErrNoTerminal", err)
	}
	q.SetTerminal("T-9999")
	if e := put(t, q, s); !strings.HasPrefix(e.LocalNumber, "9999-") {
		t.Errorf("local number %s", e.LocalNumber)
	}
}

func TestQueue_is_for_one_process_at_a_time(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, dir, options(noon()))
	_, err := queue.Open(context.Background(), dir, options(noon()))
	if !errors.Is(err, queue.ErrLocked) || !strings.Contains(err.Error(), "another kiosk is running") || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second open: %v", err)
	}
	reopen(t, q, dir, options(noon()))
}

func TestRoom_says_no_before_the_limits_are_reached(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), aSealer(t)
	t.Run("entries", func(t *testing.T) {
		t.Parallel()
		o := options(noon())
		o.MaxEntries = 2
		q := open(t, t.TempDir(), o)
		put(t, q, s)
		if err := q.Room(ctx); err != nil {
			t.Fatal(err)
		}
		e := put(t, q, s)
		if err := q.Room(ctx); !errors.Is(err, queue.ErrFull) {
			t.Errorf("%v, want ErrFull", err)
		}
		if _, err := q.Put(ctx, s.build); !errors.Is(err, queue.ErrFull) {
			t.Errorf("put: %v, want ErrFull", err)
		}
		if st := q.Status(); st.Full == "" {
			t.Error("the status does not say that it is full")
		}
		if err := q.Ack(ctx, receiptFor(e)); err != nil {
			t.Fatal(err)
		}
		if err := q.Room(ctx); err != nil {
			t.Errorf("after a delivery: %v", err)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		o := options(noon())
		o.MaxEntry, o.MaxBytes = 8<<10, 20<<10
		q := open(t, t.TempDir(), o)
		for q.Room(ctx) == nil {
			// Who was let in can submit.
			put(t, q, s)
			if q.Status().Depth > 20 {
				t.Fatal("the limit is not held")
			}
		}
		if err := q.Room(ctx); !errors.Is(err, queue.ErrFull) {
			t.Errorf("%v, want ErrFull", err)
		}
		if st := q.Status(); st.Bytes > o.MaxBytes || st.Depth < 2 {
			t.Errorf("%d entries, %d bytes", st.Depth, st.Bytes)
		}
	})
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		free := uint64(1 << 30)
		o := options(noon())
		o.FreeBytes = func(string) (uint64, error) { return free, nil }
		q := open(t, t.TempDir(), o)
		if err := q.Room(ctx); err != nil {
			t.Fatal(err)
		}
		free = 1 << 20
		if err := q.Room(ctx); !errors.Is(err, queue.ErrFull) || !strings.Contains(err.Error(), "the disk has 1 MiB free") {
			t.Errorf("%v, want ErrFull", err)
		}
	})
}

func TestQueue_goes_on_after_the_disk_was_full(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	full := false
	o := queue.WithFault(options(noon()), func(step string) error {
		if full && step == "update" {
			return &os.PathError{Op: "write", Path: "queue.db", Err: unix.ENOSPC}
		}
		return nil
	})
	q := open(t, dir, o)
	first := put(t, q, s)
	full = true
	if _, err := q.Put(ctx, s.build); !errors.Is(err, queue.ErrNoSpace) {
		t.Fatalf("%v, want ErrNoSpace", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "queue.ballast")); err != nil {
		t.Error("a new submission has eaten the ballast")
	}
	full = false
	if e := put(t, q, s); e.Sequence != first.Sequence+1 {
		t.Errorf("sequence %d after the failure", e.Sequence)
	}
	// Settling may use the ballast's room.
	ballast := filepath.Join(dir, "queue.ballast")
	o = queue.WithFault(options(noon()), func(step string) error {
		if _, err := os.Stat(ballast); step == "update" && err == nil {
			return &os.PathError{Op: "write", Path: "queue.db", Err: unix.ENOSPC}
		}
		return nil
	})
	q = reopen(t, q, dir, o)
	if err := q.Ack(ctx, receiptFor(first)); err != nil {
		t.Errorf("ack with the ballast's room: %v", err)
	}
	if err := q.Room(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ballast); err != nil {
		t.Error("the ballast was not made again")
	}
}

func TestQueue_reports_its_own_last_fence_as_no_space(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), aSealer(t)
	o := options(noon())
	o.MaxFile = 256 << 10
	q := open(t, t.TempDir(), o)
	var err error
	n := 0
	for ; err == nil && n < 500; n++ {
		_, err = q.Put(ctx, s.build)
	}
	if !errors.Is(err, queue.ErrNoSpace) {
		t.Fatalf("after %d: %v, want ErrNoSpace", n, err)
	}
	entries, err := q.Next(ctx, n)
	if err != nil || len(entries) != n-1 {
		t.Fatalf("%d wait, %v; want %d", len(entries), err, n-1)
	}
	var all []wire.ReceiptBody
	for _, e := range entries {
		all = append(all, receiptFor(e))
	}
	if err := q.AckAll(ctx, all); err != nil {
		t.Fatalf("delete at the fence: %v", err)
	}
	put(t, q, s)
}

// A commit whose outcome nobody knows must not leave a submission that the citizen was told had failed.
func TestPut_takes_back_what_a_failing_disk_may_have_stored(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"update", "commit"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
			fail := false
			q := open(t, dir, queue.WithFault(options(noon()), func(at string) error {
				if fail && at == step {
					fail = false
					return unix.EIO
				}
				return nil
			}))
			first := put(t, q, s)
			fail = true
			if _, err := q.Put(ctx, s.build); !errors.Is(err, queue.ErrBroken) {
				t.Fatalf("%v, want ErrBroken", err)
			}
			if got := waitingIn(t, q); !slices.Equal(got, []string{first.Submission}) {
				t.Errorf("%v waits, want only the first", got)
			}
			second := put(t, q, s)
			q = reopen(t, q, dir, options(noon()))
			if got := waitingIn(t, q); !slices.Equal(got, []string{first.Submission, second.Submission}) {
				t.Errorf("%v waits, want the first and the second", got)
			}
			if r, err := q.Verify(ctx); err != nil || !r.OK {
				t.Errorf("verify: %+v, %v", r, err)
			}
		})
	}
}

func TestQueue_is_out_of_service_while_its_disk_fails_and_mends_itself(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	fail := false
	o := queue.WithFault(options(noon()), func(step string) error {
		if fail && (step == "commit" || step == "marker" || step == "update") {
			return unix.EIO
		}
		return nil
	})
	verified := 0
	o.Verify = func(context.Context, string) error {
		if verified++; fail {
			return fmt.Errorf("cannot read the disk: %w", unix.EIO)
		}
		return nil
	}
	q := open(t, dir, o)
	e := put(t, q, s)
	fail = true
	if err := q.SetSlip(ctx, e.Submission, queue.SlipPrinting); !errors.Is(err, queue.ErrBroken) {
		t.Fatalf("%v, want ErrBroken", err)
	}
	if q.Status().Broken == "" {
		t.Error("the status does not say that it is broken")
	}
	fail = false
	if err := q.Room(ctx); err != nil {
		t.Fatalf("with a disk that works again: %v", err)
	}
	if verified != 1 { // a new file needs no look
		t.Errorf("verified %d times; a file is verified before it is trusted again", verified)
	}
	if got := waitingIn(t, q); len(got) != 1 {
		t.Errorf("%v waits", got)
	}
}

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

func TestStatus_tells_depth_age_and_limits(t *testing.T) {
	t.Parallel()
	s, clock := aSealer(t), noon()
	q := open(t, t.TempDir(), options(clock))
	put(t, q, s)
	clock.Advance(time.Hour)
	put(t, q, s)
	st := q.Status()
	if st.Depth != 2 || st.OldestSeconds != 3600 || !st.Oldest.Equal(noon().Now()) || st.Sequence != 2 || st.Terminal != "T-7K3M" ||
		st.FreeBytes != 10<<30 || st.Bytes == 0 || st.FileBytes == 0 || st.Full != "" || st.Broken != "" || st.Queue == "" {
		t.Errorf("%+v", st)
	}
}

func TestStatus_age_is_never_negative_when_the_clock_is_set_back(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	q := open(t, dir, options(noon()))
	put(t, q, s)
	back := noon()
	back.Advance(-50 * 365 * 24 * time.Hour)
	q = reopen(t, q, dir, options(back))
	if st := q.Status(); st.OldestSeconds != 0 {
		t.Errorf("age %d", st.OldestSeconds)
	}
	if e := put(t, q, s); e.Sequence != 2 {
		t.Errorf("sequence %d", e.Sequence)
	}
	if got := waitingIn(t, q); len(got) != 2 {
		t.Errorf("%v waits", got)
	}
}

func TestQueue_says_when_something_new_waits(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	q := open(t, dir, options(noon()))
	<-q.Added() // an opened queue may hold something
	put(t, q, s)
	put(t, q, s)
	<-q.Added()
	select {
	case <-q.Added():
		t.Error("two signals for one look")
	default:
	}
}

func TestQueue_shrinks_its_file_after_a_backlog(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	o := options(noon())
	o.CompactAbove = 512 << 10
	q := open(t, dir, o)
	kept := put(t, q, s)
	for range 300 {
		put(t, q, s)
	}
	if size := q.Status().FileBytes; size < 1<<20 {
		t.Fatalf("the backlog has only %d bytes", size)
	}
	if err := q.State().Set("pin", 3); err != nil {
		t.Fatal(err)
	}
	entries, err := q.Next(ctx, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var all []wire.ReceiptBody
	for _, e := range entries {
		all = append(all, receiptFor(e))
	}
	if err := q.AckAll(ctx, all); err != nil {
		t.Fatal(err)
	}
	if size := q.Status().FileBytes; size > 512<<10 {
		t.Errorf("the drained file has %d bytes", size)
	}
	q = reopen(t, q, dir, o)
	var pin int
	if ok, err := q.State().Get("pin", &pin); !ok || err != nil || pin != 3 {
		t.Errorf("the state is %d, %v, %v", pin, ok, err)
	}
	if slip, err := q.Slip(kept.Submission); err != nil && !errors.Is(err, queue.ErrUnknown) {
		t.Errorf("%+v, %v", slip, err)
	}
	if e := put(t, q, s); e.Sequence != 302 {
		t.Errorf("sequence %d after compaction", e.Sequence)
	}
	if r, err := q.Verify(ctx); err != nil || !r.OK {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestQueue_keeps_the_old_file_when_compaction_fails(t *testing.T) {
	t.Parallel()
	ctx, dir, s := context.Background(), t.TempDir(), aSealer(t)
	o := options(noon())
	o.CompactAbove = 64 << 10
	o = queue.WithFault(o, func(step string) error {
		if step == "compact" {
			return unix.ENOSPC
		}
		return nil
	})
	q := open(t, dir, o)
	var all []wire.ReceiptBody
	for range 300 {
		all = append(all, receiptFor(put(t, q, s)))
	}
	if err := q.AckAll(ctx, all); err != nil {
		t.Fatal(err)
	}
	put(t, q, s)
	if _, err := os.Stat(filepath.Join(dir, "queue.db.new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a half-made file stayed: %v", err)
	}
}

func TestStore_keeps_small_values(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, dir, options(noon()))
	type tries struct {
		Count int       `json:"count"`
		Since time.Time `json:"since"`
	}
	want := tries{3, noon().Now()}
	if err := q.State().Set("technician.pin", want); err != nil {
		t.Fatal(err)
	}
	q = reopen(t, q, dir, options(noon()))
	var got tries
	if ok, err := q.State().Get("technician.pin", &got); !ok || err != nil || got != want {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	if ok, err := q.State().Get("nothing", &got); ok || err != nil {
		t.Errorf("a value that was never set: %v, %v", ok, err)
	}
	if ok, err := q.State().Get("technician.pin", new(int)); ok || err == nil {
		t.Errorf("a value of another type: %v, %v", ok, err)
	}
	if err := q.State().Delete("technician.pin"); err != nil {
		t.Fatal(err)
	}
	q = reopen(t, q, dir, options(noon()))
	if ok, _ := q.State().Get("technician.pin", &got); ok {
		t.Error("a deleted value came back")
	}
	for _, key := range []string{"", "queue.journal", strings.Repeat("k", 101)} {
		if err := q.State().Set(key, 1); !errors.Is(err, queue.ErrKey) {
			t.Errorf("key %.20q: %v, want ErrKey", key, err)
		}
	}
	if err := q.State().Set("large", strings.Repeat("x", 70_000)); err == nil {
		t.Error("a value of 70 kB was taken")
	}
}

func TestStore_writes_nothing_where_nothing_changes(t *testing.T) {
	t.Parallel()
	writes := 0
	q := open(t, t.TempDir(), queue.WithFault(options(noon()), func(step string) error {
		if step == "commit" {
			writes++
		}
		return nil
	}))
	for range 5 {
		if err := q.State().Set("catalogue", 7); err != nil {
			t.Fatal(err)
		}
	}
	if writes != 1 {
		t.Errorf("%d writes", writes)
	}
}

func TestQueue_refuses_everything_after_close(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), aSealer(t)
	q := open(t, t.TempDir(), options(noon()))
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	_, putErr := q.Put(ctx, s.build)
	_, nextErr := q.Next(ctx, 1)
	_, verifyErr := q.Verify(ctx)
	for name, err := range map[string]error{
		"put": putErr, "next": nextErr, "verify": verifyErr, "room": q.Room(ctx), "ack": q.Ack(ctx, wire.ReceiptBody{}), "set": q.State().Set("a", 1),
	} {
		if !errors.Is(err, queue.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
	if q.Status().Broken == "" {
		t.Error("the status of a closed queue looks healthy")
	}
}

func TestQueue_does_nothing_for_a_context_that_has_ended(t *testing.T) {
	t.Parallel()
	s := aSealer(t)
	q := open(t, t.TempDir(), options(noon()))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := q.Put(ctx, s.build); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if q.Status().Depth != 0 {
		t.Error("it was stored")
	}
}
