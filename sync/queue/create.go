package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/google/uuid"
	bolt "go.etcd.io/bbolt"
)

// create makes a queue file that starts after sequence, with the given records in it, and puts it in place of whatever is
// there. It is made under another name and renamed when it is whole and durable, since a Bolt file that was cut off while
// being made cannot be opened, or kills the process that tries.
func (q *Queue) create(sequence uint64, records iter.Seq2[record, error], incident *Incident) error {
	if incident != nil {
		incident.At = q.opts.Clock.Now().UTC()
		q.opts.Log.Error("the queue file was not as it should be", "kind", incident.Kind, "file", incident.File, "reason", incident.Reason,
			"salvaged", incident.Salvaged, "lost", len(incident.Lost))
		journal, err := addIncident(q.journal, *incident)
		if err != nil {
			return err
		}
		records = chain(records, record{kind: kindState, key: []byte(keyJournal), revision: q.index.revision + 1, payload: journal})
	}
	err := q.fill(q.path(newFile), sequence, records)
	if err == nil {
		if err = q.opts.fault("rename"); err == nil {
			err = os.Rename(q.path(newFile), q.path(dbFile))
		}
	}
	if err != nil {
		_ = os.Remove(q.path(newFile))
		if isNoSpace(err) {
			return fmt.Errorf("make queue file: %w: %w", ErrNoSpace, err)
		}
		return fmt.Errorf("make queue file: %w", err)
	}
	return syncDir(q.dir)
}

func (q *Queue) fill(path string, sequence uint64, records iter.Seq2[record, error]) error {
	if err := q.opts.fault("create"); err != nil {
		return err
	}
	id, err := newID(q.opts.Random, q.opts.Clock.Now())
	if err != nil {
		return err
	}
	db, err := bolt.Open(path, 0o600, q.boltOptions())
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketEnvelopes, bucketFacts, bucketState} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		return errors.Join(meta.Put(keyQueue, []byte(id)), meta.Put(keyFormat, []byte(formatNow)), tx.Bucket(bucketFacts).SetSequence(sequence))
	})
	// In batches, so that a big salvage does not need its size in memory.
	var batch []record
	size := 0
	flush := func() error {
		err := db.Update(func(tx *bolt.Tx) error {
			for _, r := range batch {
				if err := tx.Bucket(bucketOf(r.kind)).Put(r.key, r.encode()); err != nil {
					return err
				}
			}
			return nil
		})
		batch, size = batch[:0], 0
		return err
	}
	if err == nil {
		for r, readErr := range records {
			if err = readErr; err != nil {
				break
			}
			batch, size = append(batch, r), size+len(r.payload)
			if size > 1<<20 {
				if err = flush(); err != nil {
					break
				}
			}
		}
	}
	if err == nil && len(batch) > 0 {
		err = flush()
	}
	return errors.Join(err, db.Close(), settleFile(path))
}

func noRecords(func(record, error) bool) {}

// chain gives all of records but those with extra's place, and then extra.
func chain(records iter.Seq2[record, error], extra record) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for r, err := range records {
			if err == nil && r.kind == extra.kind && string(r.key) == string(extra.key) {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
		yield(extra, nil)
	}
}

func addIncident(journal []Incident, in Incident) ([]byte, error) {
	journal = append(journal[:len(journal):len(journal)], in)
	if extra := len(journal) - maxIncidents; extra > 0 {
		journal = journal[extra:]
	}
	return json.Marshal(journal)
}

func bucketOf(kind byte) []byte {
	switch kind {
	case kindEnvelope:
		return bucketEnvelopes
	case kindFacts:
		return bucketFacts
	}
	return bucketState
}

func newID(random io.Reader, now time.Time) (string, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(random, id[:]); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	// RFC 9562 section 5.7: 48 bits of milliseconds, version 7, variant 10. A clock before 1970 gives zero.
	ms := uint64(max(now.UnixMilli(), 0))
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String(), nil
}
