package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zizhuban/kiosk/theme"
)

// TileView is what a tile shows.
type TileView struct {
	Icon   string // empty for none
	Title  string
	Detail string             // below the title, in small print
	Tag    string             // at the right of the detail, on its own surface, such as 即办
	Arrow  bool               // a chevron at the right edge
	Dim    bool               // looks as if it could not be done, yet answers: the guide tells why
	Lines  int                // most lines of the title; 0 is 3
	Size   fyne.ThemeSizeName // of the title; SizeBody when empty
}

// Tile is a card that can be touched: an item, a department, a theme. It is Flexible.
type Tile struct {
	Press
	view   TileView
	rect   *canvas.Rectangle
	disc   *canvas.Rectangle
	icon   *Icon
	arrow  *Icon
	title  *Text
	detail *Text
	tagBg  *surface
	tag    *Text
}

// NewTile makes a tile.
func NewTile(id string, view TileView, onTap func()) *Tile {
	t := &Tile{rect: canvas.NewRectangle(nil), disc: canvas.NewRectangle(nil),
		icon:  NewIcon("", theme.ColorBrand, 0),
		arrow: NewIcon("chevron-right", theme.ColorBrand, 0), title: NewText("", Body),
		detail: NewText("", Caption.Max(3)), tagBg: newSurface(theme.ColorOKBg, ""),
		tag: NewText("", Style{Size: theme.SizeCaption, Color: theme.ColorOK}.Centred().Max(1))}
	t.Init(t, id, onTap, func() { t.paint(); canvas.Refresh(t.rect) })
	t.view = view
	t.fill()
	return t
}

// Label is the tile's title.
func (t *Tile) Label() string { return t.view.Title }

// Set changes what the tile shows.
func (t *Tile) Set(view TileView) {
	if t.view == view {
		return
	}
	t.view = view
	t.Refresh()
}

// fill puts the view into the parts.
func (t *Tile) fill() {
	v := t.view
	color := theme.ColorInk
	if v.Dim {
		color = theme.ColorMuted
	}
	lines := v.Lines
	if lines == 0 {
		lines = 3
	}
	t.title.style, t.title.text = Style{Size: v.Size, Color: color, Lines: lines}, v.Title
	t.detail.text, t.tag.text = v.Detail, v.Tag
	t.icon.name = v.Icon
	show(t.icon, v.Icon != "")
	show(t.disc, v.Icon != "")
	show(t.arrow, v.Arrow)
	show(t.detail, v.Detail != "")
	show(t.tag, v.Tag != "")
	show(t.tagBg, v.Tag != "")
}

func show(o fyne.CanvasObject, on bool) {
	if on != o.Visible() {
		if on {
			o.Show()
		} else {
			o.Hide()
		}
	}
}

func (t *Tile) paint() {
	t.rect.FillColor, t.rect.StrokeColor = theme.Color(theme.ColorCard), theme.Color(theme.ColorLine)
	t.rect.StrokeWidth, t.rect.CornerRadius = px(theme.SizeStroke), px(theme.SizeRadius)
	t.disc.FillColor, t.disc.CornerRadius = theme.Color(theme.ColorAccent), px(theme.SizeRadius)
	if t.Down() {
		t.rect.FillColor, t.rect.StrokeColor = theme.Color(theme.ColorAccent), theme.Color(theme.ColorBrand)
	}
}

// tileSpace are the distances inside a tile.
type tileSpace struct{ pad, disc, gap, arrow, text float32 }

func (t *Tile) space(width float32) tileSpace {
	s := tileSpace{pad: Gap(1.25), gap: Gap(1.25)}
	s.text = width - 2*s.pad
	if t.view.Icon != "" {
		s.disc = px(theme.SizeIcon) + Gap(1.5)
		s.text -= s.disc + s.gap
	}
	if t.view.Arrow {
		s.arrow = px(theme.SizeIcon)
		s.text -= s.arrow + Gap(0.5)
	}
	return s
}

// HeightFor is the height at a width.
func (t *Tile) HeightFor(width float32) float32 {
	s := t.space(width)
	return max(max(t.title.HeightFor(s.text)+t.below(s.text), s.disc)+2*Gap(1), px(theme.SizeTouch))
}

// tagged is the width that the tag takes, with the room behind it.
func (t *Tile) tagged() float32 {
	if t.view.Tag == "" {
		return 0
	}
	return t.tag.Width() + Gap(1.75)
}

// below is the height of what stands below the title.
func (t *Tile) below(width float32) float32 {
	switch {
	case t.view.Detail != "":
		return t.detail.HeightFor(width - t.tagged())
	case t.view.Tag != "":
		return t.tag.lineHeight()
	}
	return 0
}

func (t *Tile) place(size fyne.Size) {
	s := t.space(size.Width)
	t.rect.Resize(size)
	x := s.pad
	if s.disc > 0 {
		t.disc.Resize(fyne.NewSquareSize(s.disc))
		t.disc.Move(fyne.NewPos(x, (size.Height-s.disc)/2))
		t.icon.Resize(fyne.NewSquareSize(s.disc))
		t.icon.Move(fyne.NewPos(x, (size.Height-s.disc)/2))
		x += s.disc + s.gap
	}
	if s.arrow > 0 {
		t.arrow.Resize(fyne.NewSquareSize(s.arrow))
		t.arrow.Move(fyne.NewPos(size.Width-s.pad-s.arrow, (size.Height-s.arrow)/2))
	}
	title := t.title.HeightFor(s.text)
	below := t.below(s.text)
	y := (size.Height - title - below) / 2
	t.title.Resize(fyne.NewSize(s.text, title))
	t.title.Move(fyne.NewPos(x, y))
	detail := s.text
	if t.view.Tag != "" {
		w, line := t.tagged()-Gap(0.75), t.tag.lineHeight()
		t.tagBg.Resize(fyne.NewSize(w, line-4))
		t.tagBg.Move(fyne.NewPos(x, y+title+2))
		t.tag.Resize(fyne.NewSize(w, line-4))
		t.tag.Move(fyne.NewPos(x, y+title+2))
		x += t.tagged()
		detail -= t.tagged()
	}
	t.detail.Resize(fyne.NewSize(max(1, detail), below))
	t.detail.Move(fyne.NewPos(x, y+title))
}

// CreateRenderer draws the tile.
func (t *Tile) CreateRenderer() fyne.WidgetRenderer {
	t.paint()
	objects := []fyne.CanvasObject{t.rect, t.disc, t.icon, t.title, t.tagBg, t.tag, t.detail, t.arrow}
	return &renderer{
		objects: func() []fyne.CanvasObject { return objects },
		layout:  t.place,
		least: func() fyne.Size {
			return fyne.NewSize(px(theme.SizeTouch), t.HeightFor(max(t.Size().Width, 4*px(theme.SizeTouch))))
		},
		refresh: func() {
			t.fill()
			t.paint()
			for _, o := range objects {
				o.Refresh()
			}
			t.place(t.Size())
			canvas.Refresh(t)
		},
	}
}
