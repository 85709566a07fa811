package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"zizhuban/sync/wire"
)

// ErrOtherDigest tells that a submission of this id is known with other content.
var ErrOtherDigest = errors.New("a submission of this id is known with other content")

// ErrUnknownItem tells that an item version was never published.
var ErrUnknownItem = errors.New("this version of this item was never published")

// hallTime is the time zone of case numbers: China has one, without summer time.
var hallTime = time.FixedZone("CST", 8*60*60)

// Submission is a submission as it came.
type Submission struct {
	Header      wire.Header
	Envelope    wire.Envelope
	Attachments []wire.Attachment
	Digest      []byte
	ReceivedAt  time.Time
	CaseNumber  string
	Receipt     wire.Receipt
}

// TakeIn takes in a submission whose signature and digest have been checked: the submission, its case with a number, the
// work that follows and the gap that its sequence number leaves, in one transaction. sign makes the receipt; it is kept, so
// that the answer is the same for ever.
//
// A submission that is known with the same digest gives its receipt again and changes nothing; with another digest it is
// ErrOtherDigest. fresh tells whether it was new.
func (s *Store) TakeIn(ctx context.Context, h wire.Header, sub wire.Submission, sign func(wire.ReceiptBody) (wire.Receipt, error)) (r wire.Receipt, fresh bool, err error) {
	// Most repeats are answered without the writer's lock.
	if r, known, err := known(ctx, s.read, h, sub.Digest); known || err != nil {
		return r, false, err
	}
	envelope, err := json.Marshal(sub.Envelope)
	if err != nil {
		return r, false, fmt.Errorf("submission %s: %w", h.Submission, err)
	}
	attachments, err := json.Marshal(sub.Attachments)
	if err != nil {
		return r, false, fmt.Errorf("submission %s: %w", h.Submission, err)
	}
	err = s.in(ctx, func(tx *sql.Tx) error {
		var was bool
		if r, was, err = known(ctx, tx, h, sub.Digest); was || err != nil {
			return err
		}
		var body []byte
		err := tx.QueryRowContext(ctx, `SELECT body FROM item_versions WHERE code = ? AND version = ?`, h.ItemCode, h.ItemVersion).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%s version %d: %w", h.ItemCode, h.ItemVersion, ErrUnknownItem)
		}
		if err != nil {
			return fmt.Errorf("look up item %s: %w", h.ItemCode, err)
		}
		// The receipt's time is whole milliseconds, as the database keeps it.
		now := moment(millis(s.clock.Now()))
		number, err := caseNumber(ctx, tx, h.ItemCode, now)
		if err != nil {
			return err
		}
		if r, err = sign(wire.ReceiptBody{Submission: h.Submission, Digest: sub.Digest, Terminal: h.Terminal, Sequence: h.Sequence,
			CaseNumber: number, ReceivedAt: now}); err != nil {
			return fmt.Errorf("sign receipt of %s: %w", h.Submission, err)
		}
		receipt, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("receipt of %s: %w", h.Submission, err)
		}
		if err := followSequence(ctx, tx, h.Terminal, int64(h.Sequence), now); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO submissions (id, digest, terminal, sequence, item_code, item_version, local_number, suite,
			sealed_at, received_at, envelope, attachments, case_number, receipt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			h.Submission, sub.Digest, h.Terminal, int64(h.Sequence), h.ItemCode, h.ItemVersion, h.LocalNumber, h.Suite,
			millis(h.SealedAt), millis(now), envelope, attachments, number, receipt)
		if err != nil {
			return fmt.Errorf("keep submission %s: %w", h.Submission, err)
		}
		name := itemName(body)
		_, err = tx.ExecContext(ctx, `INSERT INTO cases (submission, case_number, state, item_code, item_version, item_name, item_name_en,
			terminal, local_number, received_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			h.Submission, number, Submitted, h.ItemCode, h.ItemVersion, name.ZH, name.EN, h.Terminal, h.LocalNumber, millis(now), millis(now))
		if err != nil {
			return fmt.Errorf("keep case of %s: %w", h.Submission, err)
		}
		if err := addEvent(ctx, tx, h.Submission, now, h.Terminal, Submitted, ""); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO outbox (submission, kind, created_at, next_at) VALUES (?, ?, ?, ?)`,
			h.Submission, workOpen, millis(now), millis(now))
		if err != nil {
			return fmt.Errorf("keep work for %s: %w", h.Submission, err)
		}
		fresh = true
		return contact(ctx, tx, h.Terminal, now)
	})
	if err != nil {
		return wire.Receipt{}, false, err
	}
	return r, fresh, nil
}

