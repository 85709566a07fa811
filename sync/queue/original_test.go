//go:build !race

// The original Bolt dies under the race detector at its first write, beyond any recover; that is why it is not what the queue
// is built on. See golang/go#54690.

package queue_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	original "github.com/boltdb/bolt"
)

func TestQueue_opens_a_file_written_by_the_original_bolt(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	entries := aQueueWith(t, dir, s, 40)
	path := filepath.Join(dir, "queue.db")

	// The original reads and checks our file, and writes into it: all of it once more, and a value away and back.
	db, err := original.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	check(t, db)
	copyPath := filepath.Join(t.TempDir(), "queue.db")
	dst, err := original.Open(copyPath, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *original.Tx) error {
		return dst.Update(func(into *original.Tx) error {
			return tx.ForEach(func(name []byte, b *original.Bucket) error {
				fresh, err := into.CreateBucket(name)
				if err != nil {
					return err
				}
				if err := fresh.SetSequence(b.Sequence()); err != nil {
					return err
				}
				for k, v := b.Cursor().First(); k != nil; {
					key, value := slices.Clone(k), slices.Clone(v)
					if err := fresh.Put(key, value); err != nil {
						return err
					}
					if err := b.Put(key, value); err != nil {
						return err
					}
					c := b.Cursor()
					c.Seek(key)
					k, v = c.Next()
				}
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	check(t, db)
	check(t, dst)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := dst.Close(); err != nil {
		t.Fatal(err)
	}

	for name, from := range map[string]string{"changed by it": path, "made by it": copyPath} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "queue.db"), readFile(t, from))
			q := open(t, dir, inChildProcess())
			var want []string
			for _, e := range entries {
				want = append(want, e.Submission)
			}
			if got := waitingIn(t, q); !slices.Equal(got, want) {
				t.Errorf("%d wait, want %d in order", len(got), len(want))
			}
			if err := q.Ack(context.Background(), receiptFor(entries[0])); err != nil {
				t.Fatal(err)
			}
			put(t, q, s)
			if r, err := q.Verify(context.Background()); err != nil || !r.OK {
				t.Errorf("%+v, %v", r, err)
			}
			if st := q.Status(); len(st.Quarantined) != 0 {
				t.Errorf("incidents %+v", st.Quarantined)
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			// And back: the old software can take the file over again.
			db, err := original.Open(filepath.Join(dir, "queue.db"), 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			check(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func check(t *testing.T, db *original.DB) {
	t.Helper()
	err := db.View(func(tx *original.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
