package keyboard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
)

// key is one key. It is never thrown away: a board of another layout puts another cap on it.
type key struct {
	touch.Press
	board *Keyboard
	cap   keycap
	ink   fyne.ThemeColorName

	rect  *canvas.Rectangle
	label *canvas.Text
	icon  *touch.Icon
}

func newKey(k *Keyboard) *key {
	c := &key{board: k, rect: canvas.NewRectangle(nil), label: canvas.NewText("", nil), icon: touch.NewIcon("delete", theme.ColorInk, 0)}
	c.label.Alignment = fyne.TextAlignCenter
	c.Init(c, "", func() {
		if c.cap.act != nil {
			k.touched()
			c.cap.act()
		}
	}, func() {
		c.paint()
		canvas.Refresh(c.rect)
	})
	return c
}

// ID names the key by what it writes or does.
func (c *key) ID() string { return c.cap.id }

// Label is what stands on the key.
func (c *key) Label() string { return c.cap.label }

// set puts another cap on the key. Only what looks different is drawn anew.
func (c *key) set(to keycap) {
	same := c.cap.label == to.label && c.cap.icon == to.icon && c.cap.rank == to.rank
	c.cap = to
	if !same {
		c.style()
		canvas.Refresh(c.label)
		canvas.Refresh(c.rect)
	}
}

// style takes colours and sizes from the theme.
func (c *key) style() {
	c.paint()
	c.label.Text = c.cap.label
	c.label.TextStyle.Bold = c.cap.rank == goOn
	c.fit(c.Size())
	if c.cap.icon == "" {
		c.icon.Hide()
		return
	}
	c.icon.Set(c.cap.icon, c.ink)
	c.icon.Show()
}

// paint colours the key as its rank and a finger on it want.
func (c *key) paint() {
	fill, edge, ink := theme.ColorCard, theme.ColorEdge, theme.ColorInk
	switch c.cap.rank {
	case side:
		fill = theme.ColorPaper
	case on:
		fill, edge = theme.ColorAccent, theme.ColorBrand
	case goOn:
		fill, edge, ink = theme.ColorBrand, theme.ColorBrand, theme.ColorOnBrand
	}
	if c.Down() {
		fill, edge = theme.ColorAccent, theme.ColorBrand
		if c.cap.rank == goOn {
			fill = theme.ColorDeep
		}
	}
	if !c.Enabled() {
		fill, edge, ink = theme.ColorOff, theme.ColorLine, theme.ColorDisabled
	}
	c.ink = ink
	c.rect.FillColor, c.rect.StrokeColor = theme.Color(fill), theme.Color(edge)
	c.rect.StrokeWidth, c.rect.CornerRadius = theme.Size(theme.SizeStroke), theme.Size(theme.SizeRadius)*0.75
	c.label.Color = theme.Color(ink)
}

// fit makes the label small enough for the key.
func (c *key) fit(s fyne.Size) {
	sizes := []fyne.ThemeSizeName{theme.SizeLarge, theme.SizeBody, theme.SizeCaption}
	if len([]rune(c.cap.label)) == 1 && s.Height > theme.Size(theme.SizeKey) {
		sizes = append([]fyne.ThemeSizeName{theme.SizeHeading}, sizes...)
	}
	for _, name := range sizes {
		c.label.TextSize = theme.Size(name)
		if fyne.MeasureText(c.cap.label, c.label.TextSize, c.label.TextStyle).Width <= s.Width-touch.Gap(0.5) {
			return
		}
	}
	// A long word of a candidate on a narrow key: as small as it must be.
	if w := fyne.MeasureText(c.cap.label, c.label.TextSize, c.label.TextStyle).Width; w > 0 {
		c.label.TextSize *= (s.Width - touch.Gap(0.5)) / w
	}
}

// CreateRenderer draws the key.
func (c *key) CreateRenderer() fyne.WidgetRenderer {
	c.style()
	return &keyRenderer{c, []fyne.CanvasObject{c.rect, c.label, c.icon}}
}

type keyRenderer struct {
	c       *key
	objects []fyne.CanvasObject
}

func (r *keyRenderer) Destroy() {}
func (r *keyRenderer) Layout(s fyne.Size) {
	r.c.rect.Resize(s)
	r.c.fit(s)
	r.c.label.Resize(s)
	side := min(theme.Size(theme.SizeIcon), s.Height*0.7)
	r.c.icon.Resize(fyne.NewSquareSize(side))
	r.c.icon.Move(fyne.NewPos((s.Width-side)/2, (s.Height-side)/2))
}
func (r *keyRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(theme.Size(theme.SizeKey)) }
func (r *keyRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *keyRenderer) Refresh() {
	r.c.style()
	canvas.Refresh(r.c.rect)
	canvas.Refresh(r.c.label)
	r.c.icon.Refresh()
}

var _ touch.Described = (*key)(nil)
