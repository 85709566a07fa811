package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// quarantine sets the damaged file aside and goes on with a fresh one that has everything intact in it. The old file keeps a
// name at every moment: it gets its second name before the fresh file takes the first. The caller holds mu.
func (q *Queue) quarantine(ctx context.Context, why error) error {
	found, err := salvage(ctx, q.path(dbFile))
	if err != nil {
		return fmt.Errorf("the queue file is damaged (%w) and cannot be read: %w", why, err)
	}
	name, err := q.secondName()
	if err != nil {
		return fmt.Errorf("set the damaged queue file aside: %w", err)
	}
	if err := syncDir(q.dir); err != nil {
		return fmt.Errorf("set the damaged queue file aside: %w", err)
	}
	src, err := os.Open(q.path(name))
	if err != nil {
		return fmt.Errorf("salvage: %w", err)
	}
	defer src.Close()
	in := &Incident{Kind: IncidentDamaged, File: name, Reason: why.Error()}
	records := found.records(src, in)
	q.journal = found.journal()
	q.index.revision = found.revision + 1
	return q.create(max(q.mark.Reserved, found.sequence+reserveBlock), records, in)
}

// secondName gives the queue file a second name, under which it is kept: a link, or a copy where the file system has no links.
func (q *Queue) secondName() (string, error) {
	stem := damagedFile + q.opts.Clock.Now().UTC().Format("20060102T150405Z")
	name := stem
	for n := 2; ; n++ {
		err := os.Link(q.path(dbFile), q.path(name))
		switch {
		case err == nil:
			return name, nil
		case errors.Is(err, fs.ErrExist):
			name = fmt.Sprintf("%s-%d", stem, n)
		case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EMLINK):
			data, err := os.ReadFile(q.path(dbFile))
			if err != nil {
				return "", err
			}
			return name, replaceFile(q.path(name), data)
		default:
			return "", err
		}
	}
}

// found is what a search through a damaged file brought to light.
type found struct {
	revision  uint64
	sequence  uint64
	facts     map[uint64]record
	state     map[string]record
	envelopes map[uint64]span
}

// span is where a record lies in the file.
type span struct {
	at       int64
	size     int
	revision uint64
}

// window is how much of the file is looked at at once.
const window = 1 << 20

// salvage searches a file for records without its tree. It reads and hashes, nothing more, so no damage can harm it. It also
// finds records that had been deleted and not yet overwritten: a submission that was delivered already may be sent again,
// which the hall takes for what it is.
func salvage(ctx context.Context, path string) (found, error) {
	f, err := os.Open(path)
	if err != nil {
		return found{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return found{}, err
	}
	return search(ctx, f, info.Size())
}

func search(ctx context.Context, f io.ReaderAt, size int64) (found, error) {
	x := found{facts: map[uint64]record{}, state: map[string]record{}, envelopes: map[uint64]span{}}
	buf := make([]byte, min(window, size)+int64(len(recordMagic))-1)
	for at := int64(0); at < size; at += window {
		if err := ctx.Err(); err != nil {
			return x, err
		}
		n := readSome(f, buf, at)
		for i := 0; i < n; {
			j := bytes.Index(buf[i:n], recordMagic)
			if j < 0 || i+j >= window {
				break
			}
			i += j
			x.take(f, at+int64(i))
			i += len(recordMagic)
		}
	}
	return x, nil
}

// readSome reads what can be read at an offset; places that the disk cannot read are left zero.
func readSome(f io.ReaderAt, buf []byte, at int64) int {
	clear(buf)
	n, err := f.ReadAt(buf, at)
	if err == nil || errors.Is(err, io.EOF) {
		return n
	}
	const block = 4096
	for i := 0; i < len(buf); i += block {
		part := buf[i:min(i+block, len(buf))]
		if _, err := f.ReadAt(part, at+int64(i)); errors.Is(err, io.EOF) {
			break
		}
	}
	return len(buf)
}

// take reads the record at an offset, should one be there whole.
func (x *found) take(f io.ReaderAt, at int64) {
	data, ok := recordAt(f, at)
	if !ok {
		return
	}
	r, err := decodeRecord(data)
	if err != nil {
		return
	}
	x.revision = max(x.revision, r.revision)
	seq := keySequence(r.key)
	switch r.kind {
	case kindState:
		if old, ok := x.state[string(r.key)]; !ok || old.revision <= r.revision {
			x.state[string(r.key)] = r
		}
	case kindFacts:
		if _, _, err := decodeFacts(r.key, data); err != nil {
			return
		}
		x.sequence = max(x.sequence, seq)
		if old, ok := x.facts[seq]; !ok || old.revision <= r.revision {
			x.facts[seq] = r
		}
	case kindEnvelope:
		if got, err := factsOf(r.payload); err != nil || got.Sequence != seq {
			return
		}
		x.sequence = max(x.sequence, seq)
		if old, ok := x.envelopes[seq]; !ok || old.revision <= r.revision {
			x.envelopes[seq] = span{at, len(data), r.revision}
		}
	}
}

func recordAt(f io.ReaderAt, at int64) ([]byte, bool) {
	head := make([]byte, headSize+maxKey+12)
	n, _ := f.ReadAt(head, at)
	size, need, ok := recordSize(head[:n])
	if !ok || need != 0 {
		return nil, false
	}
	data := make([]byte, size)
	if n, _ := f.ReadAt(data, at); n < size {
		return nil, false
	}
	return data, true
}

// records gives what goes into the fresh file, and writes into in what was saved and what is known to be lost.
func (x *found) records(src io.ReaderAt, in *Incident) iter.Seq2[record, error] {
	// The decisions first, so that the incident is complete before the records are written.
	var keep []record
	var bodies []span
	for _, r := range x.state {
		keep = append(keep, r)
	}
	for seq, at := range x.envelopes {
		known, ok := x.facts[seq]
		if ok {
			f, _, err := decodeFacts(known.key, known.encode())
			if err == nil && f.State == delivered {
				continue
			}
		}
		// Without facts the fresh file makes them from the envelope.
		in.Salvaged++
		bodies = append(bodies, at)
	}
	for seq, r := range x.facts {
		keep = append(keep, r)
		if f, _, err := decodeFacts(r.key, r.encode()); err == nil && f.State != delivered {
			if _, ok := x.envelopes[seq]; !ok {
				in.Lost = append(in.Lost, f.LocalNumber)
			}
		}
	}
	slices.Sort(in.Lost)
	slices.SortFunc(keep, func(a, b record) int { return bytes.Compare(a.key, b.key) })
	slices.SortFunc(bodies, func(a, b span) int { return int(a.at - b.at) })
	return func(yield func(record, error) bool) {
		for _, r := range keep {
			if !yield(r, nil) {
				return
			}
		}
		for _, at := range bodies {
			data := make([]byte, at.size)
			_, err := src.ReadAt(data, at.at)
			var r record
			if err == nil || errors.Is(err, io.EOF) {
				r, err = decodeRecord(data)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (x *found) journal() []Incident {
	r, ok := x.state[keyJournal]
	if !ok {
		return nil
	}
	return decodeJournal(r.payload)
}
