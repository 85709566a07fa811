package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

// The buckets. Envelopes and facts have the sequence number as key, 8 bytes big endian; state has the value's name.
var (
	bucketMeta      = []byte("meta")
	bucketEnvelopes = []byte("envelopes")
	bucketFacts     = []byte("facts") // its Bolt sequence is the highest sequence number used
	bucketState     = []byte("state")

	keyQueue  = []byte("queue")  // id
	keyFormat = []byte("format") // formatNow
)

// The queue's own values stand in the state bucket too, under names that nobody else may use.
const (
	ownState   = "queue."
	keyJournal = ownState + "journal" // incidents
)

const formatNow = "1"

// boltOptions are the same wherever the file is opened. The freelist is synced and NoSync is off: only so does the file
// survive every power cut, open in the original Bolt, and fail in the caller and not in a goroutine of bbolt's.
func (q *Queue) boltOptions() *bolt.Options {
	return &bolt.Options{
		Timeout:      2 * time.Second, // of a verifying child that is just ending; our own lock keeps others out
		FreelistType: bolt.FreelistMapType,
		MaxSize:      int(q.opts.MaxFile),
		NoStatistics: true,
	}
}

// open makes the queue usable, whatever lies in the directory. The caller holds mu.
func (q *Queue) open(ctx context.Context) error {
	err := q.openFiles(ctx)
	if err != nil && q.db != nil {
		err = errors.Join(err, q.closeBolt())
	}
	q.broken = err
	return err
}

func (q *Queue) openFiles(ctx context.Context) error {
	for _, leftover := range []string{newFile, markFile + ".new"} {
		if err := os.Remove(q.path(leftover)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the half-made file %s: %w", leftover, err)
		}
	}
	mark, err := readMarker(q.path(markFile))
	known := err == nil
	switch {
	case errors.Is(err, ErrDamaged):
		q.opts.Log.Warn("the queue's marker is damaged and is made anew", "error", err)
	case err != nil && !errors.Is(err, errNoMarker):
		return err
	}
	q.mark = mark

	info, err := os.Stat(q.path(dbFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !known:
		err = q.create(0, noRecords, nil)
	case errors.Is(err, fs.ErrNotExist):
		err = q.create(mark.Reserved, noRecords, &Incident{Kind: IncidentMissing, Reason: "the queue file was gone; a new one continues the numbering"})
	case err != nil:
		return err
	case info.Size() == 0:
		// Bolt would take this for a new file and go on in silence.
		err = q.quarantine(ctx, errors.New("the file is empty"))
	default:
		if why := q.verifyFirst(ctx); why != nil {
			if !errors.Is(why, ErrDamaged) {
				return why
			}
			err = q.quarantine(ctx, why)
		}
	}
	if err != nil {
		return err
	}
	if err := q.load(); err != nil {
		if !errors.Is(err, ErrDamaged) {
			return err
		}
		if err := q.quarantine(ctx, err); err != nil {
			return err
		}
		if err := q.load(); err != nil {
			return err
		}
	}
	if err := q.compareMarker(known); err != nil {
		return err
	}
	q.keepBallast()
	if q.worthCompacting() {
		q.tryCompact()
	}
	return nil
}

// verifyFirst has the file looked at, in a child process where the program set one up.
func (q *Queue) verifyFirst(ctx context.Context) error {
	limited, cancel := context.WithTimeoutCause(ctx, q.opts.VerifyTimeout, fmt.Errorf("verification took longer than %v: %w", q.opts.VerifyTimeout, ErrDamaged))
	defer cancel()
	err := q.opts.Verify(limited, q.path(dbFile))
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err() // the caller gave up; that says nothing about the file
	}
	if limited.Err() != nil {
		return context.Cause(limited)
	}
	if errors.Is(err, ErrDamaged) {
		return err
	}
	// The verifier could not be run. The file may be good, so it is not set aside for that.
	q.opts.Log.Warn("the queue file could not be verified in a child process; looking at it here", "error", err)
	return VerifyFile(ctx, q.path(dbFile))
}

// load opens the file and reads the index. Damage that Bolt meets comes back as ErrDamaged.
func (q *Queue) load() error {
	return guarded(func() error {
		db, err := bolt.Open(q.path(dbFile), 0o600, q.boltOptions())
		switch {
		case errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) || errors.Is(err, bolterrors.ErrTimeout) || isNoSpace(err):
			return fmt.Errorf("open queue file: %w", err)
		case err != nil:
			return fmt.Errorf("open queue file: %w: %w", ErrDamaged, err)
		}
		c, err := readAll(db, q.opts.Log.Warn)
		if err != nil {
			return errors.Join(err, db.Close())
		}
		q.db, q.broken, q.index, q.state, q.journal = db, nil, c.index, c.state, c.journal
		return q.repair(c.repaired)
	})
}

// repair stores facts that had to be made again. Without room for that they are made again at the next start.
func (q *Queue) repair(made []facts) error {
	for _, f := range made {
		if err := q.write(f); err != nil && !errors.Is(err, ErrNoSpace) {
			return err
		}
	}
	return nil
}

// compareMarker holds the file against the marker and mends the numbering where the file has fallen behind.
func (q *Queue) compareMarker(known bool) error {
	m := q.mark
	var incident *Incident
	if known && m.Queue != q.index.id && q.index.sequence < m.Reserved {
		incident = &Incident{Kind: IncidentReplaced, Reason: "the queue file is another queue's; the numbering goes on after the reserved numbers"}
	} else if known && m.Queue == q.index.id && q.index.sequence < m.From {
		incident = &Incident{Kind: IncidentOlder, Reason: "the queue file is an older copy; the numbering goes on after the reserved numbers"}
	}
	if incident != nil {
		incident.At = q.opts.Clock.Now().UTC()
		q.opts.Log.Error("the queue file was not as it should be", "kind", incident.Kind, "reason", incident.Reason)
		q.index.sequence = max(q.index.sequence, m.Reserved)
		data, err := addIncident(q.journal, *incident)
		if err != nil {
			return err
		}
		r := record{kind: kindState, key: []byte(keyJournal), revision: q.index.revision + 1, payload: data}
		if err := q.update(func(tx *bolt.Tx) error {
			return errors.Join(tx.Bucket(bucketFacts).SetSequence(q.index.sequence), tx.Bucket(bucketState).Put(r.key, r.encode()))
		}); err != nil {
			return err
		}
		q.index.revision++
		q.state[keyJournal] = data
		q.journal = append(q.journal, *incident)
	}
	if !known || m.Queue != q.index.id || q.index.sequence+reserveLow > m.Reserved {
		return q.writeMarker(marker{Queue: q.index.id, From: q.index.sequence, Reserved: q.index.sequence + reserveBlock})
	}
	return nil
}

// guarded runs do and turns a panic over a damaged file into ErrDamaged. Faults of the memory map become panics by
// SetPanicOnFault; not all of them can be caught, which is why a child process looks first.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("using the queue file: %v: %w", p, ErrDamaged)
		}
	}()
	return do()
}
