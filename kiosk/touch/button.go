package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zizhuban/kiosk/theme"
)

// Kind is the rank of a button.
type Kind int

// The kinds.
const (
	Secondary Kind = iota // an edge and a label in the brand's colour
	Primary               // the one that goes on; at most one a screen
	Danger                // ends or deletes
	Quiet                 // no edge: a label and an icon on a card
	OnBar                 // on the brand-coloured top bar
	Chosen                // a Secondary that is the present choice
)

// iconPlace is where a button's icon stands.
type iconPlace int

const (
	before iconPlace = iota
	above
	after
)

// Button is a control with a label, and an icon before it where one is set. It is never lower than theme.SizeTouch; its
// label becomes smaller, then two lines, before it is cut off.
type Button struct {
	Press
	label string
	icon  string
	kind  Kind
	where iconPlace

	rect  *canvas.Rectangle
	image *canvas.Image
	lines []*canvas.Text
}

// NewButton makes a button. icon may be empty.
func NewButton(id, label, icon string, kind Kind, onTap func()) *Button {
	b := &Button{label: label, icon: icon, kind: kind, rect: canvas.NewRectangle(nil),
		image: &canvas.Image{FillMode: canvas.ImageFillContain}}
	b.Init(b, id, onTap, func() { b.paint(); canvas.Refresh(b.rect) })
	return b
}

// Label is what the button reads.
func (b *Button) Label() string { return b.label }

// SetLabel changes what the button reads.
func (b *Button) SetLabel(label string) {
	if b.label != label {
		b.label = label
		b.Refresh()
	}
}

// SetIcon changes the icon; empty takes it away.
func (b *Button) SetIcon(icon string) {
	if b.icon != icon {
		b.icon = icon
		b.Refresh()
	}
}

// SetKind changes the rank.
func (b *Button) SetKind(kind Kind) {
	if b.kind != kind {
		b.kind = kind
		b.Refresh()
	}
}

// IconAbove puts the icon above the label.
func (b *Button) IconAbove() *Button {
	b.where = above
	return b
}

// IconAfter puts the icon behind the label, as an arrow that goes on stands.
func (b *Button) IconAfter() *Button {
	b.where = after
	return b
}

// colors are surface, edge and text of the button as it is now.
func (b *Button) colors() (fill, edge, text fyne.ThemeColorName) {
	switch {
	case !b.Enabled() && b.kind == OnBar:
		return theme.ColorBrand, theme.ColorBrand, theme.ColorOnBrand
	case !b.Enabled():
		return theme.ColorOff, theme.ColorOff, theme.ColorDisabled
	}
	switch b.kind {
	case Primary:
		fill, edge, text = theme.ColorBrand, theme.ColorBrand, theme.ColorOnBrand
		if b.Down() {
			fill, edge = theme.ColorDeep, theme.ColorDeep
		}
	case Danger:
		fill, edge, text = theme.ColorCard, theme.ColorDanger, theme.ColorDanger
		if b.Down() {
			fill = theme.ColorDangerBg
		}
	case Quiet:
		fill, edge, text = theme.ColorCard, theme.ColorCard, theme.ColorBrand
		if b.Down() {
			fill, edge = theme.ColorAccent, theme.ColorAccent
		}
	case OnBar:
		fill, edge, text = theme.ColorBrand, theme.ColorOnBrand, theme.ColorOnBrand
		if b.Down() {
			fill = theme.ColorDeep
		}
	case Chosen:
		fill, edge, text = theme.ColorAccent, theme.ColorBrand, theme.ColorBrand
	default:
		fill, edge, text = theme.ColorCard, theme.ColorBrand, theme.ColorBrand
		if b.Down() {
			fill = theme.ColorAccent
		}
	}
	return fill, edge, text
}

func (b *Button) paint() {
	fill, edge, text := b.colors()
	b.rect.FillColor, b.rect.StrokeColor = theme.Color(fill), theme.Color(edge)
	b.rect.StrokeWidth, b.rect.CornerRadius = px(theme.SizeStroke), px(theme.SizeRadius)
	for _, l := range b.lines {
		l.Color = theme.Color(text)
	}
	if b.icon != "" {
		setIcon(b.image, b.icon, text)
	}
}

// fitting are the sizes and numbers of lines that a label is tried in, best first.
type fitting struct {
	size  fyne.ThemeSizeName
	lines int
}

var (
	buttonFitting = []fitting{{theme.SizeLarge, 1}, {theme.SizeBody, 1}, {theme.SizeBody, 2}, {theme.SizeCaption, 2}, {theme.SizeCaption, 3}}
	shortFitting  = []fitting{{theme.SizeLarge, 1}, {theme.SizeBody, 1}, {theme.SizeCaption, 1}}
	cellFitting   = []fitting{{theme.SizeBody, 2}, {theme.SizeCaption, 2}, {theme.SizeCaption, 3}}
)

