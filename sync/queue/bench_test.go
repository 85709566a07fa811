package queue_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zizhuban/sync/queue"
	"zizhuban/sync/wire"
)

// limit is a file on which two raw fdatasyncs are measured, each after a write of about as many bytes as a submission makes
// Bolt write: no durable two-step commit on that disk can be faster.
type limit struct {
	f *os.File
	n int64
}

func newLimit(b *testing.B, dir string) *limit {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "limit"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	// The blocks are there before the clock runs, as those of a queue file are.
	if _, err := f.Write(make([]byte, 1<<20)); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	return &limit{f: f}
}

func (l *limit) measure(b *testing.B) time.Duration {
	b.Helper()
	start := time.Now()
	for _, size := range []int{28 << 10, 4 << 10} {
		if _, err := l.f.WriteAt(make([]byte, size), l.n%32*32<<10); err != nil {
			b.Fatal(err)
		}
		if err := unix.Fdatasync(int(l.f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	l.n++
	return time.Since(start)
}

// BenchmarkPut is submit to durable, sealing included, over two fdatasyncs of the same disk. The queue is kept short, as it is
// on a terminal that reaches its hall. Set BENCH_DIR to a directory on the disk in question.
func BenchmarkPut(b *testing.B) {
	dir := os.Getenv("BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	} else {
		var err error
		if dir, err = os.MkdirTemp(dir, "queue-bench-"); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	s := aSealer(b)
	o := options(noon())
	o.FreeBytes = nil
	q := open(b, dir, o)
	ctx := context.Background()
	least := newLimit(b, dir)
	var puts, limits []time.Duration
	var pending []wire.ReceiptBody
	for b.Loop() {
		// The limit is measured in turn with the thing itself, so that a disk with moods treats both alike.
		limits = append(limits, least.measure(b))
		if err := q.Room(ctx); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		e, err := q.Put(ctx, s.build)
		if err != nil {
			b.Fatal(err)
		}
		puts = append(puts, time.Since(start))
		if pending = append(pending, receiptFor(e)); len(pending) == 32 {
			if err := q.AckAll(ctx, pending); err != nil {
				b.Fatal(err)
			}
			pending = pending[:0]
		}
	}
	put, two := median(puts), median(limits)
	b.ReportMetric(float64(put.Nanoseconds()), "ns/put")
	b.ReportMetric(float64(two.Nanoseconds()), "ns/limit")
	b.ReportMetric(float64(put)/float64(two), "ratio")
	fmt.Printf("submit %d ns %d %.2f\n", put.Nanoseconds(), two.Nanoseconds(), float64(put)/float64(two))
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkNext is the cost of taking a batch for sending out of a long backlog.
func BenchmarkNext(b *testing.B) {
	s := aSealer(b)
	q := open(b, b.TempDir(), options(noon()))
	for range 500 {
		put(b, q, s)
	}
	for b.Loop() {
		if e, err := q.Next(context.Background(), 32); err != nil || len(e) != 32 {
			b.Fatal(len(e), err)
		}
	}
}

// BenchmarkOpen is the cost of a start with a backlog, verification included.
func BenchmarkOpen(b *testing.B) {
	dir, s := b.TempDir(), aSealer(b)
	q := open(b, dir, options(noon()))
	for range 500 {
		put(b, q, s)
	}
	if err := q.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		q, err := queue.Open(context.Background(), dir, options(noon()))
		if err != nil {
			b.Fatal(err)
		}
		if err := q.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
