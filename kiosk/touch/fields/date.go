package fields

import (
	"slices"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
	"zizhuban/sync/items"
)

// date is a day or a month, chosen on wheels.
type date struct {
	*opener
	env    *env
	month  bool
	label  string
	blank  bool // may be left empty
	min    string
	max    string
	value  string
	wheels *wheels // made when the panel is first opened
	say    func(value string)
}

func newDate(e *env, v form.FieldView) part {
	d := makeDate(e, e.id(), v.Label, v.Type == items.TypeMonth, !v.Required)
	d.say = func(value string) {
		if value == "" {
			e.on(e.path, nil)
			return
		}
		e.on(e.path, value)
	}
	d.update(v)
	return d
}

func makeDate(e *env, id, label string, month, blank bool) *date {
	d := &date{env: e, month: month, label: label, blank: blank}
	d.opener = newOpener(id, "calendar", e.t("choose"), d.openPanel)
	d.opener.finish = d.finish
	return d
}

func (d *date) object() fyne.CanvasObject { return d.opener }

func (d *date) update(v form.FieldView) {
	d.min, d.max = v.Min, v.Max
	d.show(stringOf(v.Value), v.Error != "")
}

func (d *date) show(value string, wrong bool) {
	d.value = value
	d.opener.set(spoken(value, d.env.lang), wrong)
	if d.wheels != nil {
		d.wheels.bounds(d.min, d.max)
		if value != "" {
			d.wheels.turnTo(value)
		}
	}
}

func (d *date) openPanel() {
	if d.wheels == nil {
		d.wheels = newWheels(d.env, d.opener.ID(), d.month, d.blank, d.turned, d.cleared)
	}
	d.wheels.bounds(d.min, d.max)
	start := d.value
	if start == "" {
		start = d.env.host.Now().Format(dayLayout)
	}
	d.wheels.turnTo(start)
	d.env.host.ShowKeyboard(d.opener, keyboard.Sheet(d.env.t("choose.of", "label", d.label), d.wheels))
}

// turned takes what the wheels show.
func (d *date) turned(value string) {
	d.value = value
	d.opener.set(spoken(value, d.env.lang), false)
	d.say(value)
}

func (d *date) cleared() {
	d.value = ""
	d.opener.set("", false)
	d.say("")
	d.env.host.HideKeyboard()
}

// finish takes the date that the wheels stand on, even if none of them was turned: it is what the citizen saw and confirmed.
func (d *date) finish() {
	if d.value == "" {
		d.turned(d.wheels.value())
	}
}

// period is a first and a last day.
type period struct {
	*fyne.Container
	from, to *date
}

func newRange(e *env, v form.FieldView) part {
	p := &period{}
	from := makeDate(e, e.id("from"), e.t("from.of", "label", v.Label), false, !v.Required)
	to := makeDate(e, e.id("to"), e.t("to.of", "label", v.Label), false, !v.Required)
	from.opener.hint, to.opener.hint = e.t("from"), e.t("to")
	say := func(string) {
		if from.value == "" && to.value == "" {
			e.on(e.path, nil)
			return
		}
		e.on(e.path, []string{from.value, to.value})
	}
	from.say, to.say = say, say
	p.from, p.to = from, to
	p.Container = touch.Row(touch.Gap(1), []float32{1, 0, 1}, from.opener, touch.NewIcon("arrow-right", brand, 0), to.opener)
	p.update(v)
	return p
}

func (p *period) object() fyne.CanvasObject { return p.Container }

// HeightFor is the height at a width.
func (p *period) HeightFor(width float32) float32 { return touch.HeightFor(p.Container, width) }

func (p *period) update(v form.FieldView) {
	days, _ := v.Value.([]string)
	days = append(slices.Clone(days), "", "")
	p.from.min, p.from.max = v.Min, v.Max
	p.to.min, p.to.max = v.Min, v.Max
	if days[0] != "" { // the last day is never before the first
		p.to.min = days[0]
	}
	p.from.show(days[0], v.Error != "")
	p.to.show(days[1], v.Error != "")
}
