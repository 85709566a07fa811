package idcard

import (
	"bytes"
	"encoding/binary"
)

// A frame is AA AA AA 96 69, a length of two bytes (big-endian, counting all that follows), a body, and the XOR of everything
// after the preamble (GA/T 467; the same in every vendor's extract).
const (
	preambleLen = 5
	headLen     = preambleLen + 2
	statusLen   = 3 // SW1 SW2 SW3
	// minLength and maxLength bound the length word of a reply: three status bytes and a checksum at least; text, photo and
	// 1024 bytes of fingerprints at most (30 10: 090A), rounded up.
	minLength = statusLen + 1
	maxLength = 0x0A00
)

var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// Command is the CMD and PARA of a request.
type Command [2]byte

// The commands that are used. None of them changes a setting of the reader.
var (
	CmdReset      = Command{0x10, 0xFF} // reset the SAM; drops the RF field
	CmdStatus     = Command{0x11, 0xFF}
	CmdID         = Command{0x12, 0xFF} // number of the SAM
	CmdFind       = Command{0x20, 0x01}
	CmdSelect     = Command{0x20, 0x02}
	CmdRead       = Command{0x30, 0x01} // text and photo
	CmdNewAddress = Command{0x30, 0x03} // 30 03; one copy of the module document says 30 02, four other sources this
)

// Request builds the frame of a command.
func Request(c Command) []byte {
	f := append([]byte(nil), preamble...)
	f = append(f, 0, 3, c[0], c[1])
	return append(f, xor(f[preambleLen:]))
}

// Reply is what the reader answered.
type Reply struct {
	SW1, SW2 byte   // the card's own status where SW3 has one to tell; not zero on some successes, so never compared
	SW3      Status // the SAM's status
	Data     []byte
}

// Bytes builds the frame of a reply, as a reader sends it.
func (r Reply) Bytes() []byte {
	f := append([]byte(nil), preamble...)
	f = binary.BigEndian.AppendUint16(f, uint16(minLength+len(r.Data)))
	f = append(f, r.SW1, r.SW2, byte(r.SW3))
	f = append(f, r.Data...)
	return append(f, xor(f[preambleLen:]))
}

// Decoder finds replies in a stream of bytes that may hold noise before, between and inside them. The zero value is ready.
type Decoder struct {
	buf []byte
	bad int // frames whose checksum did not fit
}

// Feed adds bytes.
func (d *Decoder) Feed(p []byte) { d.buf = append(d.buf, p...) }

// Next gives the next whole reply; ok is false when more bytes are needed. The reply's data is its own.
func (d *Decoder) Next() (r Reply, ok bool) {
	for {
		size, whole := d.head()
		if !whole {
			return Reply{}, false
		}
		frame := d.buf[:size]
		if xor(frame[preambleLen:]) != 0 { // the checksum included, a right frame comes to 0
			d.bad++
			d.skip()
			continue
		}
		r = Reply{SW1: frame[headLen], SW2: frame[headLen+1], SW3: Status(frame[headLen+2])}
		r.Data = append([]byte(nil), frame[headLen+statusLen:size-1]...)
		d.buf = d.buf[size:]
		return r, true
	}
}

// Begun tells whether the bytes so far begin with what can be the head of a frame: its preamble and a possible length.
func (d *Decoder) Begun() bool {
	d.head()
	return len(d.buf) >= headLen
}

// Skip gives up the frame that has begun, because its rest does not come, and looks for another inside it. The preamble can
// occur in a photo or in noise, and only silence tells.
func (d *Decoder) Skip() {
	d.head()
	d.skip()
}

// Damaged tells how many frames with a wrong checksum there were since the last Reset.
func (d *Decoder) Damaged() int { return d.bad }

// Reset forgets everything.
func (d *Decoder) Reset() { d.buf, d.bad = d.buf[:0], 0 }

// head drops what cannot begin a frame, and gives the size of the frame at the front and whether it is whole.
func (d *Decoder) head() (size int, whole bool) {
	for {
		at := bytes.Index(d.buf, preamble)
		if at < 0 {
			d.buf = d.buf[len(d.buf)-partial(d.buf):]
			return 0, false
		}
		d.buf = d.buf[at:]
		if len(d.buf) < headLen {
			return 0, false
		}
		length := int(binary.BigEndian.Uint16(d.buf[preambleLen:]))
		if length < minLength || length > maxLength {
			d.skip()
			continue
		}
		return headLen + length, len(d.buf) >= headLen+length
	}
}

func (d *Decoder) skip() {
	if len(d.buf) > 0 {
		d.buf = d.buf[1:]
	}
}

// partial is the length of the longest end of b that begins a preamble.
func partial(b []byte) int {
	for n := min(len(b), preambleLen-1); n > 0; n-- {
		if bytes.HasPrefix(preamble, b[len(b)-n:]) {
			return n
		}
	}
	return 0
}

func xor(b []byte) (x byte) {
	for _, c := range b {
		x ^= c
	}
	return x
}
