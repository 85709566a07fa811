package thermal

import (
	"time"

	"zizhuban/devices/bench/paper"
)

// realTime follows the bytes as they come in and executes DLE commands at once, wherever they stand: also within the data
// of a picture, also while the printer is offline.
func (p *Printer) realTime(now time.Time, c byte) {
	p.rt = append(p.rt, c)
	for len(p.rt) > 0 {
		switch n := paper.RealTime(p.rt); {
		case n == 0: // it may become one
			return
		case n < 0:
			p.rt = p.rt[1:]
		default:
			cmd := p.rt[:n]
			p.rt = nil
			if p.forget(n) {
				p.buffer = p.buffer[:len(p.buffer)-n]
			}
			p.command(now, cmd)
		}
	}
}

// forget tells whether a real-time command of n bytes at the end of the buffer stands by itself, so that it need not be
// kept: a printer without paper that is asked every second would otherwise fill up with questions.
func (p *Printer) forget(n int) bool {
	k := len(p.buffer) - n
	return k >= 0 && p.dropped == 0 && p.head.Between(p.buffer[:k])
}

// command executes a real-time command.
func (p *Printer) command(now time.Time, b []byte) {
	switch b[1] {
	case 0x04: // DLE EOT n
		if s, ok := p.status(b[2]); ok && !p.lacks("DLE EOT") {
			p.send([]byte{s})
		}
	case 0x05: // DLE ENQ n
		if p.lacks("DLE ENQ") {
			return
		}
		switch b[2] {
		case 1: // go on after an error
			p.recover()
		case 2: // go on after an error, with empty buffers
			p.clear()
			p.recover()
		}
	case 0x14: // DLE DC4 fn
		if b[2] == 8 && !p.lacks("DLE DC4") {
			p.clear()
			p.busy = time.Time{}
			p.send([]byte{0x37, 0x25, 0x00})
		}
	}
}

// recover ends the cutter's error if the jam is gone.
func (p *Printer) recover() {
	if p.faulted && !p.jammed {
		p.faulted = false
		p.notice()
	}
}

// The bits of the status bytes (Epson ESC/POS: DLE EOT n). Bits 1 and 4 are always set.
const (
	fixedBits = 0x12

	eot1Offline = 0x08

	eot2Cover    = 0x04
	eot2PaperEnd = 0x20
	eot2Error    = 0x40

	eot3Cutter = 0x08

	eot4Low = 0x0C
	eot4Out = 0x60
)

// status is the answer to DLE EOT n.
func (p *Printer) status(n byte) (byte, bool) {
	s := byte(fixedBits)
	set := func(bits byte, when bool) {
		if when {
			s |= bits
		}
	}
	switch n {
	case 1:
		set(eot1Offline, !p.online())
	case 2:
		set(eot2Cover, p.open)
		set(eot2PaperEnd, p.roll == PaperOut)
		set(eot2Error, p.faulted)
	case 3:
		set(eot3Cutter, p.faulted)
	case 4:
		set(eot4Low, p.roll != PaperFull)
		set(eot4Out, p.roll == PaperOut)
	default:
		return 0, false
	}
	return s, true
}

// queuedStatus is the answer to GS r n.
func (p *Printer) queuedStatus(n byte) (byte, bool) {
	switch n {
	case 1, '1':
		var s byte
		if p.roll != PaperFull {
			s |= 0x03
		}
		if p.roll == PaperOut {
			s |= 0x0C
		}
		return s, true
	case 2, '2':
		return 0, true // no drawer
	}
	return 0, false
}

// identity is the answer to GS I n.
func identity(n byte) []byte {
	text := func(s string) []byte { return append(append([]byte{0x5F}, s...), 0) }
	switch n {
	case 1, '1':
		return []byte{0x20}
	case 2, '2':
		return []byte{0x03} // a Chinese font, a cutter
	case 3, '3':
		return []byte{0x01}
	case 65:
		return text("1.00")
	case 66:
		return text("ZIZHUBAN")
	case 67:
		return text("BENCH-80")
	case 68:
		return text("BENCH0001")
	case 69:
		return text("CHINA GB18030")
	}
	return nil
}

