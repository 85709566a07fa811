package rig

import (
	"context"
	"fmt"
	"strings"
	"time"

	"zizhuban/devices/bench/sam"
	"zizhuban/devices/bench/tty"
)

// readerPart is the card reader's state.
type readerPart struct {
	sam      *sam.Reader
	parser   sam.Parser
	requests chan sam.Request
	last     time.Time // when bytes came
	count    int       // requests
	reads    int       // answers to read that bore a card
	recent   string    // the last request and its answer's status
}

// frameGap is how long the module waits for the rest of a frame before it calls its length wrong. The drivers seen use
// 200 ms between bytes as their own limit.
const frameGap = 200 * time.Millisecond

func (b *Bench) openReader() {
	r := sam.New()
	if b.cfg.Reader.Reread != "" {
		r.Reread = b.cfg.Reader.Reread
	}
	r.RF = b.cfg.Reader.RF
	b.reader = readerPart{sam: r, requests: make(chan sam.Request, 64)}
	b.port(Reader, b.cfg.Reader.Baud, b.readerHears, nil)
	b.done.Add(1)
	go b.serveReader()
}

// readerHears is given the terminal's bytes.
func (b *Bench) readerHears(bytes []byte) {
	b.mu.Lock()
	r := &b.reader
	now := b.clock.Now()
	var got []sam.Request
	if r.parser.Waiting() && now.Sub(r.last) > frameGap {
		got = r.parser.Expire()
	}
	r.last = now
	got = append(got, r.parser.Feed(bytes)...)
	b.mu.Unlock()
	for _, q := range got {
		select {
		case r.requests <- q:
		case <-b.ctx.Done():
			return
		}
	}
}

// serveReader answers one request after the other, as the module does.
func (b *Bench) serveReader() {
	defer b.done.Done()
	gap := b.clock.NewTimer(frameGap)
	defer gap.Stop()
	for {
		var q sam.Request
		select {
		case q = <-b.reader.requests:
		case <-gap.Chan():
			gap.Reset(frameGap)
			broken := b.expire()
			if broken == nil {
				continue
			}
			q = *broken
		case <-b.ctx.Done():
			return
		}
		b.answer(q)
	}
}

// expire gives a broken request when a frame was begun and its rest does not come.
func (b *Bench) expire() *sam.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &b.reader
	if !r.parser.Waiting() || b.clock.Now().Sub(r.last) <= frameGap {
		return nil
	}
	for _, q := range r.parser.Expire() {
		return &q
	}
	return nil
}

// answer carries out one request.
func (b *Bench) answer(q sam.Request) {
	b.mu.Lock()
	busy := b.reader.sam.Begin(q)
	b.mu.Unlock()
	if busy > 0 {
		select {
		case <-b.clock.After(busy):
		case <-b.ctx.Done():
			return
		}
	}
	b.mu.Lock()
	r := &b.reader
	reply, baud := r.sam.Finish(q)
	r.count++
	status := byte(0)
	if len(reply) > 9 {
		status = reply[9]
	}
	if q.Code() == 0x3001 && status == sam.StatusOK && !r.sam.Nonsense {
		r.reads++
	}
	recent := fmt.Sprintf("%02X %02X → %02X", q.Command, q.Parameter, status)
	if q.Broken != 0 {
		recent = fmt.Sprintf("?? → %02X", status)
	}
	if r.sam.Nonsense {
		recent = fmt.Sprintf("%02X %02X → ##", q.Command, q.Parameter)
	}
	stalled := b.stalled[Reader]
	if recent != r.recent { // polls that find nothing new are not worth telling
		r.recent = recent
		b.tell()
	}
	b.mu.Unlock()
	port := b.ports[Reader]
	if stalled {
		return
	}
	if err := port.Send(reply); err != nil {
		return // the cable is out: nobody hears it
	}
	if baud != 0 {
		b.changeBaud(port, len(reply), baud)
	}
}

// changeBaud takes on another speed after the answer has left at the old one, and 5 ms later (reference: 60 xx).
func (b *Bench) changeBaud(port *tty.Port, reply, baud int) {
	select {
	case <-b.clock.After(tty.Wire(reply, port.Baud()) + 5*time.Millisecond):
		port.SetBaud(baud)
		b.mu.Lock()
		b.tell()
		b.mu.Unlock()
	case <-b.ctx.Done():
	}
}

// PutCard lays a card on the reader; place, where given, is an address that was added to the card later.
func (b *Bench) PutCard(key, place string) (sam.Card, error) {
	c, ok := sam.Find(key)
	if !ok {
		var keys []string
		for _, c := range sam.Deck() {
			keys = append(keys, c.Key)
		}
		return sam.Card{}, fmt.Errorf("%w: there is no card %q; there are %s", ErrUsage, key, strings.Join(keys, ", "))
	}
	if place != "" {
		c.NewPlace = place
		if err := c.Check(); err != nil {
			return sam.Card{}, fmt.Errorf("%w: %w", ErrUsage, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reader.sam.Put(c)
	b.tell()
	return c, nil
}

// LiftCard takes the card away: at once, or that long after the next read has begun.
func (b *Bench) LiftCard(after time.Duration) error {
	if after < 0 {
		return fmt.Errorf("%w: a card cannot be lifted %v after something", ErrUsage, after)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if after > 0 {
		if b.reader.sam.Card() == nil {
			return fmt.Errorf("no card lies on the reader: put one there first")
		}
		b.reader.sam.LiftDuringRead(after)
	} else {
		b.reader.sam.Lift()
	}
	b.tell()
	return nil
}

// Nonsense makes the reader answer rubbish.
func (b *Bench) Nonsense(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reader.sam.Nonsense = on
	b.tell()
}

// WaitReads waits until the reader has answered that many reads with a card since it was made.
func (b *Bench) WaitReads(ctx context.Context, n int) error {
	for {
		_, changed := b.Changed()
		b.mu.Lock()
		reads := b.reader.reads
		b.mu.Unlock()
		if reads >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("the reader answered %d of %d reads: %w", reads, n, ctx.Err())
		}
	}
}
