// Package thermal is a receipt printer as seen from its serial line: a receive buffer, an interpreter, a mechanism that
// needs its time, a roll of paper that ends, a cover that opens, and a status that can be asked for at any moment.
//
// Like the real ones it keeps what it has received while it cannot print: what was sent before the paper ran out comes out
// when the next roll is in, unless the terminal has the buffers cleared.
//
// It is a model driven from outside: bytes go in with [Printer.Receive], time passes with [Printer.Advance], which tells
// when it wants to be called again. What the bytes mean is package paper's business; which status bits answer is this
// one's (Epson ESC/POS: DLE EOT, DLE ENQ, DLE DC4, GS a, GS r, GS I, GS ( H).
package thermal

import (
	"time"

	"zizhuban/devices/bench/paper"
)

// Flow is how the printer keeps the terminal from sending too much.
type Flow string

// The ways of flow control.
const (
	FlowNone    Flow = "none"    // bytes for which there is no room are lost
	FlowBusy    Flow = "busy"    // the handshake line: the terminal's write blocks
	FlowXonXoff Flow = "xonxoff" // XOFF and XON among the answers
)

// Config is which printer it is.
type Config struct {
	Paper  paper.Config
	Speed  int           // mm/s; 0 is 90, which a kiosk printer's manual gives
	Buffer int           // bytes; 0 is 4096
	Cut    time.Duration // how long the cutter takes; 0 is 350 ms
	Flow   Flow          // empty is FlowNone
}

// Paper is how the roll is.
type Paper string

// The states of the roll.
const (
	PaperFull Paper = "full"
	PaperLow  Paper = "low"
	PaperOut  Paper = "out"
)

// Printer is one printer. It is not safe for concurrent use.
type Printer struct {
	cfg  Config
	head *paper.Interpreter
	send func([]byte) // answers go here

	buffer  []byte
	dropped int64 // bytes that came when the buffer was full
	stopped bool  // XOFF was sent, or the handshake line says busy
	rt      []byte

	roll     Paper
	open     bool // the cover
	jammed   bool // the cutter
	faulted  bool // it met the jam: an error until it is recovered
	Slow     bool // prints at a tenth of its speed
	outAfter int  // the roll ends after so many more executed bytes; -1 never

	busy     time.Time // until then the mechanism is at work
	replies  []reply   // answers that wait for the mechanism
	watch    byte      // GS a
	told     [4]byte   // what GS a said last
	executed int64
	slips    []paper.Slip
	problems []paper.Problem
}

// reply is an answer for when the printing before it has ended.
type reply struct {
	at    time.Time
	bytes []byte
	id    bool // process ID: only the latest of several waiting is sent
}

// New makes a printer that was just switched on, with a full roll. Send must not block.
func New(cfg Config, send func([]byte)) *Printer {
	if cfg.Speed <= 0 {
		cfg.Speed = 90
	}
	if cfg.Buffer <= 0 {
		cfg.Buffer = 4096
	}
	if cfg.Cut <= 0 {
		cfg.Cut = 350 * time.Millisecond
	}
	if cfg.Flow == "" {
		cfg.Flow = FlowNone
	}
	return &Printer{cfg: cfg, head: paper.New(cfg.Paper), send: send, roll: PaperFull, outAfter: -1}
}

// The limits of the receive buffer: it says stop when so few bytes are free, and go when so many are (Epson TM-T88III:
// 128 and 256 of 4 KB).
const (
	stopFree = 128
	goFree   = 256
)

// Receive takes bytes from the line.
func (p *Printer) Receive(now time.Time, b []byte) {
	for _, c := range b {
		if len(p.buffer) < p.cfg.Buffer {
			p.buffer = append(p.buffer, c)
		} else {
			p.dropped++
		}
		p.realTime(now, c)
	}
	p.flow()
}

// flow tells the terminal to stop or to go on.
func (p *Printer) flow() {
	free := p.cfg.Buffer - len(p.buffer)
	switch {
	case !p.stopped && free <= min(stopFree, p.cfg.Buffer/3):
		p.stopped = true
		if p.cfg.Flow == FlowXonXoff {
			p.send([]byte{0x13})
		}
	case p.stopped && free >= min(goFree, p.cfg.Buffer/2):
		p.stopped = false
		if p.cfg.Flow == FlowXonXoff {
			p.send([]byte{0x11})
		}
	}
}

