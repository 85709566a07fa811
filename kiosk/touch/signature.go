package touch

import (
	"image"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
	"github.com/jonboulle/clockwork"

	"zizhuban/kiosk/theme"
	"zizhuban/sync/wire"
)

// Bounds of a signature, so that a pad that is scribbled on for minutes stays small in memory and in the envelope.
const (
	maxStrokes = 200
	maxPoints  = 8000 // in all strokes; about two minutes of writing
	minStep    = 2    // pixels between two recorded points
)

// SignaturePad is a surface to sign on with a finger. It records strokes with their time (wire.Stroke: thousandths of the
// pad's width, milliseconds since the first touch) and draws them as ink.
//
// The ink is one picture of the pad's size into which each new piece is drawn once; a repaint uploads that picture and
// nothing else, however long the signature is.
type SignaturePad struct {
	widget.BaseWidget
	id      string
	clock   clockwork.Clock
	hint    string
	onInk   func(strokes []wire.Stroke)
	strokes []wire.Stroke
	points  int
	first   time.Time
	pen     pen

	rect   *canvas.Rectangle
	base   *canvas.Rectangle
	text   *canvas.Text
	raster *canvas.Raster
	ink    *image.NRGBA
}

// pen is the stroke that is being drawn.
type pen struct {
	down       bool
	last, mid  fyne.Position // last point, and the middle of the last two, from which the next curve goes on
	recordedAt fyne.Position
}

// NewSignaturePad makes a pad. onInk is called with the whole signature after each stroke, and with none after Clear. hint
// stands on the pad while it is empty.
func NewSignaturePad(id, hint string, clock clockwork.Clock, onInk func([]wire.Stroke)) *SignaturePad {
	p := &SignaturePad{id: id, hint: hint, clock: clock, onInk: onInk, rect: canvas.NewRectangle(nil),
		base: canvas.NewRectangle(nil), text: canvas.NewText("", nil)}
	p.raster = canvas.NewRaster(func(w, h int) image.Image { return p.picture(w, h) })
	p.ExtendBaseWidget(p)
	return p
}

// ID names the pad.
func (p *SignaturePad) ID() string { return p.id }

// Label is the hint.
func (p *SignaturePad) Label() string { return p.hint }

// Enabled is always true.
func (p *SignaturePad) Enabled() bool { return true }

// Strokes is the signature so far.
func (p *SignaturePad) Strokes() []wire.Stroke { return copyStrokes(p.strokes) }

func copyStrokes(in []wire.Stroke) []wire.Stroke {
	out := make([]wire.Stroke, len(in))
	for i, s := range in {
		out[i] = append(wire.Stroke(nil), s...)
	}
	return out
}

// Signing tells whether a finger is writing now.
func (p *SignaturePad) Signing() bool { return p.pen.down }

// Clear wipes the ink from screen and memory, and tells of it.
func (p *SignaturePad) Clear() {
	p.Wipe()
	p.onInk(nil)
}

// Wipe is Clear without telling, for the end of a visit.
func (p *SignaturePad) Wipe() {
	for _, s := range p.strokes {
		clear(s)
	}
	p.strokes, p.points, p.pen = nil, 0, pen{}
	if p.ink != nil {
		clear(p.ink.Pix)
	}
	p.Refresh()
}

// MouseDown begins a stroke.
func (p *SignaturePad) MouseDown(ev *desktop.MouseEvent) {
	letGo()
	if len(p.strokes) >= maxStrokes || p.points >= maxPoints {
		return
	}
	if len(p.strokes) == 0 {
		p.first = p.clock.Now()
		p.text.Hide()
	}
	p.strokes = append(p.strokes, nil)
	p.pen = pen{down: true, last: ev.Position, mid: ev.Position}
	p.record(ev.Position)
	p.curve(ev.Position, ev.Position, ev.Position)
	canvas.Refresh(p.raster)
}

// Dragged goes on with the stroke.
func (p *SignaturePad) Dragged(ev *fyne.DragEvent) {
	if !p.pen.down {
		return
	}
	at := fyne.NewPos(min(max(0, ev.Position.X), p.Size().Width), min(max(0, ev.Position.Y), p.Size().Height))
	if distance(at, p.pen.recordedAt) < minStep || p.points >= maxPoints {
		return
	}
	mid := fyne.NewPos((p.pen.last.X+at.X)/2, (p.pen.last.Y+at.Y)/2)
	p.curve(p.pen.mid, p.pen.last, mid)
	p.pen.last, p.pen.mid = at, mid
	p.record(at)
	canvas.Refresh(p.raster)
}

// DragEnd ends the stroke.
func (p *SignaturePad) DragEnd() { p.lift() }

// MouseUp ends the stroke. The driver calls it before DragEnd; the first of the two counts.
func (p *SignaturePad) MouseUp(*desktop.MouseEvent) { p.lift() }

func (p *SignaturePad) lift() {
	if !p.pen.down {
		return
	}
	p.curve(p.pen.mid, p.pen.last, p.pen.last)
	p.pen.down = false
	canvas.Refresh(p.raster)
	p.onInk(p.Strokes())
}

func (p *SignaturePad) record(at fyne.Position) {
	w := max(1, p.Size().Width)
	s := &p.strokes[len(p.strokes)-1]
	*s = append(*s, wire.Point{
		X: int(math.Round(float64(at.X / w * 1000))),
		Y: int(math.Round(float64(at.Y / w * 1000))),
		T: int(p.clock.Since(p.first).Milliseconds()),
	})
	p.pen.recordedAt = at
	p.points++
}

