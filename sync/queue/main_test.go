package queue_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"zizhuban/sync/queue"
)

// The test binary runs itself again for what must happen in another process.
const (
	childVerb   = "QUEUE_TEST_CHILD"
	childVerify = "verify" // the hidden command of a program
	childHang   = "hang"   // a verification that does not end
	childPut    = "put"    // puts until it is killed, telling each on standard output
	childSmall  = "small"  // puts with a limit on file sizes, as a disk that fills
)

func TestMain(m *testing.M) {
	switch os.Getenv(childVerb) {
	case "":
		os.Exit(m.Run())
	case childVerify:
		os.Exit(queue.VerifyMain(os.Args[len(os.Args)-1]))
	case childHang:
		select {}
	case childPut:
		os.Exit(putUntilKilled(os.Args[len(os.Args)-1]))
	case childSmall:
		os.Exit(putOnSmallDisk(os.Args[len(os.Args)-1]))
	}
	os.Exit(64)
}

// inChild makes a verification that runs this binary in one of its roles.
func inChild(role string) func(context.Context, string) error {
	return queue.SelfVerify("/usr/bin/env", childVerb+"="+role, os.Args[0])
}

func putUntilKilled(dir string) int {
	q, s, err := openInChild(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for {
		e, err := q.Put(context.Background(), s.build)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Printf("%s %d\n", e.Submission, e.Sequence)
	}
}

// putOnSmallDisk fills the file up to a limit on file sizes, which fails writes like a full disk, then takes the limit away.
func putOnSmallDisk(dir string) int {
	q, s, err := openInChild(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		return 1
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 512 << 10, Max: old.Max}); err != nil {
		return 1
	}
	for range 1000 {
		e, err := q.Put(context.Background(), s.build)
		if err != nil {
			fmt.Println("full:", err)
			break
		}
		fmt.Printf("%s %d\n", e.Submission, e.Sequence)
	}
	// What is there can still be settled.
	entries, err := q.Next(context.Background(), 3)
	if err != nil || len(entries) != 3 {
		fmt.Fprintln(os.Stderr, "next:", len(entries), err)
		return 1
	}
	for _, e := range entries {
		if err := q.Ack(context.Background(), receiptFor(e)); err != nil {
			fmt.Fprintln(os.Stderr, "ack:", err)
			return 1
		}
		fmt.Println("gone:", e.Submission)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		return 1
	}
	e, err := q.Put(context.Background(), s.build)
	if err != nil {
		fmt.Fprintln(os.Stderr, "put with room again:", err)
		return 1
	}
	fmt.Printf("%s %d\n", e.Submission, e.Sequence)
	return 0
}

func openInChild(dir string) (*queue.Queue, sealer, error) {
	s, err := newSealer()
	if err != nil {
		return nil, s, err
	}
	q, err := queue.Open(context.Background(), dir, options(noon()))
	return q, s, err
}
