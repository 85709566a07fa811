package fields

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/touch"
	"zizhuban/sync/items"
)

// editor holds one part, and another one when the view asks for it: a field that the card has filled in meanwhile becomes
// a fact, one whose choices have become others gets other buttons.
type editor struct {
	widget.BaseWidget
	env  *env
	part part
	view form.FieldView
}

func (e *editor) init() { e.ExtendBaseWidget(e) }

// Update shows another view of the field.
func (e *editor) Update(v form.FieldView) {
	if !alike(e.view, v) {
		fresh := New(v, e.env.lang, e.env.host, e.env.on).(*editor)
		e.env, e.part = fresh.env, fresh.part
		e.view = v
		e.Refresh()
		return
	}
	e.view = v
	e.part.update(v)
}

// alike tells whether a part made for a can show b.
func alike(a, b form.FieldView) bool {
	return a.Key == b.Key && a.Type == b.Type && a.ReadOnly == b.ReadOnly && a.Label == b.Label && a.Required == b.Required &&
		slices.EqualFunc(a.Options, b.Options, func(x, y form.OptionView) bool { return x.Value == y.Value && x.Label == y.Label })
}

// HeightFor is the height at a width.
func (e *editor) HeightFor(width float32) float32 { return e.part.HeightFor(width) }

// MinSize is the height at the present width.
func (e *editor) MinSize() fyne.Size {
	e.ExtendBaseWidget(e)
	return fyne.NewSize(1, e.HeightFor(max(1, e.Size().Width)))
}

// CreateRenderer draws the part.
func (e *editor) CreateRenderer() fyne.WidgetRenderer { return &editorRenderer{e} }

type editorRenderer struct{ e *editor }

func (r *editorRenderer) Destroy()           {}
func (r *editorRenderer) MinSize() fyne.Size { return r.e.MinSize() }
func (r *editorRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.e.part.object()}
}

func (r *editorRenderer) Layout(s fyne.Size) {
	o := r.e.part.object()
	o.Move(fyne.NewPos(0, 0))
	o.Resize(s)
}

func (r *editorRenderer) Refresh() {
	r.Layout(r.e.Size())
	r.e.part.object().Refresh()
	canvas.Refresh(r.e)
}

// framed is an editor with the field's name, help and error around it, as it stands within the row of a list. A screen makes its
// own frame around an editor at the top level.
type framed struct {
	*fyne.Container
	env    *env
	label  *touch.Text
	tag    *touch.Text
	help   *touch.Text
	editor Editor
	err    *touch.Text
	errRow *fyne.Container
	kind   string

	answered bool
}

func newFramed(v form.FieldView, e *env) *framed {
	f := &framed{env: e, kind: v.Type, label: touch.NewText("", touch.Strong), tag: touch.NewText("", touch.Caption),
		help: touch.NewText("", touch.Caption), err: touch.NewText("", touch.Style{Color: danger}), editor: New(v, e.lang, e.host, e.on)}
	f.errRow = touch.Row(touch.Gap(0.5), []float32{0, 1}, touch.NewIcon("circle-alert", danger, 0), touch.Middle(f.err))
	f.Container = touch.Column(touch.Gap(0.5), f.label, f.help, f.editor, f.errRow)
	f.update(v)
	return f
}

func (f *framed) update(v form.FieldView) {
	f.answered = v.Value != nil && !v.ReadOnly
	name := v.Label
	if !v.Required && !v.ReadOnly && v.Type != items.TypeFile {
		name = f.env.t("optional", "label", v.Label)
	}
	f.label.SetText(name)
	help := v.Help
	if v.Example != "" && !v.ReadOnly {
		if help != "" {
			help += " "
		}
		help += f.env.t("example", "example", v.Example)
	}
	f.help.SetText(help)
	show(f.help, help != "")
	f.err.SetText(v.Error)
	show(f.errRow, v.Error != "")
	f.editor.Update(v)
}

func show(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
