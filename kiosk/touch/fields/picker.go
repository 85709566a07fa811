package fields

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
)

// picker is a panel of many choices, a page at a time.
type picker struct {
	widget.BaseWidget
	env    *env
	id     string
	tap    func(value string)
	all    []form.OptionView
	page   int
	shape  shape
	grid   *fyne.Container
	back   *touch.Button
	next   *touch.Button
	at     *touch.Text
	pages  *fyne.Container
	top    *fyne.Container
	body   *fyne.Container
	chosen string
}

// shape is how many choices a page has.
type shape struct{ columns, rows int }

// The pages of a picker in a narrow and in a wide window.
var (
	narrow = shape{4, 4}
	wide   = shape{6, 3}
)

// wideFrom is the width from which a window is wide.
const wideFrom = 1200

// newPicker makes an empty one. head stands above the choices, beside the keys that turn pages.
func newPicker(e *env, id string, head fyne.CanvasObject, tap func(value string)) *picker {
	p := &picker{env: e, id: id, tap: tap, shape: narrow, at: touch.NewText("", touch.Muted.Centred().Max(1))}
	p.grid = container.New(&cells{&p.shape})
	p.back = touch.NewButton(id+".page.back", "", "chevron-left", touch.Secondary, func() { p.turn(p.page - 1) })
	p.next = touch.NewButton(id+".page.next", "", "chevron-right", touch.Secondary, func() { p.turn(p.page + 1) })
	p.pages = touch.Row(touch.Gap(0.5), []float32{0, 0, 0}, p.back, touch.Box(touch.Gap(5), 1, p.at), p.next)
	p.top = touch.Row(touch.Gap(1), []float32{1, 0}, head, p.pages)
	p.body = touch.Column(touch.Gap(1), p.top, p.grid)
	p.ExtendBaseWidget(p)
	return p
}

// offer shows other choices, from the page on which the chosen one stands.
func (p *picker) offer(all []form.OptionView, chosen string) {
	p.all, p.chosen, p.page = all, chosen, 0
	for i, o := range all {
		if o.Value == chosen {
			p.page = i / p.size()
		}
	}
	p.fill()
}

func (p *picker) size() int { return p.shape.columns * p.shape.rows }

func (p *picker) count() int { return max(1, (len(p.all)+p.size()-1)/p.size()) }

func (p *picker) turn(page int) {
	p.page = min(max(0, page), p.count()-1)
	p.fill()
}

// fill puts the choices of the page into buttons.
func (p *picker) fill() {
	p.grid.Objects = nil
	from := p.page * p.size()
	for _, o := range p.all[from:min(from+p.size(), len(p.all))] {
		kind, icon := touch.Secondary, ""
		if o.Value == p.chosen {
			kind, icon = touch.Chosen, "check"
		}
		p.grid.Add(touch.NewButton(p.id+".option."+o.Value, o.Label, icon, kind, func() { p.tap(o.Value) }))
	}
	p.at.SetText(p.env.t("page", "page", p.page+1, "pages", p.count()))
	p.back.SetEnabled(p.page > 0)
	p.next.SetEnabled(p.page+1 < p.count())
	show(p.pages, p.count() > 1)
	p.body.Refresh()
	canvas.Refresh(p)
}

// HeightFor is the height at a width: the same for every page.
func (p *picker) HeightFor(width float32) float32 {
	return touch.HeightFor(p.top, width) + touch.Gap(1) + (&cells{shapeFor(width)}).height()
}

func shapeFor(width float32) *shape {
	if width >= wideFrom {
		return &wide
	}
	return &narrow
}

// Resize divides the choices into other pages where the width asks for it.
func (p *picker) Resize(s fyne.Size) {
	if to := *shapeFor(s.Width); to != p.shape && s.Width > 1 {
		first := p.page * p.size()
		p.shape = to
		p.page = first / p.size()
		p.fill()
	}
	p.BaseWidget.Resize(s)
}

// CreateRenderer draws the panel.
func (p *picker) CreateRenderer() fyne.WidgetRenderer { return &wrapped{p, p.body, p.HeightFor} }

// cells puts the choices of a page into equal cells.
type cells struct{ shape *shape }

func (l *cells) gap() float32 { return touch.Gap(0.75) }

func (l *cells) height() float32 {
	n := float32(l.shape.rows)
	return n*theme.Size(theme.SizeTouch) + (n-1)*l.gap()
}

func (l *cells) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	n := l.shape.columns
	w, h := (size.Width-l.gap()*float32(n-1))/float32(n), theme.Size(theme.SizeTouch)
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i%n)*(w+l.gap()), float32(i/n)*(h+l.gap())))
		o.Resize(fyne.NewSize(w, h))
	}
}

// HeightFor is the height of a full page.
func (l *cells) HeightFor([]fyne.CanvasObject, float32) float32 { return l.height() }

func (l *cells) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, l.height()) }

// picked is one of many options, chosen in a panel.
type picked struct {
	*opener
	env     *env
	label   string
	options []form.OptionView
	value   string
	panel   *picker
}

func newPicked(e *env, v form.FieldView) part {
	p := &picked{env: e, label: v.Label, options: v.Options}
	p.opener = newOpener(e.id(), "chevron-down", e.t("choose"), p.openPanel)
	p.update(v)
	return p
}

func (p *picked) object() fyne.CanvasObject { return p.opener }

func (p *picked) update(v form.FieldView) { p.show(stringOf(v.Value), v.Error != "") }

func (p *picked) show(value string, wrong bool) {
	p.value = value
	label := ""
	for _, o := range p.options {
		if o.Value == value {
			label = o.Label
		}
	}
	p.opener.set(label, wrong)
}

func (p *picked) openPanel() {
	if p.panel == nil {
		p.panel = newPicker(p.env, p.env.id(), touch.NewText(p.env.t("choose.one"), touch.Muted.Max(2)), p.choose)
	}
	p.panel.offer(p.options, p.value)
	p.env.host.ShowKeyboard(p.opener, keyboard.Sheet(p.env.t("choose.of", "label", p.label), p.panel))
}

func (p *picked) choose(value string) {
	p.show(value, false)
	p.env.on(p.env.path, value)
	p.env.host.HideKeyboard()
}
