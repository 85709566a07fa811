package tty

import "time"

// bitsPerByte is a byte on an 8N1 line: start bit, eight data bits, stop bit.
const bitsPerByte = 10

// quantum is how far apart the steps of a transmission are: at 115200 baud some eleven bytes, about what the FIFO of a
// UART hands over at a time.
const quantum = time.Millisecond

// Wire is how long n bytes take on a line of that speed.
func Wire(n, baud int) time.Duration {
	if n <= 0 || baud <= 0 {
		return 0
	}
	return time.Duration(int64(n) * bitsPerByte * int64(time.Second) / int64(baud))
}

// pace is the timetable of one direction of a line. It is arithmetic only: it never waits.
//
// A transmission keeps its starting time for as long as bytes follow each other without a gap, so that lateness of one
// step (a timer that fires late) is made up by the next and never adds up.
type pace struct {
	baud  int
	start time.Time // when the first bit of the transmission began
	sent  int       // bytes of the transmission that have passed
}

// free is when the line has passed everything so far.
func (p *pace) free() time.Time { return p.start.Add(Wire(p.sent, p.baud)) }

// begin says that bytes are there from now on. A line that fell idle starts anew; one that did not goes on where it was.
func (p *pace) begin(now time.Time, idle bool) {
	if idle || p.start.IsZero() || now.Before(p.start) {
		if f := p.free(); !p.start.IsZero() && f.After(now) {
			now = f
		}
		p.start, p.sent = now, 0
		return
	}
	// Keep the count small in a transmission without end: move the start by whole seconds' worth of bytes.
	if per := p.baud / bitsPerByte; per > 0 && p.sent > 64*per {
		n := p.sent / p.baud * p.baud // a multiple of baud bytes takes a whole number of seconds
		if n > 0 {
			p.start = p.start.Add(Wire(n, p.baud))
			p.sent -= n
		}
	}
}

// due is how many further bytes may have passed at that time: those whose last bit is over.
func (p *pace) due(now time.Time) int {
	if !now.After(p.start) {
		return 0
	}
	total := int(int64(now.Sub(p.start)) * int64(p.baud) / (bitsPerByte * int64(time.Second)))
	// The rounding of Wire may put the end of a byte a nanosecond before the true one; count it when it is over.
	for Wire(total+1, p.baud) <= now.Sub(p.start) {
		total++
	}
	return max(0, total-p.sent)
}

// next is when to look again with left bytes to go: after a quantum, at the end, or when the next byte is over, whichever
// is right.
func (p *pace) next(left int) time.Time {
	step := max(1, int(quantum)*p.baud/(bitsPerByte*int(time.Second)))
	return p.start.Add(Wire(p.sent+min(left, step), p.baud))
}

// pass records that n bytes went over.
func (p *pace) pass(n int) { p.sent += n }