func distance(a, b fyne.Position) float64 {
	return math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y))
}

// picture is the ink at the size that the driver asks for, which is the pad's in pixels of the device.
func (p *SignaturePad) picture(w, h int) image.Image {
	if p.ink == nil || p.ink.Rect.Dx() != w || p.ink.Rect.Dy() != h {
		p.ink = image.NewNRGBA(image.Rect(0, 0, w, h))
		p.redraw()
	}
	return p.ink
}

// redraw draws the recorded strokes into a new picture, after the pad has changed its size.
func (p *SignaturePad) redraw() {
	w := p.Size().Width
	for _, s := range p.strokes {
		at := func(i int) fyne.Position { return fyne.NewPos(float32(s[i].X)*w/1000, float32(s[i].Y)*w/1000) }
		mid := at(0)
		for i := range s {
			last := at(max(0, i-1))
			next := fyne.NewPos((last.X+at(i).X)/2, (last.Y+at(i).Y)/2)
			p.curve(mid, last, next)
			mid = next
		}
		p.curve(mid, at(len(s)-1), at(len(s)-1))
	}
}

// curve inks a quadratic curve, from a over the control point c to b, in the pad's coordinates.
func (p *SignaturePad) curve(a, c, b fyne.Position) {
	if p.ink == nil || p.Size().Width < 1 {
		return
	}
	scale := float64(p.ink.Rect.Dx()) / float64(p.Size().Width)
	radius := max(2.2, float64(p.Size().Width)/260) * scale
	steps := max(1, int((distance(a, c)+distance(c, b))*scale/4))
	x0, y0 := float64(a.X)*scale, float64(a.Y)*scale
	for i := 1; i <= steps; i++ {
		t := float64(i) / float64(steps)
		u := 1 - t
		x1 := (u*u*float64(a.X) + 2*u*t*float64(c.X) + t*t*float64(b.X)) * scale
		y1 := (u*u*float64(a.Y) + 2*u*t*float64(c.Y) + t*t*float64(b.Y)) * scale
		p.capsule(x0, y0, x1, y1, radius)
		x0, y0 = x1, y1
	}
}

// capsule inks a straight piece with round ends; its edge is one pixel soft.
func (p *SignaturePad) capsule(x0, y0, x1, y1, radius float64) {
	cr, cg, cb, _ := theme.Color(theme.ColorInk).RGBA()
	b := p.ink.Rect
	left, right := int(max(0, min(x0, x1)-radius-1)), int(min(float64(b.Dx()-1), max(x0, x1)+radius+1))
	top, bottom := int(max(0, min(y0, y1)-radius-1)), int(min(float64(b.Dy()-1), max(y0, y1)+radius+1))
	dx, dy := x1-x0, y1-y0
	length := dx*dx + dy*dy
	for y := top; y <= bottom; y++ {
		for x := left; x <= right; x++ {
			ox, oy := float64(x)+0.5-x0, float64(y)+0.5-y0
			t := 0.0
			if length > 0 {
				t = min(1, max(0, (ox*dx+oy*dy)/length))
			}
			cover := radius + 0.5 - math.Hypot(ox-t*dx, oy-t*dy)
			if cover <= 0 {
				continue
			}
			i := p.ink.PixOffset(x, y)
			alpha := uint8(min(1, cover) * 255)
			if p.ink.Pix[i+3] < alpha {
				p.ink.Pix[i], p.ink.Pix[i+1], p.ink.Pix[i+2], p.ink.Pix[i+3] = uint8(cr>>8), uint8(cg>>8), uint8(cb>>8), alpha
			}
		}
	}
}

func (p *SignaturePad) paint() {
	p.rect.FillColor, p.rect.StrokeColor = theme.Color(theme.ColorCard), theme.Color(theme.ColorEdge)
	p.rect.StrokeWidth, p.rect.CornerRadius = px(theme.SizeStroke), px(theme.SizeRadius)
	p.base.FillColor = theme.Color(theme.ColorLine)
	p.text.Text, p.text.Color, p.text.TextSize, p.text.Alignment = p.hint, theme.Color(theme.ColorMuted), px(theme.SizeLarge), fyne.TextAlignCenter
	show(p.text, len(p.strokes) == 0)
}

// CreateRenderer draws the pad, a line to write on, and the ink.
func (p *SignaturePad) CreateRenderer() fyne.WidgetRenderer {
	p.paint()
	objects := []fyne.CanvasObject{p.rect, p.base, p.text, p.raster}
	return &renderer{
		objects: func() []fyne.CanvasObject { return objects },
		layout: func(s fyne.Size) {
			p.rect.Resize(s)
			p.raster.Resize(s)
			p.base.Move(fyne.NewPos(s.Width*0.06, s.Height*0.78))
			p.base.Resize(fyne.NewSize(s.Width*0.88, 2))
			p.text.Move(fyne.NewPos(0, 0))
			p.text.Resize(s)
		},
		least:   func() fyne.Size { return fyne.NewSize(4*px(theme.SizeTouch), 2*px(theme.SizeTouch)) },
		refresh: func() { p.paint(); canvas.Refresh(p) },
	}
}
