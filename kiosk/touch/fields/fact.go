package fields

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
)

// fact is a value that cannot be changed here, with an icon that says why: a lock before what the card tells, a paper before
// what is handed in.
type fact struct {
	widget.BaseWidget
	env  *env
	icon *touch.Icon
	text *touch.Text
	body *fyne.Container
}

func newFact(e *env, v form.FieldView) part { return makeFact(e, v, "lock", touch.Large) }

// newHandover tells how a material is handed in, as this terminal has no camera for it.
func newHandover(e *env, v form.FieldView) part { return makeFact(e, v, "file-text", touch.Body) }

func makeFact(e *env, v form.FieldView, icon string, style touch.Style) *fact {
	f := &fact{env: e, icon: touch.NewIcon(icon, theme.ColorMuted, theme.Size(theme.SizeIcon)*0.8), text: touch.NewText("", style)}
	f.body = touch.Panel(theme.ColorOff, "", touch.Gap(1.25), touch.Row(touch.Gap(1), []float32{0, 1}, f.icon, touch.Middle(f.text)))
	f.ExtendBaseWidget(f)
	f.update(v)
	return f
}

func (f *fact) object() fyne.CanvasObject { return f }

func (f *fact) update(v form.FieldView) {
	text := v.Shown
	if text == "" {
		text = stringOf(v.Value)
	}
	if text == "" {
		text = f.env.t("nothing")
	}
	f.text.SetText(text)
}

// ID names the fact.
func (f *fact) ID() string { return f.env.id() }

// Label is what it reads.
func (f *fact) Label() string { return f.text.Text() }

// Enabled is false: it cannot be touched.
func (f *fact) Enabled() bool { return false }

// HeightFor is the height at a width.
func (f *fact) HeightFor(width float32) float32 {
	return max(theme.Size(theme.SizeTouch), touch.HeightFor(f.body, width))
}

// CreateRenderer draws the panel.
func (f *fact) CreateRenderer() fyne.WidgetRenderer {
	return &wrapped{f, f.body, f.HeightFor}
}

// wrapped draws one object over the whole of a widget.
type wrapped struct {
	of     fyne.Widget
	object fyne.CanvasObject
	height func(width float32) float32
}

func (r *wrapped) Destroy()                     {}
func (r *wrapped) Layout(s fyne.Size)           { r.object.Resize(s) }
func (r *wrapped) MinSize() fyne.Size           { return fyne.NewSize(1, r.height(max(1, r.of.Size().Width))) }
func (r *wrapped) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.object} }
func (r *wrapped) Refresh() {
	r.object.Resize(r.of.Size())
	r.object.Refresh()
	canvas.Refresh(r.of)
}

var _ touch.Described = (*fact)(nil)
