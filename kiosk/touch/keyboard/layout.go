package keyboard

import (
	"fyne.io/fyne/v2"

	"zizhuban/assets/i18n"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
)

// Layout is what the keyboard shows: one of the arrangements of keys below, or a Sheet.
type Layout struct {
	name  string
	sheet *sheet
}

// The arrangements of keys.
var (
	Digits   = Layout{name: "digits"}
	Decimal  = Layout{name: "decimal"} // digits and a point
	Phone    = Layout{name: "phone"}
	IDNumber = Layout{name: "idnumber"} // digits and X
	Code     = Layout{name: "code"}     // digits and the capitals of a unified social credit code
	Plate    = Layout{name: "plate"}    // provinces, then capitals and digits
	Latin    = Layout{name: "latin"}
	Pinyin   = Layout{name: "pinyin"}
)

// sheet is a field's own panel.
type sheet struct {
	title   string
	content fyne.CanvasObject
}

// Sheet is a layout that shows a panel of the field's own in place of keys, below a line with its title and 完成.
func Sheet(title string, content fyne.CanvasObject) Layout {
	return Layout{name: "sheet", sheet: &sheet{title, content}}
}

// String names the layout, for tests.
func (l Layout) String() string { return l.name }

// IsSheet tells whether the layout is a field's own panel.
func (l Layout) IsSheet() bool { return l.sheet != nil }

// rank is how a key looks.
type rank int

const (
	plain rank = iota
	side       // a key that does not write
	goOn       // 完成
	on         // a side key that is switched on
)

// keycap is what stands on one place of the board.
type keycap struct {
	id    string
	label string
	icon  string // instead of the label
	units float32
	rank  rank
	act   func()
	rows  int // how many rows it is high; 0 is 1
	blank bool
}

// wideBoard is the width from which the digits stand beside the letters instead of above them.
const wideBoard = 1400

func (k *Keyboard) word(key string) string { return i18n.T(k.lang, "touch.key."+key, nil) }

// chars makes plain keys of the characters of s.
func (k *Keyboard) chars(s string) []keycap {
	var caps []keycap
	for _, r := range s {
		caps = append(caps, k.write(string(r), 1))
	}
	return caps
}

// write is a key that writes text.
func (k *Keyboard) write(text string, units float32) keycap {
	label := text
	if k.mode.upper && len(text) == 1 && text[0] >= 'a' && text[0] <= 'z' {
		label = string(text[0] - 'a' + 'A')
	}
	return keycap{id: "key." + text, label: label, units: units, act: func() { k.char(label) }}
}

func blank(units float32) keycap { return keycap{units: units, blank: true} }

func (k *Keyboard) back(units float32) keycap {
	return keycap{id: "key.backspace", icon: "delete", units: units, rank: side, act: k.backspace}
}

func (k *Keyboard) wipe(units float32) keycap {
	return keycap{id: "key.clear", label: k.word("clear"), units: units, rank: side, act: k.clear}
}

func (k *Keyboard) finish(units float32, rows int) keycap {
	return keycap{id: "key.done", label: k.word("done"), units: units, rank: goOn, act: k.done, rows: rows}
}

func (k *Keyboard) toggler(id, label string, what *bool, units float32) keycap {
	r := side
	if *what {
		r = on
	}
	return keycap{id: id, label: label, units: units, rank: r, act: k.toggle(what)}
}

// board gives the rows of keys at a width.
func (k *Keyboard) board(width float32) [][]keycap {
	switch k.layout {
	case Digits, Phone:
		return k.pad(k.write("0", 3))
	case Decimal:
		return k.pad(k.write(".", 1), k.write("0", 2))
	case IDNumber:
		return k.pad(k.write("X", 1), k.write("0", 2))
	case Code:
		return k.codes("QWERTYUP", "ADFGHJKL", "XCBNM")
	case Plate:
		if !k.mode.letters {
			return k.provinces()
		}
		return k.codes("QWERTYUP", "ASDFGHJKL", "ZXCVBNM学警挂")
	case Latin, Pinyin:
		return k.letters(width)
	}
	return nil
}