// asb is the automatic status (GS a): four bytes.
func (p *Printer) asb() [4]byte {
	b := [4]byte{0x10, 0, 0, 0}
	if !p.online() {
		b[0] |= 0x08
	}
	if p.open {
		b[0] |= 0x20
	}
	if p.faulted {
		b[1] |= 0x08
	}
	if p.roll != PaperFull {
		b[2] |= 0x03
	}
	if p.roll == PaperOut {
		b[2] |= 0x0C
	}
	return b
}

// The causes that GS a chooses.
const (
	watchOnline = 0x02
	watchError  = 0x04
	watchPaper  = 0x08
)

// notice sends the automatic status when something changed that is watched.
func (p *Printer) notice() {
	if p.watch == 0 {
		return
	}
	now := p.asb()
	changed := p.watch&watchOnline != 0 && now[0] != p.told[0] ||
		p.watch&watchError != 0 && now[1] != p.told[1] ||
		p.watch&watchPaper != 0 && now[2] != p.told[2]
	if changed {
		p.told = now
		p.send(now[:])
	}
}

// SetPaper changes the roll. A new roll after the end is a new piece of paper.
func (p *Printer) SetPaper(s Paper) {
	if p.roll == PaperOut && s != PaperOut {
		p.head.Tear()
		p.slips = append(p.slips, p.head.Finished()...)
	}
	p.roll = s
	if s != PaperOut {
		p.outAfter = -1
	}
	p.notice()
}

// RunOut makes the roll end after so many more bytes have been executed.
func (p *Printer) RunOut(bytes int) { p.outAfter = max(1, bytes) }

// SetCover opens or closes the cover. Whoever closes it has freed the cutter's error, if the jam is gone.
func (p *Printer) SetCover(open bool) {
	p.open = open
	if !open {
		p.recover()
	}
	p.notice()
}

// SetJam blocks the cutter, or frees it. The error that a blocked cutter caused lasts until DLE ENQ, or until the cover
// was opened and closed.
func (p *Printer) SetJam(jam bool) { p.jammed = jam }

// PowerCycle switches the printer off and on: buffers and modes are gone, the paper stays where it is.
func (p *Printer) PowerCycle() {
	p.clear()
	p.head.PowerOn()
	p.watch, p.busy, p.faulted, p.rt, p.stopped = 0, time.Time{}, false, nil, false
}

// State is how the printer is.
type State struct {
	Paper    Paper  `json:"paper"`
	RunsOut  int    `json:"runs_out_after_bytes,omitempty"` // armed with RunOut
	Cover    string `json:"cover"`
	Online   bool   `json:"online"`
	Printing bool   `json:"printing"`
	Cutter   string `json:"cutter"`
	Slow     bool   `json:"slow,omitempty"`
	Buffer   int    `json:"buffer"`      // bytes received and not executed
	Size     int    `json:"buffer_size"` //
	Dropped  int64  `json:"dropped"`     // bytes for which there was no room
	Executed int64  `json:"executed"`
	Watch    byte   `json:"asb,omitempty"`
}

// State tells how the printer is.
func (p *Printer) State(now time.Time) State {
	s := State{
		Paper: p.roll, Cover: "closed", Online: p.online(), Cutter: "ok", Slow: p.Slow, Printing: p.busy.After(now),
		Buffer: len(p.buffer), Size: p.cfg.Buffer, Dropped: p.dropped, Executed: p.executed, Watch: p.watch,
	}
	if p.open {
		s.Cover = "open"
	}
	if p.outAfter >= 0 {
		s.RunsOut = p.outAfter
	}
	switch {
	case p.faulted:
		s.Cutter = "error"
	case p.jammed:
		s.Cutter = "jammed"
	}
	return s
}

// Slips gives the slips that came out since it was last asked.
func (p *Printer) Slips() []paper.Slip {
	out := p.slips
	p.slips = nil
	return out
}

// Hanging is the slip that is still in the printer; ok is false where there is none.
func (p *Printer) Hanging() (paper.Slip, bool) { return p.head.Open() }

// Problems gives what was not understood since it was last asked.
func (p *Printer) Problems() []paper.Problem {
	out := p.problems
	p.problems = nil
	return out
}
