// Package sam is a resident identity card reader as seen from its serial line: the control module (SAM_V, GA/T 467) with
// its frames, its order of commands, its status words, and the cards that may lie on it.
//
// It is arithmetic only: bytes go in, bytes come out; whoever drives it keeps the time. It shares no code with the
// terminal's own driver, so that an error made in one is found by the other.
//
// Read [Reader] first, then [Card] and [Deck].
package sam

import "encoding/binary"

// preamble opens every frame, in both directions.
var preamble = [5]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// The status words (SW3) of the module.
const (
	StatusOK          = 0x90
	StatusFound       = 0x9F // success of find
	StatusAbsent      = 0x91 // that item is not on the card
	StatusChecksum    = 0x10 // the module received a bad checksum
	StatusLength      = 0x11 // the module received a bad length
	StatusCommand     = 0x21 // bad command, parameter or order
	StatusCardDenied  = 0x31 // the card could not authenticate the module
	StatusForged      = 0x33 // the information does not verify
	StatusFindFirst   = 0x34 // no card found yet
	StatusWrongCard   = 0x40 // unknown or wrong card type
	StatusReadFailed  = 0x41 // most often the card was moved
	StatusSelfTest    = 0x60 // the module is broken
	StatusNoCard      = 0x80
	StatusSelectFault = 0x81 // the card went between find and select
)

// Request is a command from the terminal.
type Request struct {
	Command   byte
	Parameter byte
	Data      []byte
	Broken    byte // StatusChecksum or StatusLength for a frame that is not well formed, else 0
}

// Code is command and parameter as one number, such as 0x3001.
func (r Request) Code() uint16 { return uint16(r.Command)<<8 | uint16(r.Parameter) }

// The commands.
const (
	cmdReset       = 0x10FF
	cmdStatus      = 0x11FF
	cmdIdentity    = 0x12FF
	cmdFind        = 0x2001
	cmdSelect      = 0x2002
	cmdRead        = 0x3001
	cmdNewAddress  = 0x3003
	cmdBodyNumber  = 0x3005
	cmdReadFinger  = 0x3010
	cmdFrameSize   = 0x61FF
	cmdBaudGroup   = 0x60 // 60 00 … 60 04
	maxRequestData = 64   // longer than any command that the module knows
)

// Parser takes the terminal's bytes apart into requests. It never fails: rubbish is skipped until a preamble.
type Parser struct {
	buf []byte
}

// Feed adds bytes and gives the requests that are complete.
func (p *Parser) Feed(b []byte) []Request {
	p.buf = append(p.buf, b...)
	var out []Request
	for {
		p.seek()
		if len(p.buf) < len(preamble)+2 {
			return out
		}
		n := int(binary.BigEndian.Uint16(p.buf[len(preamble):]))
		if n < 3 || n > 3+maxRequestData { // command, parameter and checksum at least
			p.buf = p.buf[len(preamble)+2:]
			out = append(out, Request{Broken: StatusLength})
			continue
		}
		if len(p.buf) < len(preamble)+2+n {
			return out
		}
		body := p.buf[len(preamble) : len(preamble)+2+n] // length, command, parameter, data, checksum
		r := Request{Command: body[2], Parameter: body[3], Data: append([]byte(nil), body[4:len(body)-1]...)}
		if checksum(body) != 0 {
			r.Broken = StatusChecksum
		}
		p.buf = p.buf[len(preamble)+2+n:]
		out = append(out, r)
	}
}

// Waiting tells whether a frame has begun and is not complete.
func (p *Parser) Waiting() bool {
	p.seek()
	return len(p.buf) >= len(preamble)
}

// Expire gives up a frame that was begun and not finished in time: the module calls that a bad length.
func (p *Parser) Expire() []Request {
	begun := p.Waiting()
	p.buf = nil
	if !begun {
		return nil
	}
	return []Request{{Broken: StatusLength}}
}

// seek drops bytes before the next preamble, keeping a tail that may become one.
func (p *Parser) seek() {
	for i := range p.buf {
		n := min(len(preamble), len(p.buf)-i)
		if string(p.buf[i:i+n]) == string(preamble[:n]) {
			p.buf = p.buf[i:]
			return
		}
	}
	p.buf = nil
}

// Reply builds a frame from the module: three status bytes, data, checksum.
func Reply(status byte, data ...byte) []byte {
	b := make([]byte, 0, len(preamble)+2+3+len(data)+1)
	b = append(b, preamble[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(3+len(data)+1))
	b = append(b, 0, 0, status)
	b = append(b, data...)
	return append(b, checksum(b[len(preamble):]))
}

// checksum is the exclusive or of all bytes; over a whole body with its checksum it is 0.
func checksum(b []byte) byte {
	var x byte
	for _, c := range b {
		x ^= c
	}
	return x
}