// pad is a number pad with the given keys in its last row, in all three units wide.
func (k *Keyboard) pad(last ...keycap) [][]keycap {
	return [][]keycap{
		append(k.chars("123"), k.back(1)),
		append(k.chars("456"), k.wipe(1)),
		append(k.chars("789"), k.finish(1, 2)),
		append(last, blank(1)),
	}
}

// codes is a board of digits and capitals.
func (k *Keyboard) codes(rows ...string) [][]keycap {
	board := [][]keycap{k.chars("1234567890")}
	for _, row := range rows {
		board = append(board, k.chars(row))
	}
	if k.layout == Plate {
		last := append([]keycap{{id: "key.provinces", label: k.word("provinces"), units: 1.5, rank: side, act: k.toggle(&k.mode.letters)}}, k.chars("港澳")...)
		return append(board, append(last, k.back(1.5), k.wipe(1.5), k.finish(2.5, 1)))
	}
	return append(board, []keycap{k.wipe(2.5), k.back(2.5), k.finish(3, 1)})
}

// The one-character names of provinces on number plates (GA 36-2018), those near Zhejiang first.
var plateProvinces = []string{"浙沪苏皖赣闽鲁", "京津冀晋蒙辽吉", "黑豫鄂湘粤桂琼", "渝川贵云藏陕甘", "青宁新"}

func (k *Keyboard) provinces() [][]keycap {
	var board [][]keycap
	for _, row := range plateProvinces {
		board = append(board, k.chars(row))
	}
	last := len(board) - 1
	board[last] = append(board[last],
		keycap{id: "key.letters", label: k.word("letters"), units: 1, rank: side, act: k.toggle(&k.mode.letters)},
		k.back(1), k.finish(2, 1))
	return board
}

