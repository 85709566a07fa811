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
	follow  *touch.Pages
	pager   fyne.CanvasObject
	count   *touch.Countdown
	reprint *touch.Button

	deferred []visit.ReviewMaterial
	paper    bool // there is, or may be, a slip of paper
	drawn    bool
}

func newDone(e *env) *done {
	d := &done{env: e, title: touch.NewText(e.t("done.title"), touch.Heading), slip: touch.NewText("", touch.Body),
		item: touch.NewText("", pick(e, touch.Muted.Centred(), touch.Muted).Max(3)), number: touch.NewText("", numberStyle("")),
		qr: touch.NewQR("", pick(e, float32(360), 320)), count: touch.NewCountdown(6.5*touch.Gap(1), theme.ColorBrand)}
	d.reprint = touch.NewButton("done.reprint", e.t("done.reprint"), "printer", touch.Secondary, e.visit.PrintAgain)
	d.follow, d.pager = e.sheets("done", e.visit.Stay)
	d.follow.SetGap(0)
	d.scan = touch.Column(touch.Gap(0.5), touch.Stretch(d.qr), touch.NewText(e.t("done.scan"), touch.Caption.Centred()))
	number := touch.Column(touch.Gap(0.25), touch.NewText(e.t("done.number"), touch.Muted.Centred()), d.number)
	top := touch.Row(touch.Gap(2), []float32{2, 3}, touch.Box(1, 360, d.scan), touch.Middle(touch.Column(touch.Gap(1.5), d.item, number)))
	head := touch.Row(touch.Gap(1.5), []float32{0, 1, 0}, touch.NewIcon("circle-check", theme.ColorOK, 6*touch.Gap(1)),
		touch.Middle(touch.Column(0, d.title, d.slip)), d.count)
	if e.wide {
		d.root = touch.Column(touch.Gap(1.5), head, touch.Stretch(touch.Row(touch.Gap(2), []float32{2, 3},
			touch.Card(touch.Column(touch.Gap(1), number, touch.Stretch(d.scan))),
			touch.Card(touch.Column(touch.Gap(1.25), d.item, touch.Stretch(d.follow.Container), d.reprint)))))
	} else {
		d.root = touch.Column(touch.Gap(1.5), head, touch.Card(top),
			touch.Stretch(touch.Card(d.follow.Container)), d.reprint)
	}
	return d
}

func (d *done) body() fyne.CanvasObject { return d.root }

func (d *done) foot() fyne.CanvasObject { return d.pager }

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
	d.number.SetStyle(numberStyle(v.LocalNumber))
	d.number.SetText(v.LocalNumber)
	d.qr.SetText(v.Tracking)
	setVisible(d.scan, v.Tracking != "")
	moved := setVisible(d.reprint, v.Reprints > 0)
	if paper := onPaper(v.Printed); !d.drawn || paper != d.paper || !slices.Equal(v.Deferred, d.deferred) {
		d.drawn, d.paper, d.deferred, moved = true, paper, slices.Clone(v.Deferred), true
		again := "done.reprint"
		if !paper {
			again = "done.print"
		}
		d.reprint.SetLabel(e.t(again))
		d.follow.SetSections(d.rows())
	}
	if moved {
		d.root.Refresh()
	}
}

// onPaper tells whether the citizen has a slip of paper to keep, or may have.
func onPaper(printed string) bool {
	switch printed {
	case visit.SlipFailed, visit.SlipDeclined, visit.SlipNumber:
		return false
	}
	return true
}

// numberStyle is as large as the number allows.
func numberStyle(number string) touch.Style {
	style := touch.Style{Size: theme.SizeTitle, Bold: true, Color: theme.ColorBrand}
	if len(number) > 12 {
		style.Size = theme.SizeHeading
	}
	return style.Centred()
}

// rows are what to do next, and the materials that must still follow.
func (d *done) rows() []fyne.CanvasObject {
	e := d.env
	var rows []fyne.CanvasObject
	keep := [2]string{"receipt", "keep"}
	if !d.paper {
		keep = [2]string{"smartphone", "photo"}
	}
	for i, step := range [][2]string{keep, {"phone", "wait"}, {"id-card", "card"}} {
		row := touch.Inset(0, touch.Gap(0.5), touch.Row(touch.Gap(1), []float32{0, 1},
			touch.NewIcon(step[0], theme.ColorBrand, 0), touch.Middle(touch.NewText(e.t("done.step."+step[1]), touch.Body))))
		if i == 0 { // a heading goes with the first
			row = touch.Column(0, touch.Inset(0, touch.Gap(0.5), label(e.t("done.next"))), row)
		}
		rows = append(rows, row)
	}
	for i, m := range d.deferred {
		row := materialRow(e, m)
		if i == 0 {
			row = touch.Column(0, touch.Inset(0, touch.Gap(0.5), label(e.t("done.deferred"))), row)
		}
		rows = append(rows, row)
	}
	return rows
}
