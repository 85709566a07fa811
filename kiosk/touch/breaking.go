package touch

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
)

// Characters that must not begin a line, and those that must not end one (GB/T 15834, 标点符号用法).
const (
	noStart = "，。、；：？！）」』》〉”’】〕…—·%％℃,.;:?!)]}"
	noEnd   = "（「『《〈“‘【〔([{￥¥"
)

// unit is a piece of text that is never broken, and its width.
type unit struct {
	text  string
	width float32
	space bool
}

// breakLines breaks text into lines no wider than width: after a space, or between two Chinese characters, but never before
// a closing or after an opening mark. A word wider than a line is broken where it must be. width 0 breaks at "\n" only.
func breakLines(text string, width, size float32, style fyne.TextStyle) []string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		lines = append(lines, breakParagraph(paragraph, width, size, style)...)
	}
	return lines
}

func breakParagraph(text string, width, size float32, style fyne.TextStyle) []string {
	measure := func(s string) float32 { return fyne.MeasureText(s, size, style).Width }
	if width <= 0 || measure(text) <= width {
		return []string{strings.TrimRightFunc(text, unicode.IsSpace)}
	}
	var lines [][]unit
	var line []unit
	var used float32
	flush := func() {
		lines = append(lines, line)
		line, used = nil, 0
	}
	for _, u := range units(text, measure) {
		if used > 0 && used+u.width > width && !u.space {
			flush()
		}
		if u.space && used == 0 && len(lines) > 0 {
			continue // no line begins with the space that it was broken at
		}
		if u.width <= width || u.space {
			line = append(line, u)
			used += u.width
			continue
		}
		for _, r := range u.text { // wider than a whole line
			w := measure(string(r))
			if used > 0 && used+w > width {
				flush()
			}
			line = append(line, unit{text: string(r), width: w})
			used += w
		}
	}
	if len(line) > 0 {
		flush()
	}
	keepCompany(lines, width, size)
	out := make([]string, len(lines))
	for i, l := range lines {
		var b strings.Builder
		for _, u := range l {
			b.WriteString(u.text)
		}
		out[i] = strings.TrimRightFunc(b.String(), unicode.IsSpace)
	}
	return out
}

// keepCompany gives a last line of a single character, or of a single short word, the one before it, where the line above can
// spare it: 参保证明打 / 印 becomes 参保证明 / 打印.
func keepCompany(lines [][]unit, width, size float32) {
	n := len(lines)
	if n < 2 {
		return
	}
	above, last := trimmed(lines[n-2]), trimmed(lines[n-1])
	if len(last) != 1 || last[0].width > max(2*size, width/4) {
		return
	}
	at := len(above) - 1
	if at < 2 { // what is left above must still be a line
		return
	}
	moved := append([]unit{}, lines[n-2][at:]...)
	if total(moved)+last[0].width > width {
		return
	}
	lines[n-2], lines[n-1] = lines[n-2][:at], append(moved, last...)
}

// trimmed is a line without the spaces at its end.
func trimmed(line []unit) []unit {
	for len(line) > 0 && line[len(line)-1].space {
		line = line[:len(line)-1]
	}
	return line
}

func total(line []unit) (width float32) {
	for _, u := range line {
		width += u.width
	}
	return width
}

// units cuts text into what is never broken: spaces, words of Latin letters and digits, single Chinese characters; marks
// stick to the neighbour that they belong to.
func units(text string, measure func(string) float32) []unit {
	var out []unit
	var cur []rune
	kind := 0 // of cur: 0 none, 1 space, 2 word, 3 closed, 4 open mark
	flush := func() {
		if len(cur) > 0 {
			s := string(cur)
			out = append(out, unit{text: s, width: measure(s), space: kind == 1})
			cur, kind = nil, 0
		}
	}
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			if kind != 1 {
				flush()
			}
			kind = 1
		case strings.ContainsRune(noStart, r) && (kind == 2 || kind == 3 || kind == 4):
			// stays with what is before it
			if kind == 4 {
				kind = 3
			}
		case strings.ContainsRune(noEnd, r):
			if kind != 4 {
				flush()
			}
			kind = 4
		case wide(r):
			if kind != 4 {
				flush()
			}
			kind = 3
		default: // a letter, a digit, a sign of a word
			if kind != 2 && kind != 4 {
				flush()
			}
			kind = 2
		}
		cur = append(cur, r)
	}
	flush()
	return out
}

// wide tells whether a line may be broken on either side of r, as on those of a Chinese character.
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || (r >= 0x3000 && r <= 0x303F) || (r >= 0xFF00 && r <= 0xFFEF) ||
		strings.ContainsRune("“”‘’…—·", r)
}

// ellipsis shortens a line so that it and "…" fit into width.
func ellipsis(line string, width, size float32, style fyne.TextStyle) string {
	runes := []rune(line)
	for len(runes) > 0 {
		s := strings.TrimRightFunc(string(runes), unicode.IsSpace) + "…"
		if fyne.MeasureText(s, size, style).Width <= width {
			return s
		}
		runes = runes[:len(runes)-1]
	}
	return "…"
}
