package screens

import (
	"fyne.io/fyne/v2"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// wait says that the submission is being written, or the slip printed. It stands still: there is nothing to do but wait.
type wait struct {
	env    *env
	root   *fyne.Container
	icon   *touch.Icon
	title  *touch.Text
	hint   *touch.Text
	number *fyne.Container
	local  *touch.Text
}

func newWait(e *env) *wait {
	w := &wait{env: e, icon: touch.NewIcon("send", theme.ColorBrand, 9*touch.Gap(1)), title: touch.NewText("", touch.Heading.Centred()),
		hint: touch.NewText("", touch.Body.Centred()), local: touch.NewText("", touch.Title.Centred())}
	w.number = touch.Narrow(760, touch.Card(touch.Column(touch.Gap(0.5), touch.NewText(e.t("done.number"), touch.Muted.Centred()), w.local)))
	w.root = touch.Middle(touch.Column(touch.Gap(2), w.icon, w.title, w.hint, w.number))
	return w
}

func (w *wait) body() fyne.CanvasObject { return w.root }

func (w *wait) next(*visit.State) next { return next{} }

func (w *wait) show(s *visit.State) {
	w.title.SetText(w.env.t("wait." + string(s.Step) + ".title"))
	w.hint.SetText(w.env.t("wait." + string(s.Step) + ".hint"))
	if s.Step == visit.Printing {
		w.icon.Set("printer", theme.ColorBrand)
	} else {
		w.icon.Set("send", theme.ColorBrand)
	}
	if s.SlipView != nil {
		w.local.SetText(s.SlipView.LocalNumber)
	}
	setVisible(w.number, s.SlipView != nil && s.SlipView.LocalNumber != "")
	w.root.Refresh()
}
