package keyboard

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
)

// TypedRune takes a character from a physical keyboard, or a pasted one. What the layout has no key for is passed over: no
// letter gets into a telephone number.
func (k *Keyboard) TypedRune(r rune) {
	if k.target == nil || k.layout.IsSheet() {
		return
	}
	if k.composing() && r >= '1' && r <= '9' { // as every pinyin keyboard has it: a digit chooses
		k.touched()
		k.choose(k.bar.starts[len(k.bar.starts)-1] + int(r-'1'))
		return
	}
	if k.composing() && r == ' ' {
		k.touched()
		k.space()
		return
	}
	s := k.accept(r)
	if s == "" {
		return
	}
	k.touched()
	if k.chinese() && r < unicode.MaxASCII {
		s = strings.ToLower(s)
	}
	if k.chinese() && s == "'" && !k.composing() {
		k.insert(s)
		return
	}
	k.char(s)
}

// Paste takes a text as it is, as from a scanner that acts as a keyboard.
func (k *Keyboard) Paste(text string) {
	if k.target == nil || k.layout.IsSheet() {
		return
	}
	k.touched()
	k.settle()
	var b strings.Builder
	for _, r := range text {
		b.WriteString(k.accept(r))
	}
	k.insert(b.String())
}

// accept is what a character becomes in the present layout; empty where it has no place.
func (k *Keyboard) accept(r rune) string {
	digit := r >= '0' && r <= '9'
	upper := unicode.ToUpper(r)
	capital := upper >= 'A' && upper <= 'Z'
	switch k.layout {
	case Digits, Phone:
		if digit {
			return string(r)
		}
	case Decimal:
		if digit || r == '.' {
			return string(r)
		}
	case IDNumber:
		if digit || upper == 'X' {
			return string(upper)
		}
	case Code:
		if digit || capital {
			return string(upper)
		}
	case Plate:
		if digit || capital || strings.ContainsRune("学警挂港澳", r) || strings.ContainsRune(strings.Join(plateProvinces, ""), r) {
			return string(upper)
		}
	case Latin, Pinyin:
		if unicode.IsPrint(r) {
			return string(r)
		}
	}
	return ""
}

// TypedKey takes a key from a physical keyboard that is no character.
func (k *Keyboard) TypedKey(ev *fyne.KeyEvent) {
	if k.target == nil {
		return
	}
	k.touched()
	switch ev.Name {
	case fyne.KeyBackspace:
		if !k.layout.IsSheet() {
			k.backspace()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if k.composing() { // the letters themselves are meant
			k.insert(k.composer.Letters())
			k.bar.update()
			return
		}
		k.done()
	case fyne.KeyEscape:
		if k.composing() {
			k.clear()
		}
	case fyne.KeyPageDown:
		if k.composing() {
			k.bar.turn(1)
		}
	case fyne.KeyPageUp:
		if k.composing() {
			k.bar.turn(-1)
		}
	case fyne.KeyLeft, fyne.KeyRight:
		if c, ok := k.target.(Caret); ok && !k.composing() {
			by := 1
			if ev.Name == fyne.KeyLeft {
				by = -1
			}
			c.Step(by)
		}
	}
}
