package rig

import (
	"fmt"
	"time"

	"zizhuban/devices/bench/paper"
	"zizhuban/devices/bench/thermal"
)

// printerPart is the printer's state.
type printerPart struct {
	dev      *thermal.Printer
	kick     chan struct{}
	slips    []Slip // the last keptSlips
	count    int    // slips that came out
	problems []paper.Problem
	drawn    int // bytes executed when the page was last told
}

// Slip is a slip that came out of the printer.
type Slip struct {
	Number int       `json:"number"`
	At     time.Time `json:"at"`
	paper.Slip
}

const (
	keptSlips    = 100
	keptProblems = 50
)

func (b *Bench) openPrinter() {
	b.printer = printerPart{kick: make(chan struct{}, 1)}
	b.printer.dev = thermal.New(b.cfg.Printer.Config, b.printerSays)
	ready := func() bool { return b.printer.dev.Ready() } // asked under the lock
	b.port(Printer, b.cfg.Printer.Baud, b.printerHears, ready)
	b.done.Add(1)
	go b.servePrinter()
}

// printerSays is called by the printer, under the lock. A hanging printer says nothing.
func (b *Bench) printerSays(bytes []byte) {
	if b.stalled[Printer] {
		return
	}
	// A pulled cable carries nothing; the printer neither knows nor cares.
	_ = b.ports[Printer].Send(bytes)
}

func (b *Bench) printerHears(bytes []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.printer.dev.Receive(b.clock.Now(), bytes)
	b.kickPrinter()
}

// kickPrinter makes the printer look at its buffer.
func (b *Bench) kickPrinter() {
	select {
	case b.printer.kick <- struct{}{}:
	default:
	}
}

// servePrinter lets the printer's time pass.
func (b *Bench) servePrinter() {
	defer b.done.Done()
	timer := b.clock.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next := b.advance()
		wait := time.Hour
		if !next.IsZero() {
			wait = next.Sub(b.clock.Now())
		}
		if !timer.Stop() {
			select {
			case <-timer.Chan():
			default:
			}
		}
		timer.Reset(wait)
		select {
		case <-timer.Chan():
		case <-b.printer.kick:
		case <-b.ctx.Done():
			return
		}
	}
}

// advance lets the printer work until now and collects what came out.
func (b *Bench) advance() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stalled[Printer] {
		return time.Time{}
	}
	now := b.clock.Now()
	next := b.printer.dev.Advance(now)
	b.collect(now)
	if b.printer.dev.Ready() {
		b.rouse()
	}
	return next
}

// collect takes slips and problems from the printer. The caller holds the lock.
func (b *Bench) collect(now time.Time) {
	p := &b.printer
	for _, s := range p.dev.Slips() {
		p.count++
		p.slips = append(p.slips, Slip{p.count, now, s})
		if len(p.slips) > keptSlips {
			p.slips = p.slips[1:]
		}
		b.log.Info("a slip came out", "number", p.count, "end", s.End, "bytes", len(s.Bytes))
		b.tell()
	}
	if found := p.dev.Problems(); len(found) > 0 {
		for _, f := range found {
			b.log.Warn("the printer did not understand", "command", f.Command, "offset", f.Offset, "what", f.Text)
		}
		p.problems = append(p.problems, found...)
		if over := len(p.problems) - keptProblems; over > 0 {
			p.problems = p.problems[over:]
		}
		b.tell()
	}
	if s := p.dev.State(now); int(s.Executed) != p.drawn {
		p.drawn = int(s.Executed)
		b.tell()
	}
}

// Paper changes the roll.
func (b *Bench) Paper(state string, afterBytes int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch s := thermal.Paper(state); {
	case afterBytes < 0:
		return fmt.Errorf("%w: the roll cannot end after %d bytes", ErrUsage, afterBytes)
	case s == thermal.PaperOut && afterBytes > 0:
		b.printer.dev.RunOut(afterBytes)
	case afterBytes > 0:
		return fmt.Errorf("%w: only the end of the roll can come after some bytes", ErrUsage)
	case s == thermal.PaperFull, s == thermal.PaperLow, s == thermal.PaperOut:
		b.printer.dev.SetPaper(s)
	default:
		return fmt.Errorf("%w: paper is full, low or out, not %q", ErrUsage, state)
	}
	b.collect(b.clock.Now())
	b.kickPrinter()
	b.tell()
	return nil
}

// Cover opens or closes the printer's cover.
func (b *Bench) Cover(open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.printer.dev.SetCover(open)
	b.kickPrinter()
	b.tell()
}

// Jam blocks the printer's cutter, or frees it.
func (b *Bench) Jam(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.printer.dev.SetJam(on)
	b.kickPrinter()
	b.tell()
}

// Slow makes the printer print at a tenth of its speed.
func (b *Bench) Slow(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.printer.dev.Slow = on
	b.tell()
}

// PowerCycle switches the printer off and on.
func (b *Bench) PowerCycle() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.printer.dev.PowerCycle()
	b.kickPrinter()
	b.tell()
}

// Slips gives the slips that came out, oldest first, at most the last hundred.
func (b *Bench) Slips() []Slip {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Slip(nil), b.printer.slips...)
}

// Slip gives one slip: by its number, the last one for 0, or the one that hangs in the printer for -1.
func (b *Bench) Slip(number int) (Slip, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &b.printer
	if number < 0 {
		s, ok := p.dev.Hanging()
		if !ok {
			return Slip{}, fmt.Errorf("no slip hangs in the printer")
		}
		return Slip{p.count + 1, b.clock.Now(), s}, nil
	}
	if len(p.slips) == 0 {
		return Slip{}, fmt.Errorf("no slip has come out yet")
	}
	if number == 0 {
		return p.slips[len(p.slips)-1], nil
	}
	for _, s := range p.slips {
		if s.Number == number {
			return s, nil
		}
	}
	return Slip{}, fmt.Errorf("there is no slip %d; the last is %d", number, p.count)
}
