package screens

import (
	"fyne.io/fyne/v2"

	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// sign is where the citizen signs with a finger.
type sign struct {
	env     *env
	root    *fyne.Container
	promise *touch.Pages
	pager   fyne.CanvasObject
	text    string
	pad     *touch.SignaturePad
	clear   *touch.Button
}

func newSign(e *env) *sign {
	s := &sign{env: e}
	s.promise, s.pager = e.sheets("sign", e.visit.Touch)
	s.pad = touch.NewSignaturePad("sign.pad", e.t("sign.hint"), e.w.opts.Clock, e.visit.Signed)
	s.clear = touch.NewButton("sign.clear", e.t("sign.clear"), "eraser", touch.Secondary, s.pad.Clear)
	head := touch.NewText(e.t("sign.title"), touch.Heading)
	promise := touch.Card(s.promise.Container)
	if e.wide {
		s.root = touch.Row(touch.Gap(2), []float32{2, 3}, touch.Column(touch.Gap(1.25), head, touch.Stretch(promise)),
			touch.Column(touch.Gap(1.25), touch.Stretch(s.pad), s.clear))
	} else {
		s.root = touch.Column(touch.Gap(1.25), head, touch.Stretch(touch.Split(touch.Gap(1.25), 0.5, promise, s.pad)), s.clear)
	}
	return s
}

func (s *sign) body() fyne.CanvasObject { return s.root }

func (s *sign) foot() fyne.CanvasObject { return s.pager }

func (s *sign) next(v *visit.State) next {
	return next{label: s.env.t("sign.submit"), icon: "send", off: !v.CanNext, do: s.env.visit.Next}
}

func (s *sign) show(v *visit.State) {
	if v.SignView == nil {
		return
	}
	s.clear.SetEnabled(v.SignView.Strokes > 0)
	// A signature that the visit no longer has must not be seen any longer.
	if v.SignView.Strokes == 0 && len(s.pad.Strokes()) > 0 && !s.pad.Signing() {
		s.pad.Wipe()
	}
	if s.text != v.SignView.Promise {
		s.text = v.SignView.Promise
		s.promise.SetSections(paragraphs(s.text, touch.Body))
		s.root.Refresh()
	}
}

func (s *sign) wipe() { s.pad.Wipe() }
