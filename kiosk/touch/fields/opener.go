package fields

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
)

// opener is a frame that shows a value, or what to do, and opens a panel where the keyboard would stand. It is the panel's
// Target, so that it is kept in view; nothing is typed into it.
type opener struct {
	touch.Press
	icon   *touch.Icon
	name   string // of the icon
	line   *touch.Text
	rect   *canvas.Rectangle
	hint   string
	value  string
	wrong  bool
	open   bool
	finish func() // 完成 was touched; may be nil
}

var (
	_ keyboard.Target   = (*opener)(nil)
	_ keyboard.Typist   = (*opener)(nil)
	_ keyboard.Finisher = (*opener)(nil)
	_ touch.Described   = (*opener)(nil)
)

func newOpener(id, icon, hint string, tap func()) *opener {
	o := &opener{name: icon, hint: hint, icon: touch.NewIcon(icon, brand, 0), line: touch.NewText(hint, touch.Muted), rect: canvas.NewRectangle(nil)}
	o.Init(o, id, tap, func() { o.paint(); canvas.Refresh(o.rect) })
	return o
}

// set shows a value; an empty one shows what to do.
func (o *opener) set(value string, wrong bool) {
	if value == o.value && wrong == o.wrong {
		return
	}
	o.value, o.wrong = value, wrong
	o.Refresh()
}

// Label is the value.
func (o *opener) Label() string { return o.value }

// Text is the value.
func (o *opener) Text() string { return o.value }

// SetText does nothing: a value is chosen in the panel.
func (o *opener) SetText(string) {}

// Typing shows whether the panel is open.
func (o *opener) Typing(on bool) {
	o.open = on
	o.Refresh()
}

// Finish takes what the panel shows.
func (o *opener) Finish() {
	if o.finish != nil {
		o.finish()
	}
}

func (o *opener) paint() {
	fill, edge, stroke := theme.ColorCard, theme.ColorEdge, theme.Size(theme.SizeStroke)
	if o.wrong {
		edge, stroke = danger, 2*stroke
	}
	if o.open {
		edge, stroke = brand, 2*theme.Size(theme.SizeStroke)
	}
	if o.Down() {
		fill = theme.ColorAccent
	}
	o.rect.FillColor, o.rect.StrokeColor = theme.Color(fill), theme.Color(edge)
	o.rect.StrokeWidth, o.rect.CornerRadius = stroke, theme.Size(theme.SizeRadius)
	if o.value == "" {
		o.line.SetStyle(touch.Muted)
		o.line.SetText(o.hint)
	} else {
		o.line.SetStyle(touch.Large)
		o.line.SetText(o.value)
	}
}

func (o *opener) textRoom(width float32) (x, w float32) {
	x = touch.Gap(1.25)
	return x, max(1, width-2*x-theme.Size(theme.SizeIcon)-touch.Gap(0.5))
}

// HeightFor is the height at a width.
func (o *opener) HeightFor(width float32) float32 {
	_, w := o.textRoom(width)
	return max(theme.Size(theme.SizeTouch), o.line.HeightFor(w)+touch.Gap(1))
}

// CreateRenderer draws the frame.
func (o *opener) CreateRenderer() fyne.WidgetRenderer {
	o.paint()
	return &openerRenderer{o, []fyne.CanvasObject{o.rect, o.line, o.icon}}
}

type openerRenderer struct {
	o       *opener
	objects []fyne.CanvasObject
}

func (r *openerRenderer) Destroy()                     {}
func (r *openerRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *openerRenderer) MinSize() fyne.Size {
	return fyne.NewSize(1, r.o.HeightFor(max(1, r.o.Size().Width)))
}

func (r *openerRenderer) Layout(s fyne.Size) {
	o := r.o
	o.rect.Resize(s)
	x, w := o.textRoom(s.Width)
	o.line.Move(fyne.NewPos(x, 0))
	o.line.Resize(fyne.NewSize(w, s.Height))
	side := theme.Size(theme.SizeIcon)
	o.icon.Move(fyne.NewPos(s.Width-x-side, 0))
	o.icon.Resize(fyne.NewSize(side, s.Height))
}

func (r *openerRenderer) Refresh() {
	r.o.paint()
	r.Layout(r.o.Size())
	r.o.line.Refresh()
	r.o.icon.Refresh()
	canvas.Refresh(r.o.rect)
}
