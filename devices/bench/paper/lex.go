package paper

import "fmt"

// The control characters.
const (
	nul = 0x00
	ht  = 0x09
	lf  = 0x0A
	ff  = 0x0C
	cr  = 0x0D
	dle = 0x10
	can = 0x18
	esc = 0x1B
	fs  = 0x1C
	gs  = 0x1D
)

// kind is what sort of thing a token is.
type kind int

const (
	kindText     kind = iota // one character, in one to four bytes
	kindControl              // a single control character
	kindCommand              // ESC, FS or GS with all it needs
	kindRealTime             // DLE …: was executed when it came in
	kindUnknown              // a printer eats these bytes and does nothing
)

// token is one command or one character.
type token struct {
	kind kind
	name string // such as "ESC @", "GS ( k"; of kindControl the character's name
	args []byte // parameters of fixed number
	data []byte // what follows them
	size int    // bytes in all
	char rune   // of kindText
	wide bool   // of kindText: a Chinese character
}

// Encoding is which characters a printer's font has.
type Encoding string

// The repertoires. Four-byte GB18030 is not in a printer's font that any manual describes.
const (
	GB2312  Encoding = "gb2312"  // lead A1–F7, trail A1–FE
	GBK     Encoding = "gbk"     // lead 81–FE, trail 40–7E and 80–FE
	GB18030 Encoding = "gb18030" // and four bytes
)

// grammar is what a model's parser knows, and the one mode that changes how bytes are taken apart.
type grammar struct {
	encoding Encoding
	lacks    map[string]bool
	chinese  bool
	page     int // code page of single bytes from 80
	nation   int // international character set
}

// params gives the number of parameter bytes of the commands that have a fixed number.
var params = map[byte]map[byte]int{
	esc: {
		'@': 0, '!': 1, ' ': 1, '$': 2, '%': 1, '-': 1, '2': 0, '3': 1, '=': 1, '?': 1, 'E': 1, 'G': 1, 'J': 1, 'K': 1,
		'L': 0, 'M': 1, 'R': 1, 'S': 0, 'T': 1, 'V': 1, 'W': 8, '\\': 2, 'a': 1, 'c': 2, 'd': 1, 'e': 1, 'i': 0, 'm': 0,
		'p': 3, 'r': 1, 't': 1, 'u': 1, 'v': 0, '{': 1,
	},
	gs: {
		'!': 1, '$': 2, '/': 1, ':': 0, 'B': 1, 'E': 1, 'H': 1, 'I': 1, 'L': 2, 'P': 2, 'T': 1, 'W': 2, '\\': 2, '^': 3,
		'a': 1, 'b': 1, 'c': 0, 'f': 1, 'h': 1, 'r': 1, 'w': 1,
	},
	fs: {'!': 1, '&': 0, '.': 0, '-': 1, '?': 2, 'C': 1, 'S': 2, 'W': 1, 'p': 2},
}

// longest is the longest command taken for one: a picture of the whole width and seven metres. A length beyond is a
// mistake, and a printer that believed it would swallow everything that comes.
const longest = 4 << 20

var prefixes = map[byte]string{esc: "ESC", fs: "FS", gs: "GS", dle: "DLE"}

var controls = map[byte]string{ht: "HT", lf: "LF", ff: "FF", cr: "CR", can: "CAN", nul: "NUL"}

// lex takes the first token off b. A size of 0 means that its end has not come yet.
func (g *grammar) lex(b []byte) token {
	if len(b) == 0 {
		return token{}
	}
	switch c := b[0]; {
	case c == esc || c == fs || c == gs:
		return g.command(b)
	case c == dle:
		return realTime(b)
	case c < 0x20:
		if name, ok := controls[c]; ok {
			return token{kind: kindControl, name: name, size: 1}
		}
		return token{kind: kindUnknown, name: fmt.Sprintf("%02X", c), size: 1}
	case c == 0x7F:
		return token{kind: kindUnknown, name: "DEL", size: 1}
	case c < 0x7F:
		return token{kind: kindText, char: single(c, g.nation), size: 1}
	}
	return g.high(b)
}

// command takes ESC, FS and GS apart.
func (g *grammar) command(b []byte) token {
	if len(b) < 2 {
		return token{}
	}
	name := prefixes[b[0]] + " " + string(rune(b[1]))
	if b[1] < 0x20 || b[1] >= 0x7F {
		name = fmt.Sprintf("%s %02X", prefixes[b[0]], b[1])
	}
	// A model that lacks a command swallows its first two bytes and prints the rest: users see "k1A2k1C…".
	if b[1] == '(' || b[1] == '8' && b[0] == gs {
		if len(b) < 3 {
			return token{}
		}
		name += " " + string(rune(b[2]))
	}
	if g.lacks[name] {
		return token{kind: kindUnknown, name: name, size: 2}
	}
	if n, ok := params[b[0]][b[1]]; ok {
		if len(b) < 2+n {
			return token{}
		}
		return token{kind: kindCommand, name: name, args: b[2 : 2+n], size: 2 + n}
	}
	args, data, ok := variable(b)
	if !ok {
		return token{kind: kindUnknown, name: name, size: 2}
	}
	size := 2 + args + data
	if data > longest {
		return token{kind: kindUnknown, name: name, size: 2}
	}
	if data < 0 || len(b) < size {
		return token{}
	}
	return token{kind: kindCommand, name: name, args: b[2 : 2+args], data: b[2+args : size], size: size}
}

