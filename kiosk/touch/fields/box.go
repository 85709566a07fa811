package fields

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
	"zizhuban/sync/items"
)

// Short names of the colours that say what is wrong and what is being done.
const (
	danger = theme.ColorDanger
	brand  = theme.ColorBrand
)

// box is where a text or a number is typed: a frame with the text in large type and a caret. It is the keyboard's Target.
type box struct {
	touch.Press
	env     *env
	kind    kind
	layout  keyboard.Layout
	lines   int    // at least so many are shown
	hintKey string // of what stands in the empty box

	text   []rune
	at     int // the caret stands before this character
	typing bool
	wrong  bool
	limit  int // of characters; 0 for none

	rect  *canvas.Rectangle
	caret *canvas.Rectangle
	rows  []*canvas.Text
	hint  *canvas.Text
	unit  *canvas.Text // such as 元, at the right end
}

// span is a piece of the grouped text.
type span struct{ from, to int }

var (
	_ keyboard.Caret  = (*box)(nil)
	_ keyboard.Typist = (*box)(nil)
	_ touch.Described = (*box)(nil)
	_ part            = (*box)(nil)
)

func newBox(e *env, v form.FieldView) part { return makeBox(e, v) }

func makeBox(e *env, v form.FieldView) *box {
	b := &box{env: e, kind: kindOf(v.Type), layout: layoutOf(v.Type), lines: 1, hintKey: "tap",
		rect: canvas.NewRectangle(nil), caret: canvas.NewRectangle(nil), hint: canvas.NewText("", nil), unit: canvas.NewText("", nil)}
	if v.Type == items.TypeTextarea {
		b.lines = 3
	}
	if v.Type == items.TypeMoney {
		b.unit.Text = e.t("yuan")
	}
	b.Init(b, e.id(), nil, func() { b.paint(); canvas.Refresh(b.rect) })
	b.update(v)
	return b
}

func (b *box) object() fyne.CanvasObject { return b }

// update shows the view. While it is typed into, the box knows better than a view that is on its way.
func (b *box) update(v form.FieldView) {
	b.limit = b.kind.limit
	if v.MaxLen > 0 && (b.limit == 0 || v.MaxLen < b.limit) {
		b.limit = v.MaxLen
	}
	b.hint.Text = b.env.t(b.hintKey)
	wrong := v.Error != ""
	text := []rune(stringOf(v.Value))
	if b.wrong == wrong && (b.typing || string(text) == string(b.text)) {
		return
	}
	b.wrong = wrong
	if !b.typing {
		b.text, b.at = text, len(text)
	}
	b.Refresh()
}

// Label is what stands in the box.
func (b *box) Label() string { return string(b.text) }

// Text is what was typed.
func (b *box) Text() string { return string(b.text) }

// SetText replaces all of it.
func (b *box) SetText(s string) {
	b.text, b.at = nil, 0
	if s == "" {
		b.changed()
		return
	}
	b.Insert(s)
}

// Insert types s at the caret, as far as there is room and the field takes it.
func (b *box) Insert(s string) {
	taken := false
	for _, r := range s {
		r, ok := b.kind.take(r)
		if !ok || b.limit > 0 && len(b.text) >= b.limit {
			continue
		}
		text := slices.Insert(slices.Clone(b.text), b.at, r)
		if b.kind.fits != nil && !b.kind.fits(string(text)) {
			continue
		}
		b.text, taken = text, true
		b.at++
	}
	if taken {
		b.changed()
	}
}

// Backspace takes the character before the caret away.
func (b *box) Backspace() {
	if b.at == 0 {
		return
	}
	b.text = slices.Delete(slices.Clone(b.text), b.at-1, b.at)
	b.at--
	b.changed()
}

// Step moves the caret.
func (b *box) Step(by int) {
	b.at = min(max(0, b.at+by), len(b.text))
	b.Refresh()
}

// Typing shows or hides the caret.
func (b *box) Typing(on bool) {
	b.typing = on
	b.Refresh()
}

func (b *box) changed() {
	b.Refresh()
	if len(b.text) == 0 {
		b.env.on(b.env.path, nil)
		return
	}
	b.env.on(b.env.path, string(b.text))
}

// Tapped opens the keyboard, and puts the caret where the finger was.
func (b *box) Tapped(ev *fyne.PointEvent) {
	if !b.Enabled() {
		return
	}
	if ev.Position.IsZero() {
		b.at = len(b.text)
	} else {
		b.at = b.index(ev.Position)
	}
	if b.typing {
		b.Refresh()
		return
	}
	b.env.host.ShowKeyboard(b, b.layout)
}

// The measures of the box.

func (b *box) size() float32       { return theme.Size(theme.SizeLarge) }
func (b *box) lineHeight() float32 { return b.size() * theme.LineHeight }
func (b *box) padX() float32       { return touch.Gap(1.25) }

func (b *box) padY() float32 {
	return max(touch.Gap(0.5), (theme.Size(theme.SizeTouch)-b.lineHeight())/2)
}

func (b *box) room(width float32) float32 {
	room := width - 2*b.padX()
	if b.unit.Text != "" {
		room -= fyne.MeasureText(b.unit.Text, b.size(), fyne.TextStyle{}).Width + touch.Gap(1)
	}
	return max(room, b.size())
}

// HeightFor is the height at a width: as many lines as the text needs.
func (b *box) HeightFor(width float32) float32 {
	n := max(b.lines, len(b.lay(width)))
	return 2*b.padY() + float32(n)*b.lineHeight()
}

