package queue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"zizhuban/sync/queue"
	"zizhuban/sync/wire"
)

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

func TestQueue_takes_a_submission_of_unknown_outcome_out_however_long_the_disk_fails(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(*queue.Queue) error{
		"room": func(q *queue.Queue) error { return q.Room(context.Background()) },
		"next": func(q *queue.Queue) error { _, err := q.Next(context.Background(), 10); return err },
	} {
		for how, err := range map[string]error{"fails": unix.EIO, "is full": &os.PathError{Op: "write", Path: "queue.db", Err: unix.ENOSPC}} {
			t.Run(name+" on a disk that "+how, func(t *testing.T) {
				t.Parallel()
				dir, s := t.TempDir(), aSealer(t)
				lost, failing := false, false
				q := open(t, dir, queue.WithFault(options(noon()), func(at string) error {
					switch {
					case lost && at == "commit": // it is on the disk, and nobody knows
						lost, failing = false, true
						return unix.EIO
					case failing && at == "update":
						return err
					}
					return nil
				}))
				before := put(t, q, s)
				lost = true
				if _, err := q.Put(context.Background(), s.build); !errors.Is(err, queue.ErrBroken) {
					t.Fatalf("%v, want ErrBroken", err)
				}
				if err := first(q); !errors.Is(err, queue.ErrBroken) {
					t.Errorf("%v while the submission cannot be taken out, want ErrBroken", err)
				}
				failing = false
				if err := first(q); err != nil {
					t.Fatalf("with a disk that works again: %v", err)
				}
				again := put(t, q, s) // the citizen, who was told that it failed
				if got := waitingIn(t, q); !slices.Equal(got, []string{before.Submission, again.Submission}) {
					t.Errorf("%v waits: the submission was done twice", got)
				}
				if again.Sequence != before.Sequence+1 {
					t.Errorf("sequence %d after %d", again.Sequence, before.Sequence)
				}
			})
		}
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
