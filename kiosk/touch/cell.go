package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zizhuban/kiosk/theme"
)

// Cell is a card with an icon above a short title, and a number in its corner: a department or a theme in a grid.
type Cell struct {
	Press
	icon, title, count string

	rect  *canvas.Rectangle
	image *canvas.Image
	lines []*canvas.Text
	badge *canvas.Text
}

// NewCell makes a cell. count may be empty.
func NewCell(id, icon, title, count string, onTap func()) *Cell {
	c := &Cell{icon: icon, title: title, count: count, rect: canvas.NewRectangle(nil),
		image: &canvas.Image{FillMode: canvas.ImageFillContain}, badge: canvas.NewText("", nil)}
	c.Init(c, id, onTap, func() { c.paint(); canvas.Refresh(c.rect) })
	return c
}

// Label is the title.
func (c *Cell) Label() string { return c.title }

func (c *Cell) side() float32 { return px(theme.SizeIcon) * 1.15 }

// HeightFor is the height: icon and two lines of the title.
func (c *Cell) HeightFor(float32) float32 {
	return c.side() + 2*px(theme.SizeBody)*1.3 + Gap(2.25)
}

func (c *Cell) paint() {
	c.rect.FillColor, c.rect.StrokeColor = theme.Color(theme.ColorCard), theme.Color(theme.ColorLine)
	if c.Down() {
		c.rect.FillColor, c.rect.StrokeColor = theme.Color(theme.ColorAccent), theme.Color(theme.ColorBrand)
	}
	c.rect.StrokeWidth, c.rect.CornerRadius = px(theme.SizeStroke), px(theme.SizeRadius)
	setIcon(c.image, c.icon, theme.ColorBrand)
	c.badge.Text, c.badge.Color, c.badge.TextSize = c.count, theme.Color(theme.ColorMuted), px(theme.SizeCaption)
	c.badge.Alignment = fyne.TextAlignTrailing
	for _, l := range c.lines {
		l.Color = theme.Color(theme.ColorInk)
	}
}

func (c *Cell) place(s fyne.Size) {
	c.rect.Resize(s)
	side, pad := c.side(), Gap(0.75)
	room := fyne.NewSize(s.Width-2*pad, s.Height-side-Gap(2))
	lines, size, _ := fitIn(c.title, room, fyne.TextStyle{}, cellFitting)
	for len(c.lines) < len(lines) {
		c.lines = append(c.lines, canvas.NewText("", nil))
	}
	c.lines = c.lines[:len(lines)]
	high := size * 1.3
	top := (s.Height - side - Gap(0.5) - high*float32(len(lines))) / 2
	c.image.Resize(fyne.NewSquareSize(side))
	c.image.Move(fyne.NewPos((s.Width-side)/2, top))
	for i, line := range lines {
		l := c.lines[i]
		l.Text, l.TextSize, l.Alignment = line, size, fyne.TextAlignCenter
		setLine(l, fyne.NewPos(pad, top+side+Gap(0.5)+high*float32(i)), room.Width, high)
	}
	setLine(c.badge, fyne.NewPos(pad, Gap(0.5)), room.Width, px(theme.SizeCaption)*1.3)
}

// CreateRenderer draws the cell.
func (c *Cell) CreateRenderer() fyne.WidgetRenderer {
	c.paint()
	c.place(c.Size())
	return &renderer{
		objects: func() []fyne.CanvasObject {
			out := []fyne.CanvasObject{c.rect, c.image, c.badge}
			for _, l := range c.lines {
				out = append(out, l)
			}
			return out
		},
		layout:  func(s fyne.Size) { c.paint(); c.place(s); c.paint() },
		least:   func() fyne.Size { return fyne.NewSize(2*px(theme.SizeTouch), c.HeightFor(0)) },
		refresh: func() { c.place(c.Size()); c.paint(); canvas.Refresh(c) },
	}
}
