package queue

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// The states of an entry.
const (
	waiting   = "waiting"
	aside     = "aside"     // set aside: the hall will never accept it, or its record is damaged
	delivered = "delivered" // the envelope is gone, the facts stay for a while
)

// facts are what the queue itself must know of a submission. No personal data.
type facts struct {
	Submission  string    `json:"submission"`
	Sequence    uint64    `json:"sequence"`
	LocalNumber string    `json:"local_number"`
	ItemCode    string    `json:"item_code"`
	ItemVersion int       `json:"item_version"`
	Digest      []byte    `json:"digest"`
	Size        int64     `json:"size"` // of the envelope's record
	State       string    `json:"state"`
	Position    uint64    `json:"position"` // order of sending; one that fails goes to the end
	QueuedAt    time.Time `json:"queued_at"`
	Attempts    int       `json:"attempts,omitempty"`
	LastAttempt time.Time `json:"last_attempt,omitzero"`
	LastError   string    `json:"last_error,omitempty"` // a class, such as status-500
	Reason      string    `json:"reason,omitempty"`     // why it was set aside
	AsideAt     time.Time `json:"aside_at,omitzero"`
	Slip        string    `json:"slip,omitempty"`
	CaseNumber  string    `json:"case_number,omitempty"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
}

func (f *facts) record(revision uint64) (record, error) {
	data, err := json.Marshal(f)
	if err != nil {
		return record{}, fmt.Errorf("facts of submission %s: %w", f.Submission, err)
	}
	return record{kind: kindFacts, key: sequenceKey(f.Sequence), revision: revision, payload: data}, nil
}

// index is what the queue knows in memory of its file: every submission's facts, and the order of those that wait. Answers
// about the queue come from here, so that they cost no disk.
type index struct {
	id       string // the queue's
	sequence uint64 // highest used
	revision uint64 // highest used
	position uint64 // highest used

	facts   map[uint64]*facts
	numbers map[string]uint64 // submission → sequence
	order   []uint64          // sequences that wait, by position
	held    int64             // bytes of envelopes, waiting and aside
	count   int               // how many of them
}

func newIndex(id string) index {
	return index{id: id, facts: map[uint64]*facts{}, numbers: map[string]uint64{}}
}

// put takes new or changed facts into the index.
func (x *index) put(f facts) {
	if old := x.facts[f.Sequence]; old != nil {
		x.drop(old)
	}
	x.facts[f.Sequence] = &f
	x.numbers[f.Submission] = f.Sequence
	x.sequence = max(x.sequence, f.Sequence)
	x.position = max(x.position, f.Position)
	if f.State == waiting {
		at, _ := slices.BinarySearchFunc(x.order, f.Position, func(seq, position uint64) int {
			return compare(x.facts[seq].Position, position)
		})
		x.order = slices.Insert(x.order, at, f.Sequence)
	}
	if f.State != delivered {
		x.held += f.Size
		x.count++
	}
}

// drop takes facts out of the index; only what put did.
func (x *index) drop(f *facts) {
	if f.State == waiting {
		at, found := slices.BinarySearchFunc(x.order, f.Position, func(seq, position uint64) int {
			return compare(x.facts[seq].Position, position)
		})
		if found {
			x.order = slices.Delete(x.order, at, at+1)
		}
	}
	if f.State != delivered {
		x.held -= f.Size
		x.count--
	}
	delete(x.facts, f.Sequence)
	delete(x.numbers, f.Submission)
}

func (x *index) find(submission string) (facts, error) {
	seq, ok := x.numbers[submission]
	if !ok {
		return facts{}, fmt.Errorf("submission %.64q: %w", submission, ErrUnknown)
	}
	return *x.facts[seq], nil
}

// inState lists facts of a state by sequence.
func (x *index) inState(state string) []facts {
	var all []facts
	for _, f := range x.facts {
		if f.State == state {
			all = append(all, *f)
		}
	}
	slices.SortFunc(all, func(a, b facts) int { return compare(a.Sequence, b.Sequence) })
	return all
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
