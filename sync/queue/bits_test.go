package queue_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zizhuban/sync/queue"
)

// TestQueue_never_sends_a_flipped_bit flips bits all over the file. Whatever they hit, each submission either comes out with
// exactly the bytes that went in, or does not come out.
func TestQueue_never_sends_a_flipped_bit(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	aQueueWith(t, dir, s, 10)
	good := map[string][]byte{}
	q := open(t, dir, options(noon()))
	entries, err := q.Next(context.Background(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		good[e.Submission] = e.Body
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	clean := readFile(t, filepath.Join(dir, "queue.db"))
	mark := readFile(t, filepath.Join(dir, "queue.mark"))
	const seed = 20251109
	random := rand.New(rand.NewPCG(seed, 0))
	noticed := 0
	used := len(bytes.TrimRight(clean, "\x00"))
	for round := range 40 {
		data := bytes.Clone(clean)
		for range 1 + round/10 {
			at := random.IntN(used)
			data[at] ^= 1 << random.IntN(8)
		}
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "queue.db"), data)
		writeFile(t, filepath.Join(dir, "queue.mark"), mark)
		q, err := queue.Open(context.Background(), dir, inChildProcess())
		if err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
		entries, err := q.Next(context.Background(), 100)
		if err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
		for _, e := range entries {
			if !bytes.Equal(e.Body, good[e.Submission]) {
				t.Fatalf("seed %d, round %d: submission %s comes out changed", seed, round, e.Submission)
			}
		}
		st := q.Status()
		if len(entries)+st.SetAside < len(good) && len(st.Quarantined) == 0 {
			t.Errorf("seed %d, round %d: %d of %d come out and nobody was told", seed, round, len(entries), len(good))
		}
		if len(entries) < len(good) || len(st.Quarantined) > 0 {
			noticed++
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if noticed < 10 {
		t.Errorf("only %d of 40 rounds hit anything: the test has no teeth", noticed)
	}
}

func TestVerify_reports_a_flipped_bit_that_bolt_does_not_see(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	entries := aQueueWith(t, dir, s, 3)
	path := filepath.Join(dir, "queue.db")
	data := readFile(t, path)
	flipEnvelope(t, data, 2)
	writeFile(t, path, data)
	if err := queue.VerifyFile(context.Background(), path); err != nil {
		t.Fatalf("a record's damage counts as the file's: %v", err)
	}
	_, report, err := queue.Inspect(context.Background(), dir, options(noon()))
	if err != nil || report.OK || len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "sequence number 2") {
		t.Errorf("%+v, %v", report, err)
	}
	q := open(t, dir, options(noon()))
	if got := waitingIn(t, q); !slices.Equal(got, []string{entries[0].Submission, entries[2].Submission}) {
		t.Errorf("%v waits", got)
	}
	st := q.Status()
	if st.SetAside != 1 || st.Aside[0].LocalNumber != entries[1].LocalNumber || !strings.Contains(st.Aside[0].Reason, "damaged") {
		t.Errorf("aside %+v", st.Aside)
	}
	if err := q.Requeue(context.Background(), entries[1].Submission); !errors.Is(err, queue.ErrDamaged) {
		t.Errorf("a damaged submission was put back: %v", err)
	}
}

// flipEnvelope flips a bit in the payload of the envelope with a sequence number, in all copies of it.
func flipEnvelope(t testing.TB, data []byte, sequence byte) {
	t.Helper()
	head := []byte{0xF5, 'Z', 'Q', 1, 'E', 8, 0, 0, 0, 0, 0, 0, 0, sequence}
	n := 0
	for at := 0; ; n++ {
		i := bytes.Index(data[at:], head)
		if i < 0 {
			break
		}
		data[at+i+len(head)+500] ^= 1
		at += i + len(head)
	}
	if n == 0 {
		t.Fatal("there is no such envelope in the file")
	}
}

func TestOpen_makes_damaged_facts_again_from_the_envelope(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	entries := aQueueWith(t, dir, s, 3)
	path := filepath.Join(dir, "queue.db")
	data := readFile(t, path)
	head := []byte{0xF5, 'Z', 'Q', 1, 'F', 8, 0, 0, 0, 0, 0, 0, 0, 2}
	for at := 0; ; {
		i := bytes.Index(data[at:], head)
		if i < 0 {
			break
		}
		data[at+i+len(head)+30] ^= 1
		at += i + len(head)
	}
	writeFile(t, path, data)
	q := open(t, dir, options(noon()))
	got := waitingIn(t, q)
	slices.Sort(got)
	want := []string{entries[0].Submission, entries[1].Submission, entries[2].Submission}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%v waits, want %v", got, want)
	}
	if err := q.Ack(context.Background(), receiptFor(entries[1])); err != nil {
		t.Errorf("the one with new facts cannot be delivered: %v", err)
	}
}
