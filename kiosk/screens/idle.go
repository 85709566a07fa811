package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"zizhuban/assets/i18n"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// idle is the terminal at rest: what it is, what it is for, and to touch it. The whole screen is one control, so that the
// first touch cannot press anything else.
type idle struct {
	env   *env
	root  *fyne.Container
	place *touch.Text
	state *touch.Text
}

func newIdle(e *env) *idle {
	s := &idle{env: e}
	white := theme.ColorOnBrand
	s.place = touch.NewText("", touch.Large.In(white).Centred())
	s.state = touch.NewText("", touch.Caption.In(white).Centred())

	emblem := touch.NewIcon("landmark", white, 10*touch.Gap(1))
	name := touch.NewText(i18n.T(i18n.Chinese, "screens.top.name", nil), touch.Title.In(white).Centred())
	english := touch.NewText(i18n.T(i18n.English, "screens.top.name", nil), touch.Large.In(white).Centred())
	steps := touch.Grid(pick(e, 2, 4), touch.Gap(1.5))
	ground := canvas.NewVerticalGradient(theme.Color(theme.ColorBrand), theme.Color(theme.ColorDeep))
	for i, icon := range []string{"list-checks", "id-card", "pen-line", "receipt"} {
		key := []string{"choose", "card", "form", "slip"}[i]
		steps.Add(idleStep(icon, i18n.T(i18n.Chinese, "screens.idle."+key, nil), i18n.T(i18n.English, "screens.idle."+key, nil)))
	}
	call := touch.Panel(theme.ColorCard, "", touch.Gap(2.5), touch.Column(touch.Gap(0.5),
		touch.NewIcon("hand", theme.ColorBrand, 5*touch.Gap(1)),
		touch.NewText(i18n.T(i18n.Chinese, "screens.idle.touch", nil), touch.Title.In(theme.ColorBrand).Centred()),
		touch.NewText(i18n.T(i18n.English, "screens.idle.touch", nil), touch.Large.In(theme.ColorBrand).Centred())))

	head := touch.Column(touch.Gap(1), emblem, name, english, s.place)
	var page fyne.CanvasObject
	if e.wide {
		page = touch.Column(touch.Gap(2), touch.Space(), touch.Row(touch.Gap(6), []float32{1, 1}, touch.Middle(head), touch.Middle(call)),
			touch.Space(), steps, s.state, touch.Space())
	} else {
		page = touch.Column(touch.Gap(2), touch.Space(), head, touch.Space(), steps, touch.Space(), call, s.state, touch.Space())
	}
	s.root = container.NewStack(ground,
		touch.Inset(touch.Gap(4), touch.Gap(2), page), newWhole("idle.start", e.visit.Start))
	return s
}

// idleStep is one of the four things that a visit consists of.
func idleStep(icon, chinese, english string) fyne.CanvasObject {
	return touch.Panel(theme.ColorDeep, "", touch.Gap(2), touch.Column(touch.Gap(0.75),
		touch.NewIcon(icon, theme.ColorOnBrand, 5*touch.Gap(1)),
		touch.NewText(chinese, touch.Large.In(theme.ColorOnBrand).Centred()),
		touch.NewText(english, touch.Caption.In(theme.ColorOnBrand).Centred())))
}

func (s *idle) body() fyne.CanvasObject { return s.root }

func (s *idle) show(v *visit.State) {
	s.place.SetText(v.Place)
	if v.Online {
		s.state.SetText("")
	} else {
		s.state.SetText(s.env.t("idle.offline"))
	}
}

func (s *idle) next(*visit.State) next { return next{} }

// whole is an invisible control of any size.
type whole struct {
	touch.Press
}

func newWhole(id string, onTap func()) *whole {
	w := &whole{}
	w.Init(w, id, onTap, func() {})
	return w
}

// Label says nothing: it covers what says it.
func (w *whole) Label() string { return "" }

// CreateRenderer draws nothing.
func (w *whole) CreateRenderer() fyne.WidgetRenderer { return nothing{} }

type nothing struct{}

func (nothing) Destroy()                     {}
func (nothing) Layout(fyne.Size)             {}
func (nothing) MinSize() fyne.Size           { return fyne.Size{} }
func (nothing) Objects() []fyne.CanvasObject { return nil }
func (nothing) Refresh()                     {}
