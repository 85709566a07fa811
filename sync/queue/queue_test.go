package queue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

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
