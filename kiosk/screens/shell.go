package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// frame is everything around the present screen: the bar above, the trail, the bar below (in landscape: the rail at the left),
// the keyboard, and what stands above all of them. Its size decides the orientation.
type frame struct {
	widget.BaseWidget
	w    *Window
	wide bool
	env  *env

	paper    *touch.Backdrop
	ground   fyne.CanvasObject
	top      *topBar
	trailBox *fyne.Container
	trail    *touch.Trail
	rail     *fyne.Container
	bar      *bar
	main     *touch.Button
	strip    fyne.CanvasObject // surface of the bar below
	body     *fyne.Container
	foot     *fyne.Container // in landscape, beside the main button
	dock     dock
	overlay  *overlay
	bare     bool // idle: the screen alone
}

var (
	_ desktop.Hoverable = (*frame)(nil)
	_ fyne.Widget       = (*frame)(nil)
)

func newFrame(w *Window) *frame {
	f := &frame{w: w, wide: w.opts.Size.Width > w.opts.Size.Height}
	f.ExtendBaseWidget(f)
	return f
}

// MouseIn, MouseMoved and MouseOut make every movement of the pointer, which each touch begins with, a sign of life. A frame is
// the one Hoverable of the window, so it hears of them wherever they happen. Not so while it is asked whether anybody is there:
// the movement would take the question away before the finger comes down, which would then press what stood below it. There a
// touch counts once it is let go.
func (f *frame) MouseIn(*desktop.MouseEvent) { f.stirred() }

// MouseMoved tells of a touch that goes on.
func (f *frame) MouseMoved(*desktop.MouseEvent) { f.stirred() }

func (f *frame) stirred() {
	if f.w.state.Warning == nil {
		f.w.visit.Touch()
	}
}

// MouseOut does nothing.
func (f *frame) MouseOut() {}

// MinSize is small: the window has the size that the panel has.
func (f *frame) MinSize() fyne.Size { return fyne.NewSize(320, 320) }

// Resize turns the screens when the orientation has changed.
func (f *frame) Resize(s fyne.Size) {
	if wide := s.Width > s.Height; wide != f.wide && s.Width > 1 {
		f.wide = wide
		f.w.rebuild()
	}
	f.BaseWidget.Resize(s)
}

// build makes all parts in the language and mode of env.
func (f *frame) build(e *env) {
	f.env = e
	f.paper = touch.NewBackdrop(e.visit.Touch)
	f.ground = touch.Surface(theme.ColorPaper)
	f.top = newTopBar(e)
	f.trail = touch.NewTrail(e.wide)
	f.bar = newBar(e)
	f.main = touch.NewButton("bar.next", "", "", touch.Primary, f.goOn).IconAfter()
	f.strip = touch.Surface(theme.ColorCard)
	if e.wide {
		f.trailBox = container.NewStack()
		f.rail = touch.Over(touch.Surface(theme.ColorCard), touch.Inset(touch.Gap(1.5), touch.Gap(1.5),
			touch.Column(touch.Gap(1), touch.Stretch(f.trail), f.bar.Container)))
	} else {
		f.trailBox = touch.Over(touch.Surface(theme.ColorCard), touch.Inset(touch.Gap(1), touch.Gap(0.75), f.trail))
		f.rail = container.NewStack()
	}
	f.dock.drop()
	f.body, f.foot = container.NewStack(), container.NewStack()
	f.overlay = newOverlay(e)
	f.place(f.Size())
	f.Refresh()
}

// setScreen shows a screen.
func (f *frame) setScreen(s screen) {
	f.body.Objects, f.foot.Objects = []fyne.CanvasObject{s.body()}, nil
	if x, ok := s.(footer); ok && f.wide {
		f.foot.Objects = []fyne.CanvasObject{x.foot()}
	}
	f.place(f.Size())
	f.Refresh()
}

// goOn is the main button.
func (f *frame) goOn() {
	if f.w.present == nil {
		return
	}
	if n := f.w.present.next(&f.w.state); n.do != nil && !n.off {
		n.do()
	}
}

// draw puts the state into the parts.
func (f *frame) draw(s *visit.State) {
	f.top.show(s)
	names, at := f.where(s)
	f.trail.Set(names, at, f.env.t("trail.at", "at", at+1, "of", len(names)))
	f.bar.show(s)
	n := f.w.present.next(s)
	f.main.SetLabel(n.label)
	f.main.SetIcon(n.icon)
	f.main.SetEnabled(!n.off)
	moved := setVisible(f.main, n.label != "")
	if bare := s.Step == visit.Idle; bare != f.bare {
		f.bare, moved = bare, true
	}
	if moved {
		f.place(f.Size())
		f.Refresh()
	}
	f.overlay.show(s, f.w.asking != nil)
}