func known(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, h wire.Header, digest []byte) (r wire.Receipt, ok bool, err error) {
	var have, receipt []byte
	err = db.QueryRowContext(ctx, `SELECT digest, receipt FROM submissions WHERE id = ?`, h.Submission).Scan(&have, &receipt)
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("look up submission %s: %w", h.Submission, err)
	}
	if !bytes.Equal(have, digest) {
		return r, false, fmt.Errorf("submission %s: %w", h.Submission, ErrOtherDigest)
	}
	if err := json.Unmarshal(receipt, &r); err != nil {
		return r, false, fmt.Errorf("receipt of %s: %w", h.Submission, err)
	}
	return r, true, nil
}

// caseNumber makes a 办件 number: the item's 31 characters, the day, and a running number of at least four digits.
func caseNumber(ctx context.Context, tx *sql.Tx, item string, at time.Time) (string, error) {
	day := at.In(hallTime).Format("20060102")
	n, err := count(ctx, tx, "case/"+item+"/"+day)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%s%04d", item, day, n), nil
}

// followSequence notes which sequence numbers a terminal has passed over, or that a missing one has come.
func followSequence(ctx context.Context, tx *sql.Tx, terminal string, seq int64, now time.Time) error {
	var high int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(sequence), 0) FROM submissions WHERE terminal = ?`, terminal).Scan(&high); err != nil {
		return fmt.Errorf("highest sequence of %s: %w", terminal, err)
	}
	keep := func(first, last int64, at int64) error {
		if first > last {
			return nil
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sequence_gaps (terminal, first, last, noticed_at) VALUES (?, ?, ?, ?)`, terminal, first, last, at)
		return err
	}
	if seq > high {
		if err := keep(high+1, seq-1, millis(now)); err != nil {
			return fmt.Errorf("note gap of %s: %w", terminal, err)
		}
		return nil
	}
	var first, last, at int64
	err := tx.QueryRowContext(ctx, `SELECT first, last, noticed_at FROM sequence_gaps WHERE terminal = ? AND first <= ? AND last >= ?`,
		terminal, seq, seq).Scan(&first, &last, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // a number used twice: the submission's id decides, not its sequence
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM sequence_gaps WHERE terminal = ? AND first = ?`, terminal, first)
	}
	if err == nil {
		err = errors.Join(keep(first, seq-1, at), keep(seq+1, last, at))
	}
	if err != nil {
		return fmt.Errorf("close gap of %s: %w", terminal, err)
	}
	return nil
}

// Submission finds a submission as it came.
func (s *Store) Submission(ctx context.Context, id string) (Submission, error) {
	var sub Submission
	var envelope, attachments, receipt []byte
	var received int64
	err := s.read.QueryRowContext(ctx, `SELECT digest, received_at, envelope, attachments, case_number, receipt FROM submissions WHERE id = ?`, id).
		Scan(&sub.Digest, &received, &envelope, &attachments, &sub.CaseNumber, &receipt)
	if err != nil {
		return sub, fmt.Errorf("submission %s: %w", id, one(err))
	}
	sub.ReceivedAt = moment(received)
	if err := errors.Join(json.Unmarshal(envelope, &sub.Envelope), json.Unmarshal(attachments, &sub.Attachments), json.Unmarshal(receipt, &sub.Receipt)); err != nil {
		return sub, fmt.Errorf("submission %s: %w", id, err)
	}
	if err := json.Unmarshal(sub.Envelope.Header, &sub.Header); err != nil {
		return sub, fmt.Errorf("header of submission %s: %w", id, err)
	}
	return sub, nil
}
