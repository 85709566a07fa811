package queue

import (
	"bytes"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// content is what a file holds, without the envelopes' bytes.
type content struct {
	index    index
	state    map[string][]byte
	journal  []Incident
	repaired []facts // that are not in the file as they are in the index
}

// readAll reads a file's content. Facts that do not match their sum are made again from the envelope's header; facts that
// wait without an envelope are set aside, for a person to see. warn is told.
func readAll(db *bolt.DB, warn func(string, ...any)) (content, error) {
	c := content{state: map[string][]byte{}}
	err := db.View(func(tx *bolt.Tx) error {
		meta, envelopes, all, kept := tx.Bucket(bucketMeta), tx.Bucket(bucketEnvelopes), tx.Bucket(bucketFacts), tx.Bucket(bucketState)
		if meta == nil || envelopes == nil || all == nil || kept == nil {
			return fmt.Errorf("a bucket is missing: %w", ErrDamaged)
		}
		if format := string(meta.Get(keyFormat)); format != formatNow {
			return fmt.Errorf("the queue file has format %.16q, this program knows %s; use the program that wrote it", format, formatNow)
		}
		x := newIndex(string(meta.Get(keyQueue)))
		x.sequence = all.Sequence()
		if err := kept.ForEach(func(k, v []byte) error {
			r, err := expect(kindState, k, v)
			if err != nil {
				warn("a value of the terminal's state is damaged and is treated as absent", "key", string(k))
				return nil
			}
			x.revision = max(x.revision, r.revision)
			c.state[string(k)] = bytes.Clone(r.payload)
			return nil
		}); err != nil {
			return err
		}
		if err := all.ForEach(func(k, v []byte) error {
			f, revision, err := decodeFacts(k, v)
			if err != nil {
				warn("facts of a submission are damaged and are made again from its envelope", "sequence", keySequence(k))
				return nil
			}
			x.revision = max(x.revision, revision)
			x.put(f)
			return nil
		}); err != nil {
			return err
		}
		stored := map[uint64]bool{}
		if err := envelopes.ForEach(func(k, v []byte) error {
			seq := keySequence(k)
			stored[seq] = true
			if x.facts[seq] == nil {
				f := factsFromEnvelope(k, v)
				f.Position = x.position + 1
				x.put(f)
				c.repaired = append(c.repaired, f)
			}
			return nil
		}); err != nil {
			return err
		}
		for _, f := range x.inState(waiting) {
			if !stored[f.Sequence] {
				warn("a submission that waits has no envelope", "local_number", f.LocalNumber)
				f.State, f.Reason, f.Size = aside, reasonLost, 0
				x.put(f)
				c.repaired = append(c.repaired, f)
			}
		}
		c.index = x
		return nil
	})
	if err != nil {
		return c, err
	}
	c.journal = decodeJournal(c.state[keyJournal])
	return c, nil
}

// decodeJournal reads the incidents. Its record passed its sum, and without a journal nothing but history is missing, so what
// cannot be read counts as empty.
func decodeJournal(data []byte) []Incident {
	var journal []Incident
	if json.Unmarshal(data, &journal) != nil {
		return nil
	}
	return journal
}

// The reasons for which the queue itself sets an entry aside.
const (
	reasonDamaged = "damaged: the stored envelope does not match its checksum"
	reasonLost    = "lost: the envelope was not found after the queue file was damaged"
)

func decodeFacts(key, value []byte) (facts, uint64, error) {
	var f facts
	r, err := expect(kindFacts, key, value)
	if err != nil {
		return f, 0, err
	}
	if err := json.Unmarshal(r.payload, &f); err != nil {
		return f, 0, fmt.Errorf("facts: %w", err)
	}
	if f.Sequence != keySequence(key) {
		return f, 0, fmt.Errorf("facts of another sequence number: %w", errRecord)
	}
	return f, r.revision, nil
}

// factsFromEnvelope makes facts from a stored envelope alone. What became of the slip is not known then.
func factsFromEnvelope(key, value []byte) facts {
	seq := keySequence(key)
	r, err := expect(kindEnvelope, key, value)
	if err == nil {
		var f facts
		if f, err = factsOf(r.payload); err == nil && f.Sequence == seq {
			f.Size, f.State, f.Slip = int64(len(value)), waiting, SlipUnknown
			return f
		}
	}
	return facts{Submission: fmt.Sprintf("damaged-%d", seq), Sequence: seq, Size: int64(len(value)), State: aside, Reason: reasonDamaged}
}

// factsOf reads the facts that a submission's own bytes tell.
func factsOf(body []byte) (facts, error) {
	var sub wire.Submission
	if err := json.Unmarshal(body, &sub); err != nil {
		return facts{}, fmt.Errorf("stored submission: %w", err)
	}
	h, err := seal.ReadHeader(sub.Envelope)
	if err != nil {
		return facts{}, fmt.Errorf("stored submission: %w", err)
	}
	return facts{
		Submission: h.Submission, Sequence: h.Sequence, LocalNumber: h.LocalNumber, ItemCode: h.ItemCode, ItemVersion: h.ItemVersion,
		Digest: sub.Digest, QueuedAt: h.SealedAt,
	}, nil
}