// where names the steps. Before an item is chosen they are the four that every visit has.
func (f *frame) where(s *visit.State) (names []string, at int) {
	if s.TrailAt < 0 || len(s.Trail) == 0 {
		for _, key := range []string{"choose", "card", "form", "slip"} {
			names = append(names, f.env.t("trail."+key))
		}
		return names, 0
	}
	for _, step := range s.Trail {
		names = append(names, f.env.t("step."+string(step)))
	}
	return names, s.TrailAt
}

// CreateRenderer draws the parts from the ground up.
func (f *frame) CreateRenderer() fyne.WidgetRenderer { return &frameRenderer{f} }

type frameRenderer struct{ f *frame }

func (r *frameRenderer) Destroy()           {}
func (r *frameRenderer) Layout(s fyne.Size) { r.f.place(s) }
func (r *frameRenderer) MinSize() fyne.Size { return r.f.MinSize() }
func (r *frameRenderer) Refresh() {
	for _, o := range r.Objects() {
		o.Refresh()
	}
	// Parts that were made just now stand on no canvas yet, so that their own Refresh repaints nothing. The frame does.
	canvas.Refresh(r.f)
}

func (r *frameRenderer) Objects() []fyne.CanvasObject {
	f := r.f
	out := []fyne.CanvasObject{f.ground, f.paper}
	if f.bare {
		return append(out, f.body, f.overlay.Container)
	}
	out = append(out, f.strip, f.body, f.top.Container, f.trailBox, f.rail)
	if !f.wide {
		out = append(out, f.bar.Container)
	}
	if !f.wide || f.dock.object == nil { // in landscape the keyboard stands in their place
		out = append(out, f.main, f.foot)
	}
	if f.dock.object != nil {
		out = append(out, f.dock.object)
	}
	return append(out, f.overlay.Container)
}

// place gives each part its room.
func (f *frame) place(s fyne.Size) {
	if f.ground == nil || s.Width < 1 {
		return
	}
	put := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(0, w), max(0, h)))
	}
	put(f.ground, 0, 0, s.Width, s.Height)
	put(f.paper, 0, 0, s.Width, s.Height)
	put(f.overlay.Container, 0, 0, s.Width, s.Height)
	if f.bare {
		put(f.body, 0, 0, s.Width, s.Height)
		return
	}
	touchHigh := theme.Size(theme.SizeTouch)
	top := touchHigh + touch.Gap(2)
	put(f.top.Container, 0, 0, s.Width, top)
	margin, edge := pick(f.env, touch.Gap(2.25), touch.Gap(2)), touch.Gap(1.5)
	keyboard := f.dock.height(s)

	if f.wide {
		left := railWidth(f.env)
		put(f.trailBox, 0, 0, 0, 0)
		put(f.rail, 0, top, left, s.Height-top)
		foot := float32(0)
		switch {
		case keyboard > 0:
			foot = keyboard
			put(f.dock.object, left, s.Height-keyboard, s.Width-left, keyboard)
			put(f.strip, 0, 0, 0, 0)
		case f.main.Visible():
			foot = touchHigh + touch.Gap(2)
			w := max(5*touchHigh, f.main.MinSize().Width+touch.Gap(4))
			put(f.strip, left, s.Height-foot, s.Width-left, foot)
			put(f.main, s.Width-margin-w, s.Height-foot+touch.Gap(1), w, touchHigh)
			put(f.foot, left+margin, s.Height-foot+touch.Gap(1), s.Width-margin-w-left-margin-touch.Gap(1.5), touchHigh)
		default:
			put(f.strip, 0, 0, 0, 0)
		}
		put(f.body, left+margin, top+edge, s.Width-left-2*margin, s.Height-top-foot-2*edge)
		return
	}

	trail := touch.HeightFor(f.trailBox, s.Width)
	put(f.rail, 0, 0, 0, 0)
	put(f.foot, 0, 0, 0, 0)
	put(f.trailBox, 0, top, s.Width, trail)
	foot := touchHigh + touch.Gap(2)
	put(f.strip, 0, s.Height-foot, s.Width, foot)
	barWidth := s.Width - 2*margin
	if f.main.Visible() {
		w := barWidth * 0.4
		put(f.main, s.Width-margin-w, s.Height-foot+touch.Gap(1), w, touchHigh)
		barWidth -= w + touch.Gap(1)
	}
	put(f.bar.Container, margin, s.Height-foot+touch.Gap(1), barWidth, touchHigh)
	if keyboard > 0 {
		put(f.dock.object, 0, s.Height-foot-keyboard, s.Width, keyboard)
	}
	put(f.body, margin, top+trail+edge, s.Width-2*margin, s.Height-top-trail-foot-keyboard-2*edge)
}

// railWidth is the width of the rail in landscape.
func railWidth(e *env) float32 {
	if e.elder {
		return 3.6 * theme.Size(theme.SizeTouch)
	}
	return 3.7 * theme.Size(theme.SizeTouch)
}