// letters is the board of the Latin and the pinyin keyboard.
func (k *Keyboard) letters(width float32) [][]keycap {
	rows := [][]keycap{k.chars("qwertyuiop"), k.chars("asdfghjkl"), k.chars("zxcvbnm")}
	switch {
	case k.mode.symbols && k.chinese():
		rows = [][]keycap{k.chars("（）《》“”、；：·"), k.chars("？！…—～￥#@/"), k.chars("【】-_+=&")}
	case k.mode.symbols:
		rows = [][]keycap{k.chars(`()<>"'/;:\`), k.chars("?!*~$#@%^"), k.chars("[]|_+=&")}
	}
	if k.chinese() {
		rows[2] = append([]keycap{{id: "key.'", label: k.word("divide"), units: 1.5, rank: side, act: func() { k.char("'") }}}, rows[2]...)
	} else {
		rows[2] = append([]keycap{k.toggler("key.shift", k.word("shift"), &k.mode.upper, 1.5)}, rows[2]...)
	}
	rows[2] = append(rows[2], k.back(1.5))
	rows = append(rows, k.bottom())
	if width < wideBoard {
		return append([][]keycap{k.chars("1234567890")}, rows...)
	}
	rows[1] = append(append([]keycap{blank(0.5)}, rows[1]...), blank(0.5))
	digits := [][]keycap{k.chars("789"), k.chars("456"), k.chars("123"), {k.write("0", 3)}}
	for i := range rows {
		rows[i] = append(append(rows[i], blank(0.35)), digits[i]...)
	}
	return rows
}

// bottom is the last row of the letters' board: ten units.
func (k *Keyboard) bottom() []keycap {
	comma, stop := "，", "。"
	if !k.chinese() {
		comma, stop = ",", "."
	}
	row := []keycap{k.toggler("key.symbols", k.word("symbols"), &k.mode.symbols, 1.2)}
	if k.layout == Pinyin {
		label := k.word("to.latin")
		if k.mode.english {
			label = k.word("to.pinyin")
		}
		row = append([]keycap{{id: "key.lang", label: label, units: 1.3, rank: side, act: k.toggle(&k.mode.english)}}, row...)
	}
	row = append(row, k.write(comma, 0.9), keycap{id: "key.space", label: k.word("space"), units: 2, act: k.space}, k.write(stop, 0.9))
	if k.layout == Pinyin {
		row = append(row, k.wipe(1.4))
	} else {
		row = append(row, k.write("-", 1), k.wipe(1.7))
	}
	return append(row, k.finish(2.3, 1))
}

// form is the measure of a layout at a width.
type form struct {
	pad, gap float32 // around all, between keys
	key      float32 // height of a key
	bar      float32 // height of the candidate bar with its line, 0 where there is none
	line     float32 // height of the line of letters; 0 where it stands within the bar
	width    float32 // of the board: a number pad does not fill the window
	rows     int
	height   float32
}

func (k *Keyboard) measure(width float32) form {
	f := form{pad: touch.Gap(0.75), gap: touch.Gap(0.5), key: theme.Size(theme.SizeKey), width: width}
	if k.layout.sheet != nil {
		f.height = k.sheet.HeightFor(width)
		return f
	}
	switch k.layout {
	case Layout{}:
		return f
	case Digits, Decimal, Phone, IDNumber:
		f.key *= 1.1
		f.rows, f.width = 4, min(width, f.key*8.4)
	case Latin, Pinyin:
		f.rows = 5
		if width >= wideBoard {
			f.rows = 4
		}
		if k.layout == Pinyin {
			f.bar = f.key + f.gap
			if width < wideBoard {
				f.line = theme.Size(theme.SizeBody) * 1.6
				f.bar += f.line
			}
		}
	case Plate, Code:
		f.rows = 5
		f.width = min(width, 1400)
	}
	f.height = 2*f.pad + f.bar + float32(f.rows)*f.key + float32(f.rows-1)*f.gap
	return f
}

// place puts everything where it belongs at the present size.
func (k *Keyboard) place() {
	size := k.Size()
	if size.Width < 1 {
		return
	}
	f := k.measure(size.Width)
	k.tray.FillColor = theme.Color(theme.ColorOff)
	k.tray.Resize(size)
	k.sheet.Resize(size)
	left := (size.Width-f.width)/2 + f.pad
	inner := f.width - 2*f.pad
	k.bar.place(f, left, inner)
	used := 0
	if !k.mode.expanded {
		used = k.placeBoard(f, left, inner)
	}
	for _, key := range k.keys[used:] {
		key.Hide()
	}
}

// placeBoard puts the rows of keys below the bar and tells how many keys it took.
func (k *Keyboard) placeBoard(f form, left, inner float32) int {
	board := k.board(k.Size().Width)
	y := f.pad + f.bar + float32(f.rows-len(board))*(f.key+f.gap) // a board with fewer rows stands at the foot
	unit := k.unit(board, f, inner)
	used := 0
	for _, row := range board {
		x := left + (inner-rowWidth(row, unit, f.gap))/2
		for _, c := range row {
			w := c.units*unit + (c.units-1)*f.gap
			if !c.blank {
				key := k.take(used)
				used++
				key.set(c)
				key.Move(fyne.NewPos(x, y))
				rows := float32(max(1, c.rows))
				key.Resize(fyne.NewSize(w, rows*f.key+(rows-1)*f.gap))
			}
			x += w + f.gap
		}
		y += f.key + f.gap
	}
	return used
}

// unit is the width of a key of one unit, so that the widest row fills the board.
func (k *Keyboard) unit(board [][]keycap, f form, inner float32) float32 {
	most := float32(1)
	for _, row := range board {
		most = max(most, units(row))
	}
	return (inner+f.gap)/most - f.gap
}

func units(row []keycap) float32 {
	var n float32
	for _, c := range row {
		n += c.units
	}
	return n
}

// rowWidth is the width of a row. A key of n units also takes the n-1 gaps between them, so that keys of all rows line up.
func rowWidth(row []keycap, unit, gap float32) float32 { return units(row)*(unit+gap) - gap }

// take gives key i of the pool, shown.
func (k *Keyboard) take(i int) *key {
	if i == len(k.keys) {
		k.keys = append(k.keys, newKey(k))
		k.gather()
	}
	k.keys[i].Show()
	return k.keys[i]
}
