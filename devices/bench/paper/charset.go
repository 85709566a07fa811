package paper

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// missing stands for a character that the printer cannot draw.
const missing = '\uFFFD'

// Picture stands in a line's text for a picture among the characters.
const Picture = '\uFFFC'

// high takes a character off b that begins with a byte from 80.
func (g *grammar) high(b []byte) token {
	one := func() token {
		if g.chinese {
			return token{kind: kindText, char: missing, size: 1}
		}
		return token{kind: kindText, char: codePage(g.page, b[0]), size: 1}
	}
	if !g.chinese || b[0] == 0x80 || b[0] == 0xFF {
		return one()
	}
	if len(b) < 2 {
		return token{}
	}
	switch lead, trail := b[0], b[1]; {
	case g.encoding == GB2312:
		// Lead bytes below A1 are not characters to such a printer; it prints something for each.
		if lead < 0xA1 || trail < 0xA1 || trail == 0xFF {
			return one()
		}
	case g.encoding == GB18030 && trail >= 0x30 && trail <= 0x39:
		if len(b) < 4 {
			return token{}
		}
		return token{kind: kindText, char: decode(b[:4]), size: 4, wide: true}
	case trail < 0x40 || trail == 0x7F || trail == 0xFF:
		return one()
	}
	r := decode(b[:2])
	if g.encoding == GB2312 && !inGB2312(b[0], b[1]) {
		r = missing
	}
	return token{kind: kindText, char: r, size: 2, wide: true}
}

// decode is the character of two or four bytes, U+FFFD where there is none.
func decode(b []byte) rune {
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return missing
	}
	r, n := utf8.DecodeRune(out)
	if n != len(out) {
		return missing
	}
	return r
}

// inGB2312 tells whether a row and cell of GB 2312-80 is taken: rows 1–9 symbols, 16–55 and 56–87 characters.
func inGB2312(lead, trail byte) bool {
	row, cell := int(lead)-0xA0, int(trail)-0xA0
	switch {
	case row >= 1 && row <= 9, row >= 16 && row <= 54, row >= 56 && row <= 87:
		return true
	case row == 55:
		return cell <= 89
	}
	return false
}

// pages are the code tables whose numbers most makers share (ESC t).
var pages = map[int]*charmap.Charmap{
	0: charmap.CodePage437, 2: charmap.CodePage850, 3: charmap.CodePage860, 4: charmap.CodePage863, 5: charmap.CodePage865,
	16: charmap.Windows1252, 17: charmap.CodePage866, 18: charmap.CodePage852, 19: charmap.CodePage858,
}

// codePage is the character of a byte from 80 outside the Chinese mode.
func codePage(page int, b byte) rune {
	m, ok := pages[page]
	if !ok {
		return missing
	}
	return m.DecodeByte(b)
}

// china is the international character set in which the dollar sign is a yuan sign (ESC R).
const china = 15

// single is the character of a byte below 80.
func single(b byte, nation int) rune {
	if nation == china && b == '$' {
		return '¥'
	}
	return rune(b)
}
