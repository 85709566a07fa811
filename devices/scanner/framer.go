package scanner

// MaxLength is the longest code: the digits of the largest QR code (ISO/IEC 18004).
const MaxLength = 7089

// Suffix is what a scanner sends behind a code.
type Suffix string

// The suffixes.
const (
	AnyLine Suffix = ""     // CR, LF or CR LF: the default
	CR      Suffix = "cr"   // alone; an LF stands inside the code
	LF      Suffix = "lf"   // alone
	CRLF    Suffix = "crlf" // both, in this order
	None    Suffix = "none" // silence alone ends a code
)

// Framer cuts a stream of bytes into codes. The zero value is ready and takes any line end.
type Framer struct {
	Suffix Suffix

	buf     []byte
	over    bool // the code that comes in is too long and will be dropped
	afterCR bool // an LF that comes next belongs to the end of the code before
}

// Feed adds bytes and gives the codes that they complete, without their suffix. Codes that are empty, hold nothing but control
// bytes, or are too long are left out.
func (f *Framer) Feed(p []byte) (codes [][]byte) {
	for _, b := range p {
		if f.afterCR {
			f.afterCR = false
			if b == '\n' {
				continue
			}
		}
		switch {
		case b == '\r' && (f.Suffix == AnyLine || f.Suffix == CR),
			b == '\n' && (f.Suffix == AnyLine || f.Suffix == LF),
			b == '\n' && f.Suffix == CRLF && f.endsInCR():
			f.afterCR = b == '\r' && f.Suffix == AnyLine
			if c, ok := f.take(); ok {
				codes = append(codes, c)
			}
		default:
			f.add(b)
		}
	}
	return codes
}

// Flush gives the code that has come in without a suffix, after silence. ok is false where there is none.
func (f *Framer) Flush() (code []byte, ok bool) {
	f.afterCR = false
	return f.take()
}

// Pending tells whether a code has begun.
func (f *Framer) Pending() bool { return len(f.buf) > 0 || f.over }

// Reset forgets what has come in.
func (f *Framer) Reset() { f.buf, f.over, f.afterCR = f.buf[:0], false, false }

func (f *Framer) add(b byte) {
	if f.over {
		return
	}
	if len(f.buf) >= MaxLength+1 { // one more for the CR of CRLF
		f.over, f.buf = true, f.buf[:0]
		return
	}
	f.buf = append(f.buf, b)
}

func (f *Framer) endsInCR() bool {
	return f.over || len(f.buf) > 0 && f.buf[len(f.buf)-1] == '\r'
}

// take ends a code. Control bytes are stripped: NULs are noise on the line, and nothing that a citizen shows may hold any.
func (f *Framer) take() ([]byte, bool) {
	over := f.over
	code := make([]byte, 0, len(f.buf))
	for _, b := range f.buf {
		if b >= 0x20 && b != 0x7F {
			code = append(code, b)
		}
	}
	f.buf, f.over = f.buf[:0], false
	return code, !over && len(code) > 0 && len(code) <= MaxLength
}
