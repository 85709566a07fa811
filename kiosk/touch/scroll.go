package touch

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/theme"
)

// Scroll is a window onto an object that is higher than it. A finger drags it; a finger that slides less than
// theme.SizeSlop on a control (which must be a [Press]) has tapped it. The desktop driver takes two pixels for a drag and
// drops the tap: this is where it is given back. A thumb at the right edge shows that there is more.
type Scroll struct {
	widget.BaseWidget
	content fyne.CanvasObject
	clip    *container.Clip
	inner   *fyne.Container
	thumb   *canvas.Rectangle
	offset  float32
	onMove  func()

	drag struct {
		on     bool
		moved  bool // beyond the slop
		total  fyne.Delta
		target *Press
	}
}

// NewScroll makes a window onto content. onMove, which may be nil, is called when the offset has changed.
func NewScroll(content fyne.CanvasObject, onMove func()) *Scroll {
	s := &Scroll{content: content, thumb: canvas.NewRectangle(nil), onMove: onMove}
	s.inner = container.NewWithoutLayout(content)
	s.clip = container.NewClip(s.inner)
	s.ExtendBaseWidget(s)
	return s
}

// Offset is how far the content has moved up.
func (s *Scroll) Offset() float32 { return s.offset }

// Hidden is how much of the content lies above and below what is seen.
func (s *Scroll) Hidden() (above, below float32) {
	return s.offset, max(0, s.high()-s.Size().Height-s.offset)
}

// ScrollTo moves the content up by offset, as far as there is content.
func (s *Scroll) ScrollTo(offset float32) {
	offset = min(max(0, offset), max(0, s.high()-s.Size().Height))
	if offset == s.offset {
		return
	}
	s.offset = offset
	s.place(s.Size())
	canvas.Refresh(s)
	if s.onMove != nil {
		s.onMove()
	}
}

// Reveal moves as little as is needed for the stretch from top to bottom, in the content's coordinates, to be seen.
func (s *Scroll) Reveal(top, bottom float32) {
	h := s.Size().Height
	switch {
	case top < s.offset || bottom-top > h:
		s.ScrollTo(top)
	case bottom > s.offset+h:
		s.ScrollTo(bottom - h)
	}
}

// ContentChanged lays the content out anew, after it has grown or shrunk.
func (s *Scroll) ContentChanged() {
	s.offset = min(s.offset, max(0, s.high()-s.Size().Height))
	s.place(s.Size())
	canvas.Refresh(s)
	if s.onMove != nil {
		s.onMove()
	}
}

func (s *Scroll) contentWidth() float32 { return max(1, s.Size().Width-Gap(1.5)) }

func (s *Scroll) high() float32 { return HeightFor(s.content, s.contentWidth()) }

// Dragged moves the content once the finger has left the slop.
func (s *Scroll) Dragged(ev *fyne.DragEvent) {
	d := &s.drag
	if !d.on {
		d.on, d.moved, d.total, d.target = true, false, fyne.Delta{}, finger.on
	}
	d.total.DX += ev.Dragged.DX
	d.total.DY += ev.Dragged.DY
	if !d.moved && math.Hypot(float64(d.total.DX), float64(d.total.DY)) <= float64(px(theme.SizeSlop)) {
		return
	}
	if !d.moved {
		d.moved = true
		letGo()
		s.ScrollTo(s.offset - d.total.DY)
		return
	}
	s.ScrollTo(s.offset - ev.Dragged.DY)
}

// DragEnd gives a tap back that was no drag.
func (s *Scroll) DragEnd() {
	d := s.drag
	s.drag.on, s.drag.target = false, nil
	letGo()
	if d.on && !d.moved && d.target != nil {
		d.target.tap()
	}
}

// tap acts through the control itself, which may have its own Tapped.
func (p *Press) tap() {
	if t, ok := p.self.(fyne.Tappable); ok {
		t.Tapped(&fyne.PointEvent{})
	}
}

// Scrolled follows a wheel, for technicians with a mouse.
func (s *Scroll) Scrolled(ev *fyne.ScrollEvent) { s.ScrollTo(s.offset - ev.Scrolled.DY*4) }

// HeightFor is what the content would need to be seen whole.
func (s *Scroll) HeightFor(width float32) float32 {
	return HeightFor(s.content, max(1, width-Gap(1.5)))
}

func (s *Scroll) place(size fyne.Size) {
	s.clip.Resize(size)
	high := s.high()
	s.inner.Move(fyne.NewPos(0, -s.offset))
	s.content.Resize(fyne.NewSize(s.contentWidth(), max(high, size.Height)))
	s.thumb.FillColor, s.thumb.CornerRadius = theme.Color(theme.ColorEdge), Gap(0.25)
	show(s.thumb, high > size.Height+1)
	if high > size.Height+1 {
		h := max(Gap(3), size.Height*size.Height/high)
		s.thumb.Resize(fyne.NewSize(Gap(0.5), h))
		s.thumb.Move(fyne.NewPos(size.Width-Gap(0.5), (size.Height-h)*s.offset/(high-size.Height)))
	}
}

// CreateRenderer draws the window and its thumb.
func (s *Scroll) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{s.clip, s.thumb}
	return &renderer{
		objects: func() []fyne.CanvasObject { return objects },
		layout: func(size fyne.Size) {
			s.offset = min(s.offset, max(0, s.high()-size.Height))
			s.place(size)
		},
		least:   func() fyne.Size { return fyne.NewSize(1, px(theme.SizeTouch)) },
		refresh: func() { s.place(s.Size()); s.clip.Refresh(); canvas.Refresh(s.thumb) },
	}
}
