package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
)

// searchBox is where a search is typed. What it holds is the machine's query; a change goes to the machine at once.
type searchBox struct {
	touch.Press
	env     *env
	onTap   func()
	text    string
	waiting string // letters on the keyboard that have not become text yet; they are searched for, too
	typing  bool

	rect  *canvas.Rectangle
	icon  *touch.Icon
	line  *touch.Text
	caret *canvas.Rectangle
}

var (
	_ keyboard.Target    = (*searchBox)(nil)
	_ keyboard.Typist    = (*searchBox)(nil)
	_ keyboard.Composing = (*searchBox)(nil)
)

func newSearchBox(e *env, id string, onTap func()) *searchBox {
	b := &searchBox{env: e, onTap: onTap, rect: canvas.NewRectangle(nil), caret: canvas.NewRectangle(nil),
		icon: touch.NewIcon("search", theme.ColorBrand, 0), line: touch.NewText("", touch.Muted.Max(1))}
	b.Init(b, id, func() { b.onTap() }, func() { b.paint(); canvas.Refresh(b.rect) })
	b.set("")
	return b
}

// Label is what stands in the box.
func (b *searchBox) Label() string { return b.line.Text() }

// Text is the query.
func (b *searchBox) Text() string { return b.text }

// SetText is the keyboard's: the query changes.
func (b *searchBox) SetText(text string) {
	const longest = 40 // characters; no item is found by more
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest])
	}
	b.text, b.waiting = text, ""
	b.show(text)
	b.env.visit.Search(text)
}

// Composing searches by the letters that have not become Chinese yet: pinyin and initials find items too.
func (b *searchBox) Composing(letters string) {
	b.waiting = letters
	b.show(b.text + letters)
	b.env.visit.Search(b.text + letters)
}

// Typing shows whether it is typed into.
func (b *searchBox) Typing(on bool) {
	b.typing = on
	b.Refresh()
}

// set shows the machine's query; the letters that still wait on the keyboard are part of it.
func (b *searchBox) set(text string) {
	if text != b.text+b.waiting {
		b.text, b.waiting = text, ""
	}
	b.show(text)
}

func (b *searchBox) show(text string) {
	if text == "" {
		b.line.SetStyle(touch.Muted.Max(1))
		b.line.SetShort(b.env.t("search.short"))
		b.line.SetText(b.env.t("search.hint"))
	} else {
		b.line.SetShort("")
		b.line.SetStyle(touch.Large.Max(1))
		b.line.SetText(text)
	}
	b.Refresh()
}

func (b *searchBox) paint() {
	b.rect.FillColor, b.rect.StrokeColor = theme.Color(theme.ColorCard), theme.Color(theme.ColorBrand)
	b.rect.StrokeWidth, b.rect.CornerRadius = theme.Size(theme.SizeStroke), theme.Size(theme.SizeTouch)/2
	if b.typing {
		b.rect.StrokeWidth *= 2
	}
	if b.Down() {
		b.rect.FillColor = theme.Color(theme.ColorAccent)
	}
	b.caret.FillColor = theme.Color(theme.ColorBrand)
}

// MinSize is that of a control.
func (b *searchBox) MinSize() fyne.Size {
	return fyne.NewSize(4*theme.Size(theme.SizeTouch), theme.Size(theme.SizeTouch))
}

// CreateRenderer draws the box.
func (b *searchBox) CreateRenderer() fyne.WidgetRenderer {
	b.paint()
	return &searchRenderer{b}
}

type searchRenderer struct{ b *searchBox }

func (r *searchRenderer) Destroy()           {}
func (r *searchRenderer) MinSize() fyne.Size { return r.b.MinSize() }
func (r *searchRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.b.rect, r.b.icon, r.b.line, r.b.caret}
}

func (r *searchRenderer) Layout(s fyne.Size) {
	b := r.b
	b.rect.Resize(s)
	side, pad := theme.Size(theme.SizeIcon), touch.Gap(1.75)
	b.icon.Move(fyne.NewPos(pad, 0))
	b.icon.Resize(fyne.NewSize(side, s.Height))
	x := pad + side + touch.Gap(1)
	b.line.Move(fyne.NewPos(x, 0))
	b.line.Resize(fyne.NewSize(max(1, s.Width-x-pad), s.Height))
	b.caret.Hide()
	if b.typing {
		w := float32(0)
		if b.text+b.waiting != "" {
			w = min(b.line.Width(), s.Width-x-pad)
		}
		b.caret.Show()
		b.caret.Move(fyne.NewPos(x+w+2, s.Height*0.25))
		b.caret.Resize(fyne.NewSize(4, s.Height*0.5))
	}
}

func (r *searchRenderer) Refresh() {
	r.b.paint()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}
