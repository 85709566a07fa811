package printer

// What a printer sends back is told apart by its first byte (Epson TM-T88III, appendix G):
//
//	00010001 00010011   XON, XOFF
//	0xx1xx10            one byte, answer to DLE EOT
//	0xx1xx00            first of four bytes of automatic status (ASB)
//	0xx0xxxx            one byte, answer to GS r or GS I
//	37 3B 3D 5F 53 35   block data up to a NUL
type replyKind int

const (
	realtime replyKind = iota + 1 // an answer to DLE EOT
	queued                        // an answer to GS r
	auto                          // four bytes of automatic status
	block                         // a header of one byte and text, without the NUL
)

type reply struct {
	kind replyKind
	data []byte
}

// longestBlock bounds block data: the longest that is asked for is seven bytes, a printer's description may be eighty.
const longestBlock = 128

// replies finds the replies in what a printer sends. The zero value is ready.
type replies struct {
	taken   bool // bit 7 of a realtime answer has a meaning
	buf     []byte
	illegal int // bytes that nothing may begin with
}

func (r *replies) feed(p []byte) { r.buf = append(r.buf, p...) }

// next gives the next whole reply; ok is false when more bytes are needed.
func (r *replies) next() (rep reply, ok bool) {
	for len(r.buf) > 0 {
		b := r.buf[0]
		switch {
		case b == 0x11 || b == 0x13: // XON and XOFF; the kernel or the device's driver deals with them
			r.buf = r.buf[1:]
		case b&0x93 == 0x12 || r.taken && b&0x93 == 0x92:
			return r.cut(realtime, 1), true
		case b&0x93 == 0x10:
			if len(r.buf) < 4 {
				return reply{}, false
			}
			return r.cut(auto, 4), true
		case b == 0x37 || b == 0x3B || b == 0x3D || b == 0x5F || b == 0x53 || b == 0x35:
			for i, c := range r.buf[:min(len(r.buf), longestBlock)] {
				if c == 0 {
					rep = r.cut(block, i+1)
					rep.data = rep.data[:i]
					return rep, true
				}
			}
			if len(r.buf) < longestBlock {
				return reply{}, false
			}
			r.illegal++
			r.buf = r.buf[1:]
		case b&0x90 == 0x00:
			return r.cut(queued, 1), true
		default:
			r.illegal++
			r.buf = r.buf[1:]
		}
	}
	return reply{}, false
}

func (r *replies) cut(k replyKind, n int) reply {
	data := append([]byte(nil), r.buf[:n]...)
	r.buf = r.buf[n:]
	return reply{kind: k, data: data}
}

func (r *replies) reset() { r.buf = r.buf[:0] }

// stateFrom reads the four answers to DLE EOT; one that is 0 was not given (bits 1 and 4 of a true one are set).
func stateFrom(raw [4]byte, taken bool) State {
	s := State{Paper: PaperUnknown, Cover: CoverUnknown, Cutter: CutterUnknown, Raw: raw}
	if b := raw[0]; b != 0 {
		s.Offline = b&0x08 != 0
		s.Ticket = taken && b&0x80 != 0
	}
	if b := raw[1]; b != 0 {
		s.Cover = CoverClosed
		if b&0x04 != 0 {
			s.Cover = CoverOpen
		}
	}
	if b := raw[2]; b != 0 {
		s.Cutter = CutterOK
		if b&0x08 != 0 {
			s.Cutter = CutterFault
		}
		s.Fault = b&0x20 != 0
		s.Hot = b&0x40 != 0
	}
	if b := raw[3]; b != 0 {
		switch {
		case b&0x60 != 0:
			s.Paper = PaperOut
		case b&0x0C != 0:
			s.Paper = PaperLow
		default:
			s.Paper = PaperFull
		}
	}
	if raw[1]&0x20 != 0 { // printing stopped for want of paper
		s.Paper = PaperOut
	}
	return s
}