// variable gives how many parameters and how many further bytes a command has whose length stands in it or ends with a
// mark. Data is -1 when that cannot be told yet; ok is false for a command that does not exist.
func variable(b []byte) (args, data int, ok bool) {
	at := func(i int) int { // parameter i, or -1
		if len(b) > 2+i {
			return int(b[2+i])
		}
		return -1
	}
	need := func(n int) bool { return len(b) >= 2+n }
	const wait = -1
	switch string(b[:2]) {
	case "\x1b*": // m nL nH d…
		if !need(3) {
			return 3, wait, true
		}
		rows := 1
		if at(0) >= 32 {
			rows = 3
		}
		return 3, rows * (at(1) + at(2)<<8), true
	case "\x1b&": // y c1 c2, then for each character x and y·x bytes
		if !need(3) {
			return 3, wait, true
		}
		if at(0) < 1 || at(0) > 3 || at(2) < at(1) {
			return 3, 0, true
		}
		n := 0
		for range at(2) - at(1) + 1 {
			x := at(3 + n)
			if x < 0 {
				return 3, wait, true
			}
			n += 1 + at(0)*x
		}
		return 3, n, true
	case "\x1bD": // columns, ended by NUL or by one that does not rise
		for i := 0; i <= 32; i++ {
			switch v := at(i); {
			case v < 0:
				return 0, wait, true
			case v == 0:
				return 0, i + 1, true
			case i > 0 && v <= at(i-1):
				return 0, i, true
			}
		}
		return 0, 32, true
	case "\x1b(", "\x1c(", "\x1d(": // fn pL pH …
		if !need(3) {
			return 3, wait, true
		}
		return 3, at(1) + at(2)<<8, true
	case "\x1d8": // L p1 p2 p3 p4 …
		if at(0) >= 0 && at(0) != 'L' {
			return 0, 0, false
		}
		if !need(5) {
			return 5, wait, true
		}
		return 5, at(1) + at(2)<<8 + at(3)<<16 + at(4)<<24, true
	case "\x1d*": // x y d…
		if !need(2) {
			return 2, wait, true
		}
		return 2, at(0) * at(1) * 8, true
	case "\x1dv": // 0 m xL xH yL yH d…
		if at(0) >= 0 && at(0) != '0' {
			return 0, 0, false
		}
		if !need(6) {
			return 6, wait, true
		}
		return 6, (at(2) + at(3)<<8) * (at(4) + at(5)<<8), true
	case "\x1dV": // m, or m n
		switch at(0) {
		case wait:
			return 1, wait, true
		case 65, 66, 97, 98, 103, 104:
			return 2, 0, true
		}
		return 1, 0, true
	case "\x1dk": // m d… NUL, or m n d…
		switch m := at(0); {
		case m < 0:
			return 1, wait, true
		case m <= 6:
			for i := 1; i <= 256; i++ {
				if at(i) < 0 {
					return 1, wait, true
				}
				if at(i) == 0 {
					return 1, i, true
				}
			}
			return 1, 256, true
		case m >= 65 && m <= 79:
			if !need(2) {
				return 2, wait, true
			}
			return 2, at(1), true
		}
		return 0, 0, false
	case "\x1dg": // 0 m nL nH, or 2 m nL nH
		return 4, 0, true
	case "\x1c2": // c1 c2 d1…d72
		return 2, 72, true
	case "\x1cq": // n, then for each picture xL xH yL yH and x·y·8 bytes
		if !need(1) {
			return 1, wait, true
		}
		n := 0
		for range at(0) {
			if at(4+n) < 0 {
				return 1, wait, true
			}
			n += 4 + (at(1+n)+at(2+n)<<8)*(at(3+n)+at(4+n)<<8)*8
		}
		return 1, n, true
	}
	return 0, 0, false
}

// realTime takes DLE sequences apart; what does not form one is a stray byte.
func realTime(b []byte) token {
	n := RealTime(b)
	switch {
	case n < 0:
		return token{kind: kindUnknown, name: "DLE", size: 1}
	case n == 0:
		return token{}
	}
	return token{kind: kindRealTime, name: fmt.Sprintf("DLE %02X", b[1]), args: b[2:n], size: n}
}

// RealTime tells how long the real-time command is with which b begins: 0 when its end has not come yet, -1 when b does
// not begin with one. Its first byte is DLE.
//
// Sources: Epson ESC/POS, DLE EOT, DLE ENQ, DLE DC4 fn 1, 2 and 8.
func RealTime(b []byte) int {
	if len(b) == 0 || b[0] != dle {
		return -1
	}
	if len(b) < 2 {
		return 0
	}
	want := 0
	switch b[1] {
	case 0x04: // EOT n; 7 and 8 have a second parameter, 18 too
		if len(b) < 3 {
			return 0
		}
		switch n := b[2]; {
		case n >= 1 && n <= 4:
			return 3
		case n == 7 || n == 8 || n == 18:
			want = 4
		case n == 17 || n == 20: // presenters: Custom, Pyramid
			return 3
		default:
			return -1
		}
	case 0x05: // ENQ n
		if len(b) < 3 {
			return 0
		}
		if b[2] > 2 {
			return -1
		}
		return 3
	case 0x14: // DC4 fn …
		if len(b) < 3 {
			return 0
		}
		switch b[2] {
		case 1, 2, 7:
			want = 5
		case 8:
			mark := []byte{1, 3, 20, 1, 6, 2, 8}
			for i, m := range mark {
				if len(b) <= 3+i {
					return 0
				}
				if b[3+i] != m {
					return -1
				}
			}
			return 10
		default:
			return -1
		}
	default:
		return -1
	}
	if len(b) < want {
		return 0
	}
	return want
}
