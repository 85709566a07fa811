package queue

import (
	"context"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"zizhuban/sync/wire"
)

// keepDelivered is how many facts of delivered submissions stay, so that the slip of one that was sent at once is still known
// after a restart.
const keepDelivered = 256

// Next gives up to n entries that wait, in the order in which they should be sent, with their bodies. It takes nothing out. An
// entry whose bytes were damaged on the disk is set aside here and never given.
func (q *Queue) Next(ctx context.Context, n int) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.mend(ctx); err != nil {
		return nil, err
	}
	var entries []Entry
	var damaged []facts
	err := guarded(func() error {
		return q.db.View(func(tx *bolt.Tx) error {
			envelopes := tx.Bucket(bucketEnvelopes)
			for _, seq := range q.index.order {
				if len(entries) == n {
					break
				}
				f := q.index.facts[seq]
				r, err := expect(kindEnvelope, sequenceKey(seq), envelopes.Get(sequenceKey(seq)))
				if err != nil {
					damaged = append(damaged, *f)
					continue
				}
				entries = append(entries, f.entry(append([]byte(nil), r.payload...)))
			}
			return nil
		})
	})
	if err != nil {
		return nil, q.writeFailed("read", err)
	}
	for _, f := range damaged {
		q.opts.Log.Error("a stored submission is damaged", "local_number", f.LocalNumber)
		f.State, f.Reason, f.AsideAt = aside, reasonDamaged, q.opts.Clock.Now().UTC()
		if err := q.write(f); err != nil {
			return entries, fmt.Errorf("set aside damaged submission: %w", err)
		}
	}
	return entries, nil
}

// Ack deletes a submission that the hall has. body is that of a receipt whose signature the caller has verified; that it is
// about exactly the stored content is checked here again.
func (q *Queue) Ack(ctx context.Context, body wire.ReceiptBody) error {
	return q.AckAll(ctx, []wire.ReceiptBody{body})
}