// grouped is the text as it is shown, and where each of its characters stands in it; one more for the end.
func (b *box) grouped() (shown []rune, at []int) {
	gaps := b.kind.groups(b.text)
	for i, r := range b.text {
		if slices.Contains(gaps, i) {
			shown = append(shown, b.kind.gap)
		}
		at = append(at, len(shown))
		shown = append(shown, r)
	}
	return shown, append(at, len(shown))
}

// notFirst are marks that do not begin a line (GB/T 15834).
const notFirst = "，。、；：？！）》”’】…·,.;:?!)"

// lay breaks the text into lines no wider than the box: at any character, but never before a mark that belongs to the one
// before it, which then goes down with it.
func (b *box) lay(width float32) []span {
	shown, _ := b.grouped()
	wide := func(r rune) float32 { return fyne.MeasureText(string(r), b.size(), fyne.TextStyle{}).Width }
	room, used, from := b.room(width), float32(0), 0
	var lines []span
	for i, r := range shown {
		w := wide(r)
		switch {
		case r == '\n':
			lines = append(lines, span{from, i})
			from, used, w = i+1, 0, 0
		case used+w > room && i-from > 1 && strings.ContainsRune(notFirst, r):
			lines = append(lines, span{from, i - 1})
			from, used = i-1, wide(shown[i-1])
		case used+w > room && i > from:
			lines = append(lines, span{from, i})
			from, used = i, 0
		}
		used += w
	}
	return append(lines, span{from, len(shown)})
}

// caretAt is where the caret stands: the line and the distance from its beginning.
func (b *box) caretAt(lines []span) (line int, x float32) {
	shown, at := b.grouped()
	place := 0
	if b.at > 0 {
		place = at[b.at-1] + 1
	}
	for i, l := range lines {
		if place <= l.to || i == len(lines)-1 {
			return i, fyne.MeasureText(string(shown[min(l.from, place):place]), b.size(), fyne.TextStyle{}).Width
		}
	}
	return 0, 0
}

// index finds the character before which a finger touched.
func (b *box) index(p fyne.Position) int {
	shown, at := b.grouped()
	lines := b.lay(b.Size().Width)
	l := lines[min(max(0, int((p.Y-b.padY())/b.lineHeight())), len(lines)-1)]
	x, place := b.padX(), l.to
	for i := l.from; i < l.to; i++ {
		w := fyne.MeasureText(string(shown[i]), b.size(), fyne.TextStyle{}).Width
		if p.X < x+w/2 {
			place = i
			break
		}
		x += w
	}
	i, _ := slices.BinarySearch(at, place)
	return min(i, len(b.text))
}

func (b *box) paint() {
	fill, edge, stroke := theme.ColorCard, theme.ColorEdge, theme.Size(theme.SizeStroke)
	if b.wrong {
		edge, stroke = danger, 2*stroke
	}
	if b.typing {
		edge, stroke = brand, 2*theme.Size(theme.SizeStroke)
	}
	if b.Down() {
		fill = theme.ColorAccent
	}
	b.rect.FillColor, b.rect.StrokeColor = theme.Color(fill), theme.Color(edge)
	b.rect.StrokeWidth, b.rect.CornerRadius = stroke, theme.Size(theme.SizeRadius)
	b.caret.FillColor = theme.Color(brand)
}

// place lays everything out.
func (b *box) place(s fyne.Size) {
	b.rect.Resize(s)
	shown, _ := b.grouped()
	lines := b.lay(s.Width)
	for len(b.rows) < len(lines) {
		b.rows = append(b.rows, canvas.NewText("", nil))
	}
	b.rows = b.rows[:len(lines)]
	ink := theme.Color(theme.ColorInk)
	for i, l := range lines {
		r := b.rows[i]
		r.Text, r.Color, r.TextSize = string(shown[l.from:l.to]), ink, b.size()
		r.Move(fyne.NewPos(b.padX(), b.padY()+float32(i)*b.lineHeight()))
		r.Resize(fyne.NewSize(b.room(s.Width), b.lineHeight()))
	}
	b.hint.Color, b.hint.TextSize = theme.Color(theme.ColorMuted), theme.Size(theme.SizeBody)
	b.hint.Move(fyne.NewPos(b.padX()+touch.Gap(0.5), b.padY()))
	b.hint.Resize(fyne.NewSize(b.room(s.Width), b.lineHeight()))
	show(b.hint, len(b.text) == 0 && !b.typing)
	b.unit.Color, b.unit.TextSize, b.unit.Alignment = theme.Color(theme.ColorMuted), b.size(), fyne.TextAlignTrailing
	b.unit.Move(fyne.NewPos(b.padX(), b.padY()))
	b.unit.Resize(fyne.NewSize(s.Width-2*b.padX(), b.lineHeight()))
	show(b.caret, b.typing)
	line, x := b.caretAt(lines)
	b.caret.Move(fyne.NewPos(b.padX()+x+1, b.padY()+float32(line)*b.lineHeight()+b.size()*0.12))
	b.caret.Resize(fyne.NewSize(4, b.lineHeight()-b.size()*0.24))
}

// CreateRenderer draws the box.
func (b *box) CreateRenderer() fyne.WidgetRenderer {
	b.paint()
	return &boxRenderer{b}
}

type boxRenderer struct{ b *box }

func (r *boxRenderer) Destroy()           {}
func (r *boxRenderer) Layout(s fyne.Size) { r.b.place(s) }
func (r *boxRenderer) MinSize() fyne.Size {
	return fyne.NewSize(1, r.b.HeightFor(max(1, r.b.Size().Width)))
}
func (r *boxRenderer) Refresh() { r.b.paint(); r.b.place(r.b.Size()); canvas.Refresh(r.b) }
func (r *boxRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.b.rect}
	for _, row := range r.b.rows {
		out = append(out, row)
	}
	return append(out, r.b.hint, r.b.unit, r.b.caret)
}
