package seriallink

import (
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// Direction is which way bytes went.
type Direction string

// The directions, seen from the terminal.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Mask tells how many of the first bytes of a piece may stand in a trace. It sees each piece by itself, and must give 0 for
// every piece that could hold anything of a person.
type Mask func(d Direction, piece []byte) int

// Entry is one line of a trace: bytes that went one way at once, or a note on the port.
type Entry struct {
	At     time.Time `json:"at"`
	Dir    Direction `json:"dir,omitempty"`
	Length int       `json:"length,omitempty"`
	Shown  []byte    `json:"shown,omitempty"` // the first bytes, as far as the mask allows
	Note   string    `json:"note,omitempty"`
}

// String writes an entry as a technician reads it.
func (e Entry) String() string {
	stamp := e.At.Format("15:04:05.000")
	if e.Dir == "" {
		return stamp + " -- " + e.Note
	}
	arrow := "<<"
	if e.Dir == Out {
		arrow = ">>"
	}
	line := fmt.Sprintf("%s %s %4d B", stamp, arrow, e.Length)
	if len(e.Shown) > 0 {
		line += " " + hex.EncodeToString(e.Shown)
	}
	if hidden := e.Length - len(e.Shown); hidden > 0 {
		line += fmt.Sprintf(" +%d hidden", hidden)
	}
	return line
}

// Trace is a ring of what went over a port. It outlives the port, so that what happened before an unplug can still be read.
// Personal data never enters it: only lengths and what the mask lets through are kept.
type Trace struct {
	clock clockwork.Clock
	mask  Mask

	mu   sync.Mutex
	ring []Entry
	next int
	full bool
}

// NewTrace makes a trace of the last size entries. A nil mask shows no byte at all.
func NewTrace(size int, clock clockwork.Clock, mask Mask) *Trace {
	return &Trace{clock: clock, mask: mask, ring: make([]Entry, max(size, 1))}
}

// Entries gives what the ring holds, oldest first.
func (t *Trace) Entries() []Entry {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.full {
		return append([]Entry(nil), t.ring[:t.next]...)
	}
	return append(append([]Entry(nil), t.ring[t.next:]...), t.ring[:t.next]...)
}

func (t *Trace) bytes(d Direction, p []byte) {
	if t == nil {
		return
	}
	e := Entry{Dir: d, Length: len(p)}
	if t.mask != nil {
		e.Shown = append([]byte(nil), p[:min(max(t.mask(d, p), 0), len(p))]...)
	}
	t.add(e)
}

func (t *Trace) note(text string) {
	if t == nil {
		return
	}
	t.add(Entry{Note: text})
}

func (t *Trace) add(e Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.At = t.clock.Now()
	t.ring[t.next] = e
	t.next = (t.next + 1) % len(t.ring)
	t.full = t.full || t.next == 0
}
