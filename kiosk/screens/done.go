package screens

import (
	"slices"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// done is the end: the number, the code to follow the case with, what to do next, and a count-down to rest.
type done struct {
	env     *env
	root    *fyne.Container
	title   *touch.Text
	slip    *touch.Text
	item    *touch.Text
	number  *touch.Text
	qr      *touch.QR
	scan    *fyne.Container
	steps   *fyne.Container
	follow  *touch.Pages
	count   *touch.Countdown
	reprint *touch.Button

	deferred []visit.ReviewMaterial
}

func newDone(e *env) *done {
	d := &done{env: e, title: touch.NewText(e.t("done.title"), touch.Heading), slip: touch.NewText("", touch.Body),
		item: touch.NewText("", touch.Muted.Max(2)), number: touch.NewText("", touch.Style{Size: theme.SizeTitle, Bold: true, Color: theme.ColorBrand}.Centred()),
		qr: touch.NewQR("", pick(e, float32(360), 320)), count: touch.NewCountdown(6.5*touch.Gap(1), theme.ColorBrand)}
	d.reprint = touch.NewButton("done.reprint", e.t("done.reprint"), "printer", touch.Secondary, e.visit.PrintAgain)
	d.follow = touch.NewPages("done", e.pagerLabels(), 1, e.visit.Stay)
	d.follow.SetGap(0)
	d.scan = touch.Column(touch.Gap(0.75), d.qr, touch.NewText(e.t("done.scan"), touch.Caption.Centred()))
	number := touch.Column(touch.Gap(0.25), touch.NewText(e.t("done.number"), touch.Muted.Centred()), d.number)
	d.steps = touch.Column(touch.Gap(1), label(e.t("done.next")))
	for i, key := range []string{"done.step.keep", "done.step.wait", "done.step.card"} {
		icon := []string{"receipt", "phone", "id-card"}[i]
		d.steps.Add(touch.Row(touch.Gap(1), []float32{0, 1}, touch.NewIcon(icon, theme.ColorBrand, 0), touch.Middle(touch.NewText(e.t(key), touch.Body))))
	}
	head := touch.Row(touch.Gap(1.5), []float32{0, 1, 0}, touch.NewIcon("circle-check", theme.ColorOK, 6*touch.Gap(1)),
		touch.Middle(touch.Column(0, d.title, d.slip)), d.count)
	info := touch.Column(touch.Gap(1.5), d.steps, touch.Stretch(d.follow.Container))
	if e.wide {
		d.root = touch.Column(touch.Gap(1.5), head, touch.Stretch(touch.Row(touch.Gap(2), []float32{2, 3},
			touch.Card(touch.Column(touch.Gap(1), touch.Space(), number, d.scan, touch.Space())),
			touch.Card(touch.Column(touch.Gap(1.25), d.item, touch.Stretch(info), d.reprint)))))
	} else {
		d.root = touch.Column(touch.Gap(1.5), head, touch.Card(touch.Column(touch.Gap(1), d.item, number, d.scan)),
			touch.Stretch(touch.Card(info)), d.reprint)
	}
	return d
}

func (d *done) body() fyne.CanvasObject { return d.root }

func (d *done) next(*visit.State) next {
	return next{label: d.env.t("done.finish"), icon: "check", do: d.env.visit.End}
}

func (d *done) show(s *visit.State) {
	d.count.Set(s.Countdown)
	v := s.SlipView
	if v == nil {
		return
	}
	e := d.env
	d.slip.SetText(e.t("done.slip." + v.Printed))
	d.item.SetText(v.ItemName)
	d.number.SetText(v.LocalNumber)
	d.qr.SetText(v.Tracking)
	setVisible(d.scan, v.Tracking != "")
	moved := setVisible(d.reprint, v.Reprints > 0)
	if !slices.Equal(v.Deferred, d.deferred) {
		d.deferred, moved = slices.Clone(v.Deferred), true
		var rows []fyne.CanvasObject
		for i, m := range v.Deferred {
			if i == 0 {
				rows = append(rows, touch.Inset(0, touch.Gap(0.5), label(e.t("done.deferred"))))
			}
			rows = append(rows, materialRow(e, m))
		}
		d.follow.SetSections(rows)
	}
	if moved {
		d.root.Refresh()
	}
}
