package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
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
