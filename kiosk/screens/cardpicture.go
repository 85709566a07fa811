package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// cardPicture is a drawing: a reader with its marked field, and a card above it (waiting), on it (reading), or on it with a
// tick (read) or a mark of trouble. It stands still; the phase changes it.
type cardPicture struct {
	widget.BaseWidget
	phase  visit.CardPhase
	reader *canvas.Rectangle
	field  *canvas.Rectangle
	card   *canvas.Rectangle
	photo  *canvas.Rectangle
	lines  []*canvas.Rectangle
	arrow  *touch.Icon
	mark   *touch.Icon
	disc   *canvas.Rectangle
}

func newCardPicture() *cardPicture {
	r := func() *canvas.Rectangle { return canvas.NewRectangle(nil) }
	p := &cardPicture{phase: visit.CardWaiting, reader: r(), field: r(), card: r(), photo: r(), disc: r(),
		lines: []*canvas.Rectangle{r(), r(), r(), r()},
		arrow: touch.NewIcon("chevron-down", theme.ColorBrand, 96), mark: touch.NewIcon("check", theme.ColorOnBrand, 64)}
	p.ExtendBaseWidget(p)
	return p
}

func (p *cardPicture) set(phase visit.CardPhase) {
	if p.phase != phase {
		p.phase = phase
		p.Refresh()
	}
}

func (p *cardPicture) paint() {
	fill := func(r *canvas.Rectangle, name, edge fyne.ThemeColorName, width, radius float32) {
		r.FillColor, r.StrokeColor, r.StrokeWidth, r.CornerRadius = theme.Color(name), theme.Color(edge), width, radius
	}
	fill(p.reader, theme.ColorDeep, theme.ColorDeep, 0, 28)
	fill(p.field, theme.ColorBrand, theme.ColorOnBrand, 4, 18)
	fill(p.card, theme.ColorCard, theme.ColorEdge, 3, 16)
	fill(p.photo, theme.ColorAccent, theme.ColorEdge, 2, 8)
	for _, l := range p.lines {
		fill(l, theme.ColorEdge, theme.ColorEdge, 0, 5)
	}
	switch p.phase {
	case visit.CardRead:
		p.mark.Set("check", theme.ColorOnBrand)
		fill(p.disc, theme.ColorOK, theme.ColorCard, 6, 60)
	case visit.CardFailed:
		p.mark.Set("x", theme.ColorOnBrand)
		fill(p.disc, theme.ColorDanger, theme.ColorCard, 6, 60)
	case visit.CardReading:
		p.mark.Set("hourglass", theme.ColorOnBrand)
		fill(p.disc, theme.ColorBrand, theme.ColorCard, 6, 60)
	}
}

func (p *cardPicture) place(s fyne.Size) {
	// All in a frame of 640×520, scaled to what there is.
	k := min(s.Width/640, s.Height/520)
	if k <= 0 {
		return
	}
	left, top := (s.Width-640*k)/2, (s.Height-520*k)/2
	put := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(left+x*k, top+y*k))
		o.Resize(fyne.NewSize(w*k, h*k))
	}
	put(p.reader, 60, 250, 520, 270)
	put(p.field, 150, 285, 340, 200)
	y := float32(292) // the card lies on the field
	waiting := p.phase == visit.CardWaiting
	if waiting {
		y = 0
	}
	const x, w, h = 166, 308, 186
	put(p.card, x, y, w, h)
	put(p.photo, x+w-98, y+28, 76, 100)
	for i, l := range p.lines {
		put(l, x+24, y+34+float32(i)*34, []float32{120, 150, 90, 130}[i], 12)
	}
	put(p.arrow, 272, 188, 96, 60)
	if waiting {
		p.arrow.Show()
		p.mark.Hide()
		p.disc.Hide()
		return
	}
	p.arrow.Hide()
	p.mark.Show()
	p.disc.Show()
	put(p.disc, 430, 230, 120, 120)
	p.disc.CornerRadius = 60 * k
	put(p.mark, 450, 250, 80, 80)
}

// CreateRenderer draws it.
func (p *cardPicture) CreateRenderer() fyne.WidgetRenderer {
	p.paint()
	return &pictureRenderer{p}
}

type pictureRenderer struct{ p *cardPicture }

func (r *pictureRenderer) Destroy()           {}
func (r *pictureRenderer) Layout(s fyne.Size) { r.p.place(s) }
func (r *pictureRenderer) MinSize() fyne.Size { return fyne.NewSize(240, 195) }
func (r *pictureRenderer) Refresh() {
	r.p.paint()
	r.p.place(r.p.Size())
	canvas.Refresh(r.p)
}

func (r *pictureRenderer) Objects() []fyne.CanvasObject {
	p := r.p
	out := []fyne.CanvasObject{p.reader, p.field, p.card, p.photo}
	for _, l := range p.lines {
		out = append(out, l)
	}
	return append(out, p.arrow, p.disc, p.mark)
}
