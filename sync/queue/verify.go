package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

// Exit statuses of a verifying child. Everything else — Go's own 2 for a panic, a signal — counts as damage too, since a file
// that kills its reader must not be opened by the terminal.
const (
	exitGood    = 0
	exitDamaged = 3
	exitUnable  = 4 // the file could not be looked at; says nothing about it
)

// verifyMemory is how much memory a verifying child may use beyond what it has when it starts. A lost sector can make Bolt
// eat memory without bound.
const verifyMemory = 512 << 20

// VerifyMain is the body of the hidden command by which a program verifies a queue file in a process of its own. It writes
// what it found to standard error and returns the exit status.
func VerifyMain(path string) int {
	if err := limitMemory(verifyMemory); err != nil {
		fmt.Fprintln(os.Stderr, "memory limit:", err) // goes on: the time limit is still there
	}
	err := VerifyFile(context.Background(), path)
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, ErrDamaged):
		fmt.Fprintln(os.Stderr, err)
		return exitDamaged
	}
	fmt.Fprintln(os.Stderr, err)
	return exitUnable
}

// SelfVerify makes Options.Verify: it runs exe with args and the file's path, which must end in [VerifyMain].
func SelfVerify(exe string, args ...string) func(ctx context.Context, path string) error {
	return func(ctx context.Context, path string) error {
		var stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, exe, append(args[:len(args):len(args)], path)...)
		cmd.Stderr = &limitedWriter{w: &stderr, left: 4096}
		cmd.WaitDelay = time.Second
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start verification: %w", err)
		}
		err := cmd.Wait()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return fmt.Errorf("verification: %w", err)
		}
		said, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		if exit.ExitCode() == exitUnable {
			return fmt.Errorf("verification could not look at the file: %s", said)
		}
		return fmt.Errorf("verification ended with %v: %s: %w", exit, said, ErrDamaged)
	}
}

// limitedWriter keeps the first bytes and drops the rest.
type limitedWriter struct {
	w    *bytes.Buffer
	left int
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	keep := p[:min(len(p), l.left)]
	l.left -= len(keep)
	l.w.Write(keep)
	return len(p), nil
}

// limitMemory bounds the process's writable private memory to what it has now and more.
func limitMemory(more uint64) error {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	var now uint64
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmData:"); ok {
			if _, err := fmt.Sscanf(rest, "%d kB", &now); err != nil {
				return fmt.Errorf("VmData: %w", err)
			}
		}
	}
	limit := now<<10 + more
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: limit, Max: limit})
}

// VerifyFile looks whether Bolt can read a queue file from end to end. Damage is ErrDamaged; another error means that it could
// not look. A badly damaged file can crash or hang the process that calls this: see [SelfVerify]. Records that do not match
// their sums are no damage of the file: they are met one by one.
func VerifyFile(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("verify queue file: %w", err)
	}
	if info.Size() == 0 {
		return fmt.Errorf("verify queue file: it is empty: %w", ErrDamaged)
	}
	return guarded(func() error {
		db, err := bolt.Open(path, 0o600, &bolt.Options{
			ReadOnly: true, PreLoadFreelist: true, Timeout: 2 * time.Second, FreelistType: bolt.FreelistMapType, NoStatistics: true,
		})
		switch {
		case errors.Is(err, os.ErrPermission) || errors.Is(err, bolterrors.ErrTimeout):
			return fmt.Errorf("verify queue file: %w", err)
		case err != nil:
			return fmt.Errorf("verify queue file: %w: %w", ErrDamaged, err)
		}
		problems, err := checkTree(ctx, db)
		err = errors.Join(err, db.Close())
		if err != nil {
			return fmt.Errorf("verify queue file: %w", err)
		}
		if len(problems) > 0 {
			return fmt.Errorf("verify queue file: %s: %w", problems[0], ErrDamaged)
		}
		return nil
	})
}

// checkTree runs Bolt's own check. Nothing may write meanwhile.
func checkTree(ctx context.Context, db *bolt.DB) ([]string, error) {
	var problems []string
	err := db.View(func(tx *bolt.Tx) error {
		// The channel must be read to its end: the checker waits for its reader.
		for err := range tx.Check() {
			if len(problems) < maxProblems && ctx.Err() == nil {
				problems = append(problems, err.Error())
			}
		}
		for _, name := range [][]byte{bucketMeta, bucketEnvelopes, bucketFacts, bucketState} {
			if tx.Bucket(name) == nil {
				problems = append(problems, fmt.Sprintf("bucket %s is missing", name))
			}
		}
		return ctx.Err()
	})
	return problems, err
}

// checkRecords holds every record against its sum, and envelopes and facts against each other.
func checkRecords(ctx context.Context, db *bolt.DB) (Report, error) {
	r := Report{Problems: []string{}}
	problem := func(format string, args ...any) {
		if len(r.Problems) < maxProblems {
			r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
		}
	}
	err := db.View(func(tx *bolt.Tx) error {
		envelopes := tx.Bucket(bucketEnvelopes)
		err := tx.Bucket(bucketFacts).ForEach(func(k, v []byte) error {
			f, _, err := decodeFacts(k, v)
			if err != nil {
				problem("facts of sequence number %d: %v", keySequence(k), err)
				return nil
			}
			switch f.State {
			case waiting:
				r.Waiting++
			case aside:
				r.SetAside++
			case delivered:
				r.Delivered++
			default:
				problem("submission %s: unknown state %.16q", f.LocalNumber, f.State)
			}
			if f.State == waiting && envelopes.Get(k) == nil {
				problem("submission %s waits without an envelope", f.LocalNumber)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := envelopes.ForEach(func(k, v []byte) error {
			r.Bytes += int64(len(v))
			if _, err := expect(kindEnvelope, k, v); err != nil {
				problem("envelope of sequence number %d: %v", keySequence(k), err)
			}
			return ctx.Err()
		}); err != nil {
			return err
		}
		return tx.Bucket(bucketState).ForEach(func(k, v []byte) error {
			if _, err := expect(kindState, k, v); err != nil {
				problem("state %s: %v", k, err)
			}
			return nil
		})
	})
	r.OK = len(r.Problems) == 0
	return r, err
}

// Verify looks at the whole of a live queue: Bolt's tree and every record. Submissions wait meanwhile.
func (q *Queue) Verify(ctx context.Context) (Report, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.usable(); err != nil {
		return Report{}, err
	}
	return verifyDB(ctx, q.db)
}

func verifyDB(ctx context.Context, db *bolt.DB) (Report, error) {
	var r Report
	err := guarded(func() error {
		problems, err := checkTree(ctx, db)
		if err != nil {
			return err
		}
		if r, err = checkRecords(ctx, db); err != nil {
			return err
		}
		r.Problems = append(problems, r.Problems...)
		r.OK = len(r.Problems) == 0
		return nil
	})
	if errors.Is(err, ErrDamaged) {
		return Report{Problems: []string{err.Error()}}, nil
	}
	if err != nil {
		return Report{}, fmt.Errorf("verify queue: %w", err)
	}
	return r, nil
}
