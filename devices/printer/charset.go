package printer

import (
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// cell is one character as it goes to the printer: bytes of its own font, or dots.
type cell struct {
	r     rune
	bytes []byte // in the printer's font; nil where it is drawn
	width int    // in half-width columns
	glyph *glyph // where it is drawn
	space bool   // a line may break here and this character then vanishes
}

// shape turns text into cells. A character that the printer's font may lack is drawn from the embedded font; one that no font
// has becomes its code point in brackets, so that nothing is ever silently another character.
func shape(text string, p Profile) []cell {
	var cells []cell
	for _, r := range text {
		switch {
		case r == '\t' || r == 0xA0:
			r = ' '
		case r == '¥':
			r = '￥' // the printer's font has the wide one
		case r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)):
			continue // has no form of its own
		}
		if b := native(r, p.Charset); b != nil {
			cells = append(cells, cell{r: r, bytes: b, width: len(b), space: r == ' '})
			continue
		}
		if g := drawn(r); g != nil {
			cells = append(cells, cell{r: r, glyph: g, width: 2})
			continue
		}
		for _, c := range codePoint(r) {
			cells = append(cells, cell{r: c, bytes: []byte{byte(c)}, width: 1})
		}
	}
	return cells
}

// native gives the bytes of r where the printer's font surely has it: one for ASCII, two for Chinese.
func native(r rune, charset string) []byte {
	if r >= ' ' && r < 0x7F || r == '\n' {
		return []byte{byte(r)}
	}
	if charset == "ascii" {
		return nil
	}
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(string(r)))
	if err != nil || len(b) != 2 {
		return nil
	}
	if inGB2312(b[0], b[1]) || charset == "gbk" && inGBK(b[0], b[1], r) {
		return b
	}
	return nil
}

// inGB2312 tells whether a code is assigned in GB 2312-80.
func inGB2312(lead, trail byte) bool {
	if trail < 0xA1 || trail > 0xFE {
		return false
	}
	in := func(low, high byte) bool { return trail >= low && trail <= high }
	switch lead {
	case 0xA1, 0xA3:
		return true
	case 0xA2:
		return in(0xB1, 0xE2) || in(0xE5, 0xEE) || in(0xF1, 0xFC)
	case 0xA4:
		return in(0xA1, 0xF3)
	case 0xA5:
		return in(0xA1, 0xF6)
	case 0xA6:
		return in(0xA1, 0xB8) || in(0xC1, 0xD8)
	case 0xA7:
		return in(0xA1, 0xC1) || in(0xD1, 0xF1)
	case 0xA8:
		return in(0xA1, 0xBA) || in(0xC5, 0xE9)
	case 0xA9:
		return in(0xA4, 0xEF)
	case 0xD7:
		return in(0xA1, 0xF9)
	}
	return lead >= 0xB0 && lead <= 0xF7
}

// inGBK tells whether a two-byte code has meant the same character in every edition of GBK and GB 18030. The rows FE, A6 and
// A8 hold codes that were private-use in 2000 and 2005 and are ideographs since 2022: a printer's font may have either.
func inGBK(lead, trail byte, r rune) bool {
	switch {
	case unicode.Is(unicode.Co, r):
		return false
	case lead >= 0x81 && lead <= 0xA0: // GBK/3
		return true
	case lead >= 0xAA && lead <= 0xFD: // GBK/4
		return trail <= 0xA0
	}
	return false
}

// codePoint writes a character that cannot be shown as [U+2C317].
func codePoint(r rune) string {
	const digits = "0123456789ABCDEF"
	s := ""
	for n := r; n > 0 || len(s) < 4; n >>= 4 {
		s = digits[n&15:n&15+1] + s
	}
	return "[U+" + s + "]"
}