// AckAll is Ack for many in one transaction. Receipts for submissions that are gone already are ignored, since an answer may
// come twice; one for other content than is stored fails the whole.
func (q *Queue) AckAll(ctx context.Context, bodies []wire.ReceiptBody) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.usable(); err != nil {
		return err
	}
	var done []facts
	now := q.opts.Clock.Now().UTC()
	seen := map[string]bool{}
	for _, b := range bodies {
		f, err := q.index.find(b.Submission)
		if errors.Is(err, ErrUnknown) || err == nil && (f.State == delivered || seen[b.Submission]) {
			continue
		}
		if b.Sequence != f.Sequence || len(f.Digest) == 0 || string(b.Digest) != string(f.Digest) {
			return fmt.Errorf("receipt for submission %s: %w", b.Submission, ErrMismatch)
		}
		seen[b.Submission] = true
		f.State, f.CaseNumber, f.DeliveredAt, f.Reason = delivered, b.CaseNumber, now, ""
		done = append(done, f)
	}
	if len(done) == 0 {
		return nil
	}
	old := q.forgettable(len(done))
	revision := q.index.revision
	err := q.settle(func(tx *bolt.Tx) error {
		envelopes, all := tx.Bucket(bucketEnvelopes), tx.Bucket(bucketFacts)
		for i := range done {
			revision++
			r, err := done[i].record(revision)
			if err != nil {
				return err
			}
			if err := errors.Join(envelopes.Delete(r.key), all.Put(r.key, r.encode())); err != nil {
				return err
			}
		}
		for _, f := range old {
			if err := all.Delete(sequenceKey(f.Sequence)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete delivered submissions: %w", err)
	}
	q.index.revision = revision
	for _, f := range done {
		q.index.put(f)
	}
	for _, f := range old {
		q.index.drop(q.index.facts[f.Sequence])
	}
	if len(q.index.order) == 0 && q.worthCompacting() {
		q.tryCompact()
	}
	return nil
}

// forgettable lists the oldest facts of delivered submissions above keepDelivered, when more come. It waits until a quarter
// too many are there, so that not every acknowledgement has to look.
func (q *Queue) forgettable(more int) []facts {
	if len(q.index.facts)-q.index.count+more <= keepDelivered+keepDelivered/4 {
		return nil
	}
	all := q.index.inState(delivered)
	return all[:max(0, min(len(all), len(all)+more-keepDelivered))]
}

// SetAside takes a submission out of the sending order because the hall will never accept it. It is kept and shown. reason
// is a class, never content.
func (q *Queue) SetAside(ctx context.Context, submission, reason string) error {
	return q.change(ctx, submission, func(f *facts) error {
		if f.State != waiting {
			return nil
		}
		f.State, f.Reason, f.AsideAt = aside, reason, q.opts.Clock.Now().UTC()
		f.Attempts++
		return nil
	})
}

// Requeue puts a submission that was set aside back at the end of the sending order: the technician's doing, after whatever
// was wrong at the hall has been mended. One whose bytes are lost or damaged stays where it is.
func (q *Queue) Requeue(ctx context.Context, submission string) error {
	err := q.change(ctx, submission, func(f *facts) error {
		if f.State != aside {
			return nil
		}
		if f.Reason == reasonDamaged || f.Reason == reasonLost {
			return fmt.Errorf("submission %s cannot be sent: %s: %w", submission, f.Reason, ErrDamaged)
		}
		f.State, f.Reason, f.Position = waiting, "", q.index.position+1
		return nil
	})
	if err == nil {
		q.wake()
	}
	return err
}

// Attempted notes that a submission was sent and answered, but by nothing that settles it. It goes to the end of the sending
// order, so that it does not stand in the way of others. class is such as status-500; never content.
func (q *Queue) Attempted(ctx context.Context, submission, class string) error {
	return q.change(ctx, submission, func(f *facts) error {
		if f.State != waiting {
			return nil
		}
		f.Attempts++
		f.LastError, f.LastAttempt, f.Position = class, q.opts.Clock.Now().UTC(), q.index.position+1
		return nil
	})
}

// SetSlip remembers what became of a submission's slip.
func (q *Queue) SetSlip(ctx context.Context, submission, state string) error {
	switch state {
	case SlipPending, SlipPrinting, SlipPrinted, SlipProcessed, SlipUnknown, SlipFailed, SlipDeclined, SlipNumber:
	default:
		return fmt.Errorf("slip of submission %s: %.32q is not a state of a slip", submission, state)
	}
	return q.change(ctx, submission, func(f *facts) error {
		f.Slip = state
		return nil
	})
}

// Unfinished gives the newest submission whose slip was not settled when the terminal stopped: pending or printing.
func (q *Queue) Unfinished() (Slip, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var newest *facts
	for _, f := range q.index.facts {
		if (f.Slip == SlipPending || f.Slip == SlipPrinting) && (newest == nil || f.Sequence > newest.Sequence) {
			newest = f
		}
	}
	if newest == nil {
		return Slip{}, false
	}
	return newest.slip(), true
}

// Slip gives what is known of a submission's slip. Delivered submissions are remembered for a while.
func (q *Queue) Slip(submission string) (Slip, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f, err := q.index.find(submission)
	if err != nil {
		return Slip{}, err
	}
	return f.slip(), nil
}

// change changes one submission's facts durably.
func (q *Queue) change(ctx context.Context, submission string, do func(*facts) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.usable(); err != nil {
		return err
	}
	f, err := q.index.find(submission)
	if err != nil {
		return err
	}
	if err := do(&f); err != nil {
		return err
	}
	if err := q.write(f); err != nil {
		return fmt.Errorf("submission %s: %w", submission, err)
	}
	return nil
}

// write stores facts. The caller holds mu.
func (q *Queue) write(f facts) error {
	r, err := f.record(q.index.revision + 1)
	if err != nil {
		return err
	}
	if err := q.settle(func(tx *bolt.Tx) error { return tx.Bucket(bucketFacts).Put(r.key, r.encode()) }); err != nil {
		return err
	}
	q.index.revision++
	q.index.put(f)
	return nil
}
