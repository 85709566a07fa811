package queue_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"zizhuban/sync/queue"
)

// inChildProcess are options whose verification runs in a child process, as in a program.
func inChildProcess() queue.Options {
	o := options(noon())
	o.Verify = inChild(childVerify)
	return o
}

// aQueueWith makes a queue with n entries and closes it.
func aQueueWith(t testing.TB, dir string, s sealer, n int) []queue.Entry {
	t.Helper()
	q, err := queue.Open(context.Background(), dir, options(noon()))
	if err != nil {
		t.Fatal(err)
	}
	var all []queue.Entry
	for range n {
		all = append(all, put(t, q, s))
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_goes_on_with_a_damaged_file_set_aside(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, damage := range map[string]func([]byte) []byte{
		"empty":             func([]byte) []byte { return nil },
		"both meta pages":   func(b []byte) []byte { clear(b[:8192]); return b },
		"cut at a page":     func(b []byte) []byte { return b[:10*4096] },
		"cut inside a page": func(b []byte) []byte { return b[:10*4096+1234] },
		"5000 bytes":        func(b []byte) []byte { return b[:5000] },
		"text":              func([]byte) []byte { return bytes.Repeat([]byte("this is no queue\n"), 1000) },
		"every tenth page noise": func(b []byte) []byte {
			for at := 8192; at+4096 <= len(b); at += 40960 {
				for i := range 4096 {
					b[at+i] = byte(random.Uint32())
				}
			}
			return b
		},
		"every page header": func(b []byte) []byte {
			for at := 8192; at+16 <= len(b); at += 4096 {
				for i := range 16 {
					b[at+i] = byte(random.Uint32())
				}
			}
			return b
		},
	} {
		data := damage // the noise is made before the tests run side by side
		t.Run(name, func(t *testing.T) {
			dir, s := t.TempDir(), aSealer(t)
			before := aQueueWith(t, dir, s, 20)
			path := filepath.Join(dir, "queue.db")
			damaged := data(readFile(t, path))
			writeFile(t, path, damaged)

			q := open(t, dir, inChildProcess())
			st := q.Status()
			if len(st.Quarantined) != 1 || st.Quarantined[0].Kind != queue.IncidentDamaged || st.Quarantined[0].Reason == "" {
				t.Fatalf("incidents %+v", st.Quarantined)
			}
			if kept := readFile(t, filepath.Join(dir, st.Quarantined[0].File)); !bytes.Equal(kept, damaged) {
				t.Error("the damaged file was not kept as it was")
			}
			// What is whole goes on; each of the others is known to be lost, or its facts were damaged too.
			waits := waitingIn(t, q)
			if len(waits) != st.Quarantined[0].Salvaged {
				t.Errorf("%d wait, %d were salvaged", len(waits), st.Quarantined[0].Salvaged)
			}
			for _, id := range waits {
				if !slices.ContainsFunc(before, func(e queue.Entry) bool { return e.Submission == id }) {
					t.Errorf("%s came from nowhere", id)
				}
			}
			e := put(t, q, s)
			for _, b := range before {
				if e.Sequence <= b.Sequence {
					t.Fatalf("the new file gives number %d again", e.Sequence)
				}
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			q = open(t, dir, inChildProcess())
			if got := q.Status(); len(got.Quarantined) != 1 || got.Depth != len(waits)+1 {
				t.Errorf("after a restart: %d incidents, %d wait", len(got.Quarantined), got.Depth)
			}
			if r, err := q.Verify(context.Background()); err != nil || !r.OK {
				t.Errorf("%+v, %v", r, err)
			}
			if err := q.ClearIncidents(); err != nil {
				t.Fatal(err)
			}
			if got := q.Status(); len(got.Quarantined) != 0 {
				t.Errorf("cleared, but %+v", got.Quarantined)
			}
		})
	}
}

func TestOpen_salvages_everything_from_a_file_whose_tree_alone_is_damaged(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	before := aQueueWith(t, dir, s, 30)
	q := open(t, dir, options(noon()))
	ctx := context.Background()
	for _, e := range before[:10] {
		if err := q.Ack(ctx, receiptFor(e)); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.SetAside(ctx, before[10].Submission, "unknown-item"); err != nil {
		t.Fatal(err)
	}
	if err := q.SetSlip(ctx, before[29].Submission, queue.SlipPrinting); err != nil {
		t.Fatal(err)
	}
	if err := q.State().Set("catalogue", 12); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "queue.db")
	data := readFile(t, path)
	clear(data[:8192]) // without the meta pages Bolt finds nothing at all
	writeFile(t, path, data)

	q = open(t, dir, inChildProcess())
	var want []string
	for _, e := range before[11:] {
		want = append(want, e.Submission)
	}
	if got := waitingIn(t, q); !slices.Equal(got, want) {
		t.Errorf("%d wait, want %d in their order", len(got), len(want))
	}
	st := q.Status()
	if st.SetAside != 1 || st.Aside[0].Submission != before[10].Submission || len(st.Quarantined) != 1 || st.Quarantined[0].Salvaged != 20 || len(st.Quarantined[0].Lost) != 0 {
		t.Errorf("aside %+v, incidents %+v", st.Aside, st.Quarantined)
	}
	if slip, ok := q.Unfinished(); !ok || slip.Submission != before[29].Submission || slip.State != queue.SlipPrinting {
		t.Errorf("slip %+v, %v", slip, ok)
	}
	var version int
	if ok, err := q.State().Get("catalogue", &version); !ok || err != nil || version != 12 {
		t.Errorf("state %d, %v, %v", version, ok, err)
	}
}

func TestOpen_notices_a_file_that_has_vanished(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	aQueueWith(t, dir, s, 5)
	if err := os.Remove(filepath.Join(dir, "queue.db")); err != nil {
		t.Fatal(err)
	}
	q := open(t, dir, options(noon()))
	if st := q.Status(); len(st.Quarantined) != 1 || st.Quarantined[0].Kind != queue.IncidentMissing {
		t.Errorf("incidents %+v", st.Quarantined)
	}
	if e := put(t, q, s); e.Sequence <= 5 {
		t.Errorf("number %d again", e.Sequence)
	}
}

func TestOpen_notices_an_older_copy_of_the_file(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	aQueueWith(t, dir, s, 5)
	path := filepath.Join(dir, "queue.db")
	yesterday := readFile(t, path)
	last := aQueueWith(t, dir, s, 200)[199]
	writeFile(t, path, yesterday)
	q := open(t, dir, options(noon()))
	if st := q.Status(); len(st.Quarantined) != 1 || st.Quarantined[0].Kind != queue.IncidentOlder {
		t.Errorf("incidents %+v", st.Quarantined)
	}
	if e := put(t, q, s); e.Sequence <= last.Sequence {
		t.Errorf("number %d again, %d were used", e.Sequence, last.Sequence)
	}
	q = reopen(t, q, dir, options(noon()))
	if st := q.Status(); len(st.Quarantined) != 1 {
		t.Errorf("noticed again: %+v", st.Quarantined)
	}
}

func TestOpen_notices_another_queues_file(t *testing.T) {
	t.Parallel()
	dir, other, s := t.TempDir(), t.TempDir(), aSealer(t)
	last := aQueueWith(t, dir, s, 100)[99]
	aQueueWith(t, other, s, 3)
	writeFile(t, filepath.Join(dir, "queue.db"), readFile(t, filepath.Join(other, "queue.db")))
	q := open(t, dir, options(noon()))
	if st := q.Status(); len(st.Quarantined) != 1 || st.Quarantined[0].Kind != queue.IncidentReplaced || st.Depth != 3 {
		t.Errorf("incidents %+v, depth %d", st.Quarantined, st.Depth)
	}
	if e := put(t, q, s); e.Sequence <= last.Sequence {
		t.Errorf("number %d again", e.Sequence)
	}
}

func TestOpen_lives_with_a_damaged_or_missing_marker(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(testing.TB, string){
		"missing": func(t testing.TB, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"empty": func(t testing.TB, path string) { writeFile(t, path, nil) },
		"changed": func(t testing.TB, path string) {
			writeFile(t, path, bytes.Replace(readFile(t, path), []byte("64"), []byte("99"), 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, s := t.TempDir(), aSealer(t)
			aQueueWith(t, dir, s, 3)
			damage(t, filepath.Join(dir, "queue.mark"))
			q := open(t, dir, options(noon()))
			if st := q.Status(); st.Depth != 3 || len(st.Quarantined) != 0 {
				t.Errorf("%+v", st)
			}
			if e := put(t, q, s); e.Sequence != 4 {
				t.Errorf("number %d", e.Sequence)
			}
		})
	}
}

func TestOpen_removes_a_half_made_file(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	writeFile(t, filepath.Join(dir, "queue.db.new"), make([]byte, 8192+17)) // kills a process that opens it
	q := open(t, dir, inChildProcess())
	put(t, q, s)
	if _, err := os.Stat(filepath.Join(dir, "queue.db.new")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the half-made file is still there")
	}
}

// Each step of making and replacing files fails in turn; whatever the step, the next start must find everything.
func TestOpen_can_be_cut_off_at_every_step(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"fresh", "damaged", "missing"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				dir, s := t.TempDir(), aSealer(t)
				var before []queue.Entry
				path := filepath.Join(dir, "queue.db")
				if kind != "fresh" {
					before = aQueueWith(t, dir, s, 5)
				}
				switch kind {
				case "damaged":
					data := readFile(t, path)
					clear(data[:8192])
					writeFile(t, path, data)
				case "missing":
					if err := os.Remove(path); err != nil {
						t.Fatal(err)
					}
				}
				steps := 0
				q, err := queue.Open(context.Background(), dir, queue.WithFault(options(noon()), func(string) error {
					if steps++; steps == n {
						return errors.New("the power failed")
					}
					return nil
				}))
				if err == nil {
					if err := q.Close(); err != nil {
						t.Fatal(err)
					}
					if steps >= n {
						t.Errorf("step %d failed and nobody said so", n)
					}
					break
				}
				q = open(t, dir, options(noon()))
				if got := waitingIn(t, q); kind == "damaged" && len(got) != len(before) {
					t.Errorf("after a cut at step %d: %d of %d wait", n, len(got), len(before))
				}
				if e := put(t, q, s); len(before) > 0 && e.Sequence <= before[len(before)-1].Sequence {
					t.Errorf("after a cut at step %d: number %d again", n, e.Sequence)
				}
				if n > 50 {
					t.Fatal("there is no end of steps")
				}
			}
		})
	}
}

func TestOpen_does_not_trust_a_verification_that_takes_too_long(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	aQueueWith(t, dir, s, 3)
	o := options(noon())
	o.Verify, o.VerifyTimeout = inChild(childHang), 200*time.Millisecond
	q := open(t, dir, o)
	if st := q.Status(); len(st.Quarantined) != 1 || st.Depth != 3 {
		t.Errorf("incidents %+v, depth %d", st.Quarantined, st.Depth)
	}
}

func TestOpen_keeps_a_good_file_when_the_verification_cannot_be_run(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	aQueueWith(t, dir, s, 3)
	o := options(noon())
	o.Verify = queue.SelfVerify(filepath.Join(dir, "no-such-program"))
	q := open(t, dir, o)
	if st := q.Status(); len(st.Quarantined) != 0 || st.Depth != 3 {
		t.Errorf("incidents %+v, depth %d", st.Quarantined, st.Depth)
	}
}

func TestOpen_gives_up_with_its_context_without_touching_the_file(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	aQueueWith(t, dir, s, 3)
	ctx, cancel := context.WithCancel(context.Background())
	o := options(noon())
	o.Verify = func(ctx context.Context, _ string) error { cancel(); return ctx.Err() }
	if _, err := queue.Open(ctx, dir, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want Canceled", err)
	}
	q := open(t, dir, options(noon()))
	if st := q.Status(); len(st.Quarantined) != 0 || st.Depth != 3 {
		t.Errorf("incidents %+v, depth %d", st.Quarantined, st.Depth)
	}
}
