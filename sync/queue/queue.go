// Package queue keeps sealed submissions until the hall has them, on a terminal whose power fails, whose disk fills, and
// whose file may come back damaged.
//
// [Open] gives a [Queue]. [Queue.Room] says, before a citizen starts, whether another submission will fit. [Queue.Put] seals and
// stores one in a single durable commit. The uplink takes entries with [Queue.Next] and removes them with [Queue.Ack], which
// needs the hall's receipt; what the hall will never accept is set aside with [Queue.SetAside], visible and kept.
// [Queue.SetSlip] and [Queue.Unfinished] remember what became of the printed slip, so that a terminal that died in the middle
// prints one, not none and not two. [Queue.State] is a small durable store for the rest of the terminal.
//
// What it promises:
//   - When Put has returned, the submission survives a power cut. When Put fails, nothing is stored and no number is used up.
//   - An entry leaves only by a receipt for exactly that content, or by a technician's hand. Nothing is ever deleted because it
//     is old, refused, or damaged.
//   - A damaged file never stops the terminal: it is looked at in a child process first, set aside by a link under another
//     name, and whatever is intact in it goes on into a fresh file that continues the numbering.
//   - Every record has its own SHA-256: a bit that flips on the disk is noticed before the record is sent.
//   - It holds no personal data but in sealed envelopes: the rest is numbers, item codes and states.
//
// What it never does: open an envelope, speak to the network, or trust the clock for anything but display.
//
// Files in the directory: queue.db (Bolt), queue.mark (which queue this is, and how far numbers are reserved), queue.lock,
// queue.ballast (room for deleting when the disk is full), queue.db.damaged-* (what was set aside).
package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
	bolt "go.etcd.io/bbolt"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrLocked is returned by Open where another process has the queue.
	ErrLocked = errors.New("another kiosk is running on this queue")
	// ErrFull is returned where the queue's own limits, or the free space of the disk, do not allow another submission.
	// It goes away by itself when entries have been delivered.
	ErrFull = errors.New("the queue is full")
	// ErrNoSpace is returned where the disk had no room for a write. Nothing was stored; the queue goes on working.
	ErrNoSpace = errors.New("no space left on the queue's disk")
	// ErrBroken is returned where the file can no longer be trusted: the terminal must not take submissions. The queue tries
	// to mend itself at the next call of Room.
	ErrBroken = errors.New("the queue's file cannot be used")
	// ErrDamaged is returned by a verification that found damage.
	ErrDamaged = errors.New("the queue file is damaged")
	// ErrUnknown is returned for a submission that the queue does not have.
	ErrUnknown = errors.New("no such submission in the queue")
	// ErrMismatch is returned where a builder or a receipt is about another submission than it should be.
	ErrMismatch = errors.New("not the same submission")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the queue is closed")
	// ErrNoTerminal is returned by Put on a terminal that is not enrolled.
	ErrNoTerminal = errors.New("this terminal is not enrolled; enrol it first")
)

// Options configure a queue. Zero values mean the defaults that are told.
type Options struct {
	Terminal string          // the terminal's id; may be set later by SetTerminal
	Clock    clockwork.Clock // default the real one
	Log      *slog.Logger    // default none
	Random   io.Reader       // for submission ids; default the system's

	// Verify looks at a file before this process does, in a child process: see [SelfVerify]. It returns an error that is
	// ErrDamaged for a damaged file, and another error where it could not look. Default: [VerifyFile], which a badly damaged
	// file can crash; programs set SelfVerify.
	Verify        func(ctx context.Context, path string) error
	VerifyTimeout time.Duration // default 2 min; what takes longer counts as damaged, since damage can make Bolt loop

	MaxEntries int   // waiting and set aside; default 20 000
	MaxBytes   int64 // of their records; default 256 MiB
	MaxEntry   int64 // of one record; default 2 MiB
	MaxFile    int64 // of the Bolt file, the last fence; default four times MaxBytes and 64 MiB

	MinFree      int64                            // of the disk, below which Room says no; default 64 MiB
	FreeBytes    func(dir string) (uint64, error) // default statfs
	CompactAbove int64                            // a drained file larger than this is made small again; default 4 MiB

	fault func(step string) error // called around each write; set by tests of failures only
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = systemRandom
	}
	if o.Verify == nil {
		o.Verify = VerifyFile
	}
	if o.FreeBytes == nil {
		o.FreeBytes = freeBytes
	}
	if o.fault == nil {
		o.fault = func(string) error { return nil }
	}
	setDefault(&o.VerifyTimeout, 2*time.Minute)
	setDefault(&o.MaxEntries, 20_000)
	setDefault(&o.MaxBytes, 256<<20)
	setDefault(&o.MaxEntry, 2<<20)
	setDefault(&o.MaxFile, 4*o.MaxBytes+64<<20)
	setDefault(&o.MinFree, 64<<20)
	setDefault(&o.CompactAbove, 4<<20)
	return o
}

func setDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// Queue is a terminal's queue. All methods may be called from any goroutine.
type Queue struct {
	dir  string
	opts Options
	lock *os.File

	added chan struct{} // holds one element when something waits that may not have been seen yet

	mu       sync.Mutex
	db       *bolt.DB // nil while broken or closed
	closed   bool
	broken   error  // why db is nil
	doubt    *facts // of a submission that failed and may be stored all the same; it must be taken out before anything else
	terminal string
	mark     marker
	ballast  bool
	index    index
	state    map[string][]byte // JSON values of the state store
	journal  []Incident
}

// Open opens the queue in dir, or makes one. It takes as long as verifying the file takes; ctx bounds that.
func Open(ctx context.Context, dir string, opts Options) (*Queue, error) {
	opts = opts.withDefaults()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open queue: make directory: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	lock, err := takeLock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("open queue in %s: %w", dir, err)
	}
	q := &Queue{dir: dir, opts: opts, lock: lock, terminal: opts.Terminal, added: make(chan struct{}, 1)}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.open(ctx); err != nil {
		_ = releaseLock(lock)
		return nil, fmt.Errorf("open queue in %s: %w", dir, err)
	}
	q.wake()
	return q, nil
}

// Close releases the file. It waits for the operation in progress.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil
	}
	q.closed = true
	var err error
	if q.db != nil {
		err = q.db.Close()
		q.db = nil
	}
	return errors.Join(err, releaseLock(q.lock))
}

// SetTerminal names the terminal after an enrolment. Numbers that were given before keep the old name.
func (q *Queue) SetTerminal(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.terminal = id
}

// Dir is the queue's directory.
func (q *Queue) Dir() string { return q.dir }

// Added gives a channel that receives after something new waits to be sent. It holds one signal: one reader, which looks at
// [Queue.Next] after each.
func (q *Queue) Added() <-chan struct{} { return q.added }

func (q *Queue) wake() {
	select {
	case q.added <- struct{}{}:
	default:
	}
}

func (q *Queue) path(name string) string { return filepath.Join(q.dir, name) }

// usable says whether operations may go on. The caller holds mu.
func (q *Queue) usable() error {
	switch {
	case q.closed:
		return ErrClosed
	case q.db == nil:
		return fmt.Errorf("%w: %w", ErrBroken, q.broken)
	}
	return nil
}
