package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// Room tells whether a visit may start: nil, or an error that is ErrFull or ErrBroken and says why in plain words. It keeps
// enough in hand that a visit which was let in can also be submitted. It is also where the queue does its housekeeping
// between visits: reserving numbers, mending a broken file.
func (q *Queue) Room(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.mend(ctx); err != nil {
		return err
	}
	if err := q.full(); err != nil {
		return err
	}
	q.keepBallast()
	if err := q.reserve(reserveLow); err != nil {
		return q.noteFailed("reserve numbers", err)
	}
	return nil
}

// mend opens a broken file again. The caller holds mu.
func (q *Queue) mend(ctx context.Context) error {
	err := q.usable()
	if !errors.Is(err, ErrBroken) {
		return err
	}
	if err := q.open(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err := q.undo(); err != nil {
		return err
	}
	q.opts.Log.Info("the queue file is usable again")
	q.wake()
	return nil
}

// full holds the queue against its limits. The caller holds mu.
func (q *Queue) full() error {
	if n := q.index.count; n >= q.opts.MaxEntries {
		return fmt.Errorf("%w: %d submissions wait or are set aside, at most %d are kept; it empties when the hall is reached", ErrFull, n, q.opts.MaxEntries)
	}
	if q.index.held+q.opts.MaxEntry > q.opts.MaxBytes {
		return fmt.Errorf("%w: %d MiB of submissions wait or are set aside, at most %d are kept; it empties when the hall is reached", ErrFull, q.index.held>>20, q.opts.MaxBytes>>20)
	}
	free, err := q.opts.FreeBytes(q.dir)
	if err != nil {
		q.opts.Log.Warn("the free space of the disk cannot be told", "error", err)
		return nil // a write will tell
	}
	if free < uint64(q.opts.MinFree) {
		return fmt.Errorf("%w: the disk has %d MiB free, %d are needed; remove what else fills it", ErrFull, free>>20, q.opts.MinFree>>20)
	}
	return nil
}

// Put stores a submission. It gives build a ticket; build seals and returns what the hall is to get. All of it is one
// transaction and one durable commit: when Put has returned without an error the submission survives anything that leaves
// the disk whole, and when it returns an error nothing is stored and the ticket's numbers are not used up.
//
// An error is ErrFull where the limits were passed after all, ErrNoSpace where the disk has no room (the queue goes on
// working), ErrBroken where the disk failed; or it is build's own.
func (q *Queue) Put(ctx context.Context, build func(Ticket) (wire.Submission, error)) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, fmt.Errorf("store submission: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.put(build)
	if err != nil {
		return Entry{}, fmt.Errorf("store submission: %w", err)
	}
	q.wake()
	return e, nil
}

func (q *Queue) put(build func(Ticket) (wire.Submission, error)) (Entry, error) {
	if err := q.usable(); err != nil {
		return Entry{}, err
	}
	if q.terminal == "" {
		return Entry{}, ErrNoTerminal
	}
	if q.index.count >= q.opts.MaxEntries {
		return Entry{}, fmt.Errorf("%w: %d submissions are kept already", ErrFull, q.index.count)
	}
	if err := q.reserve(1); err != nil {
		return Entry{}, q.noteFailed("reserve numbers", err)
	}
	now := q.opts.Clock.Now()
	id, err := newID(q.opts.Random, now)
	if err != nil {
		return Entry{}, err
	}
	seq := q.index.sequence + 1
	t := Ticket{Terminal: q.terminal, Submission: id, LocalNumber: wire.LocalNumber(q.terminal, now, seq), Sequence: seq, At: now}
	sub, err := build(t)
	if err != nil {
		return Entry{}, err
	}
	if sub.Attachments == nil {
		sub.Attachments = []wire.Attachment{} // never absent, says the contract
	}
	if err := matches(t, sub); err != nil {
		return Entry{}, err
	}
	body, err := json.Marshal(sub)
	if err != nil {
		return Entry{}, fmt.Errorf("write submission as JSON: %w", err)
	}
	envelope := record{kind: kindEnvelope, key: sequenceKey(seq), revision: q.index.revision + 1, payload: body}.encode()
	size := int64(len(envelope))
	if size > q.opts.MaxEntry {
		return Entry{}, fmt.Errorf("the submission has %d KiB, at most %d are allowed: %w", size>>10, q.opts.MaxEntry>>10, ErrTooLarge)
	}
	if q.index.held+size > q.opts.MaxBytes {
		return Entry{}, fmt.Errorf("%w: %d MiB are kept already", ErrFull, q.index.held>>20)
	}
	f, err := factsOf(body)
	if err != nil {
		return Entry{}, err
	}
	f.Size, f.State, f.Position, f.Slip, f.QueuedAt = size, waiting, q.index.position+1, SlipPending, now.UTC()
	known, err := f.record(q.index.revision + 2)
	if err != nil {
		return Entry{}, err
	}
	err = q.update(func(tx *bolt.Tx) error {
		all := tx.Bucket(bucketFacts)
		return errors.Join(
			tx.Bucket(bucketEnvelopes).Put(sequenceKey(seq), envelope),
			all.Put(known.key, known.encode()),
			all.SetSequence(seq),
		)
	})
	if err != nil {
		if q.db == nil {
			q.doubt = &f
			if err := q.mend(context.Background()); err != nil {
				q.opts.Log.Error("the queue file cannot be used again yet", "error", err)
			}
		}
		return Entry{}, err
	}
	q.index.revision += 2
	q.index.put(f)
	return f.entry(nil), nil
}

// ErrTooLarge is returned by Put for a submission above Options.MaxEntry.
var ErrTooLarge = errors.New("the submission is too large")

// matches holds what was built against the ticket: a builder that sealed another number would make the hall see two
// submissions with one number.
func matches(t Ticket, sub wire.Submission) error {
	h, err := seal.ReadHeader(sub.Envelope)
	if err != nil {
		return fmt.Errorf("the sealed envelope cannot be stored: %w", err)
	}
	if h.Submission != t.Submission || h.Sequence != t.Sequence || h.LocalNumber != t.LocalNumber || h.Terminal != t.Terminal {
		return fmt.Errorf("the sealed header does not bear ticket %s: %w", t.Submission, ErrMismatch)
	}
	if string(sub.Digest) != string(seal.Digest(sub.Envelope, sub.Attachments)) {
		return fmt.Errorf("the digest of submission %s is not that of its content: %w", t.Submission, ErrMismatch)
	}
	return nil
}

// update runs one durable transaction. On an error nothing of it is stored, with one exception that it mends as far as it
// can: when the disk fails during a commit, nobody knows what is on it. Then the error is ErrBroken, and the file is closed.
// The caller holds mu.
func (q *Queue) update(do func(tx *bolt.Tx) error) error {
	if err := q.tryUpdate(do); err != nil {
		return q.writeFailed("write", err)
	}
	return nil
}

// settle is update for what must go on when the disk is full: deleting, and remembering what became of what is stored. It may
// use the ballast, which a new submission may not, and pass the fence of MaxFile: Bolt writes new pages even to delete.
func (q *Queue) settle(do func(tx *bolt.Tx) error) error {
	db := q.db
	db.MaxSize = 0
	defer func() { db.MaxSize = int(q.opts.MaxFile) }()
	err := q.tryUpdate(do)
	if isHarmless(err) && q.dropBallast() {
		err = q.tryUpdate(do)
	}
	if err != nil {
		return q.writeFailed("write", err)
	}
	return nil
}

func (q *Queue) tryUpdate(do func(tx *bolt.Tx) error) error {
	return guarded(func() error {
		if err := q.opts.fault("update"); err != nil {
			return err
		}
		if err := q.db.Update(do); err != nil {
			return err
		}
		return q.opts.fault("commit")
	})
}

// writeFailed sorts a failed write. Anything but a plain lack of room means that the handle is no longer trusted: after a
// failed sync the system may call dirty pages clean, so a second try that succeeds would prove nothing.
func (q *Queue) writeFailed(what string, err error) error {
	if isHarmless(err) {
		return fmt.Errorf("%s: %w: %w", what, ErrNoSpace, err)
	}
	q.opts.Log.Error("the queue's disk failed; closing the file", "what", what, "error", err)
	if q.db != nil {
		if cerr := q.closeBolt(); cerr != nil {
			q.opts.Log.Error("closing the queue file failed", "error", cerr)
		}
	}
	if isNoSpace(err) {
		err = fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	q.broken = err
	return fmt.Errorf("%w: %s: %w", ErrBroken, what, err)
}

// noteFailed is writeFailed for the files beside the Bolt file: whatever happens to them, the Bolt file is as good as before.
func (q *Queue) noteFailed(what string, err error) error {
	if isNoSpace(err) {
		return fmt.Errorf("%s: %w: %w", what, ErrNoSpace, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrBroken, what, err)
}

func (q *Queue) closeBolt() error {
	db := q.db
	q.db = nil
	return guarded(db.Close)
}

// undo takes out of the file, which has just been opened again, the submission whose commit had an unknown outcome, should it be
// there: the citizen was told that it failed, and submits again under another number. While it cannot be taken out, the file
// stays closed, so that it is not sent.
func (q *Queue) undo() error {
	if q.doubt == nil {
		return nil
	}
	seq := q.doubt.Sequence
	f := q.index.facts[seq]
	if f == nil || f.Submission != q.doubt.Submission {
		q.doubt = nil
		return nil
	}
	err := q.settle(func(tx *bolt.Tx) error {
		all := tx.Bucket(bucketFacts)
		return errors.Join(tx.Bucket(bucketEnvelopes).Delete(sequenceKey(seq)), all.Delete(sequenceKey(seq)), all.SetSequence(seq-1))
	})
	if err != nil {
		if q.db != nil {
			err = errors.Join(err, q.closeBolt())
			q.broken = err
		}
		return fmt.Errorf("%w: a submission of unknown outcome could not be taken out: %w", ErrBroken, err)
	}
	q.index.drop(f)
	q.index.sequence = seq - 1
	q.doubt = nil
	return nil
}