// Ready tells whether the handshake line lets the terminal send.
func (p *Printer) Ready() bool { return p.cfg.Flow != FlowBusy || !p.stopped }

// lacks tells whether the model does not know a command.
func (p *Printer) lacks(name string) bool {
	for _, l := range p.cfg.Paper.Lacks {
		if l == name {
			return true
		}
	}
	return false
}

// online tells whether the printer prints.
func (p *Printer) online() bool { return !p.open && p.roll != PaperOut && !p.faulted }

// Advance lets the time pass until now and gives the time of the next event, zero when nothing is under way.
func (p *Printer) Advance(now time.Time) time.Time {
	for {
		p.release(now)
		if p.busy.After(now) {
			return p.busy
		}
		if !p.online() || len(p.buffer) == 0 {
			p.busy = time.Time{} // it has come to rest
			p.notice()
			break
		}
		n, e, done := p.head.Step(p.buffer)
		p.buffer = p.buffer[n:]
		if len(p.buffer) == 0 {
			p.buffer = nil // let a large backing array go
		}
		p.executed += int64(n)
		p.flow()
		p.consume(n)
		if done {
			p.effect(now, e)
		}
		p.slips = append(p.slips, p.head.Finished()...)
		p.problems = append(p.problems, p.head.Problems()...)
	}
	if len(p.replies) > 0 {
		return p.replies[0].at
	}
	return time.Time{}
}

// consume counts executed bytes towards the end of the roll.
func (p *Printer) consume(n int) {
	if p.outAfter < 0 {
		return
	}
	p.outAfter -= n
	if p.outAfter <= 0 {
		p.outAfter = -1
		p.SetPaper(PaperOut)
	}
}

// effect takes the time that a command costs and answers what it asks.
func (p *Printer) effect(now time.Time, e paper.Effect) {
	speed := p.cfg.Speed
	if p.Slow {
		speed = max(1, speed/10)
	}
	cost := time.Duration(e.Feed) * time.Second / time.Duration(paper.DotsPerMM*speed)
	if e.Cut != "" {
		cost += p.cfg.Cut
		p.faulted = p.faulted || p.jammed
	}
	if cost > 0 {
		// The mechanism goes on where it was while there was more to do: lateness of the caller does not add up.
		if p.busy.IsZero() {
			p.busy = now
		}
		p.busy = p.busy.Add(cost)
	}
	if len(e.Reply) > 0 {
		p.later(now, e.Reply, false)
	}
	switch e.Ask {
	case paper.AskStatus:
		if b, ok := p.queuedStatus(e.N); ok {
			p.later(now, []byte{b}, false)
		}
	case paper.AskIdentity:
		if b := identity(e.N); len(b) > 0 {
			p.later(now, b, false)
		}
	case paper.AskWatch:
		p.watch = e.N
		if p.watch != 0 {
			p.told = p.asb()
			p.later(now, p.told[:], false)
		}
	case paper.AskReset:
		p.watch = 0
	case paper.AskDone:
		b := append([]byte{0x37, 0x22}, e.ID...)
		p.later(now, append(b, 0), true)
	}
}

// later puts an answer behind the printing that is under way.
func (p *Printer) later(now time.Time, b []byte, id bool) {
	at := now
	if p.busy.After(at) {
		at = p.busy
	}
	b = append([]byte(nil), b...)
	if id {
		for k, r := range p.replies { // Epson: of several that wait only the latest is sent
			if r.id {
				p.replies = append(p.replies[:k], p.replies[k+1:]...)
				break
			}
		}
	}
	p.replies = append(p.replies, reply{at, b, id})
}

// release sends the answers whose time has come.
func (p *Printer) release(now time.Time) {
	for len(p.replies) > 0 && !p.replies[0].at.After(now) {
		p.send(p.replies[0].bytes)
		p.replies = p.replies[1:]
	}
}

// clear throws away everything that was received and not printed.
func (p *Printer) clear() {
	p.buffer, p.replies = nil, nil
	p.head.Clear()
	p.flow()
}