// shortLabel is how many characters make a label that looks broken on two lines, such as 上一页.
const shortLabel = 4

// fitIn breaks a label so that it fits into a room, in the first way that does; where none does, in the last one.
func fitIn(label string, room fyne.Size, style fyne.TextStyle, ways []fitting) (lines []string, size float32, fits bool) {
	for _, f := range ways {
		size = px(f.size)
		lines = breakLines(label, room.Width, size, style)
		if len(lines) > f.lines || float32(len(lines))*size*1.3 > room.Height {
			continue
		}
		// A word that had to be broken inside is not a fit, while a smaller size may hold it whole.
		whole := true
		for _, u := range units(label, func(s string) float32 { return fyne.MeasureText(s, size, style).Width }) {
			whole = whole && u.width <= room.Width
		}
		if whole {
			return lines, size, true
		}
	}
	return lines, size, false
}

func (b *Button) place(s fyne.Size) {
	b.rect.Resize(s)
	bold := fyne.TextStyle{Bold: b.kind == Primary || b.kind == Chosen}
	pad, gap, side := px(theme.SizeGap), float32(0), float32(0)
	if b.icon != "" {
		side = max(0, min(px(theme.SizeIcon), s.Height-pad))
		gap = px(theme.SizeGap) * 0.75
	}
	room := fyne.NewSize(s.Width-2*pad-side-gap, s.Height-pad/2)
	if b.where == above {
		side *= 0.82
		room = fyne.NewSize(s.Width-pad, s.Height-pad*0.75-side)
	}
	if b.label == "" {
		gap = 0
	}
	ways := buttonFitting
	if len([]rune(b.label)) <= shortLabel {
		ways = shortFitting
	}
	lines, size, fits := fitIn(b.label, room, bold, ways)
	if !fits && b.where != above && b.icon != "" { // the words matter more than the picture
		side, gap = 0, 0
		room.Width = s.Width - pad
		if lines, size, fits = fitIn(b.label, room, bold, ways); !fits {
			lines, size, _ = fitIn(b.label, room, bold, buttonFitting)
		}
	}
	show(b.image, side > 0)
	var wide float32
	for len(b.lines) < len(lines) {
		b.lines = append(b.lines, canvas.NewText("", nil))
	}
	b.lines = b.lines[:len(lines)]
	for i, line := range lines {
		b.lines[i].Text, b.lines[i].TextSize, b.lines[i].TextStyle, b.lines[i].Alignment = line, size, bold, fyne.TextAlignCenter
		wide = max(wide, fyne.MeasureText(line, size, bold).Width)
	}
	high := size * 1.3
	block := high * float32(len(lines))
	b.image.Resize(fyne.NewSquareSize(side))
	if b.where == above {
		top := (s.Height - side - block) / 2
		b.image.Move(fyne.NewPos((s.Width-side)/2, top))
		for i, l := range b.lines {
			setLine(l, fyne.NewPos(0, top+side+high*float32(i)), s.Width, high)
		}
		return
	}
	x := (s.Width - wide - side - gap) / 2
	text, icon := x+side+gap, x
	if b.where == after {
		text, icon = x, x+wide+gap
	}
	b.image.Move(fyne.NewPos(icon, (s.Height-side)/2))
	for i, l := range b.lines {
		setLine(l, fyne.NewPos(text, (s.Height-block)/2+high*float32(i)), wide, high)
	}
}

// CreateRenderer draws surface, icon and label.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	b.place(b.Size())
	b.paint()
	return &renderer{
		objects: func() []fyne.CanvasObject {
			out := []fyne.CanvasObject{b.rect}
			if b.icon != "" {
				out = append(out, b.image)
			}
			for _, l := range b.lines {
				out = append(out, l)
			}
			return out
		},
		layout: func(s fyne.Size) { b.place(s); b.paint() },
		least: func() fyne.Size {
			w := fyne.MeasureText(b.label, px(theme.SizeLarge), fyne.TextStyle{Bold: b.kind == Primary}).Width
			if b.icon != "" && b.where != above {
				w += px(theme.SizeIcon) + px(theme.SizeGap)*0.75
			}
			return fyne.NewSize(max(w+2*px(theme.SizeGap), px(theme.SizeTouch)), px(theme.SizeTouch))
		},
		refresh: func() { b.place(b.Size()); b.paint(); canvas.Refresh(b) },
	}
}
