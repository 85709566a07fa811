package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// overlay is a question above the present screen: is anybody there, what about this problem, shall the visit end. Only one is
// seen: the warning before the problem, the problem before the question.
type overlay struct {
	*fyne.Container
	env   *env
	shown string // what the panel was made for
	count *touch.Countdown
}

func newOverlay(e *env) *overlay {
	o := &overlay{env: e, Container: container.NewStack()}
	o.Container.Hide()
	return o
}

// ask asks before everything that was entered is wiped, and does it then. Where nothing was entered it is done at once.
func (w *Window) ask(do func()) {
	switch w.state.Step {
	case visit.Idle, visit.Home, visit.List, visit.Guide, visit.Consent, visit.Done:
		do()
	default:
		w.asking = do
		w.visit.Touch()
		w.draw()
	}
}

func (o *overlay) show(s *visit.State, asking bool) {
	e := o.env
	switch {
	case s.Warning != nil:
		if o.shown != "warning" {
			o.warning()
		}
		o.count.Set(s.Warning.Seconds)
	case s.Problem != nil:
		if key := "problem " + s.Problem.Code + e.say(s.Problem.Body); o.shown != key {
			o.problem(s.Problem)
			o.shown = key
		}
	case asking:
		if o.shown != "end" {
			o.end()
		}
	case o.shown != "":
		o.shown = ""
		o.Objects = nil
		o.Container.Hide()
	}
}

// raise puts a panel above everything, its buttons within reach.
func (o *overlay) raise(shown string, parts ...fyne.CanvasObject) {
	o.shown = shown
	o.env.w.frame.hideKeyboard()
	width := pick(o.env, float32(940), 1000)
	panel := touch.Panel(theme.ColorCard, "", touch.Gap(3), touch.Column(touch.Gap(1.75), parts...))
	o.Objects = []fyne.CanvasObject{
		touch.Surface(theme.ColorScrim), touch.NewBackdrop(o.env.visit.Touch),
		touch.Inset(touch.Gap(2), touch.Gap(2), touch.Narrow(width, touch.Middle(panel))),
	}
	o.Container.Show()
	o.Container.Refresh()
}

func (o *overlay) warning() {
	e := o.env
	o.count = touch.NewCountdown(9*touch.Gap(1), theme.ColorBrand)
	o.raise("warning",
		o.count,
		touch.NewText(e.t("warning.title"), touch.Heading.Centred()),
		touch.NewText(e.t("warning.body"), touch.Body.Centred()),
		touch.Row(touch.Gap(1.5), []float32{1, 1.5},
			touch.NewButton("warning.end", e.t("bar.end"), "log-out", touch.Danger, e.visit.End),
			touch.NewButton("warning.stay", e.t("warning.stay"), "hand", touch.Primary, e.visit.Stay)))
}

func (o *overlay) problem(p *visit.Problem) {
	e := o.env
	parts := []fyne.CanvasObject{
		touch.NewIcon("triangle-alert", theme.ColorWarn, 6*touch.Gap(1)),
		touch.NewText(e.say(p.Title), touch.Heading.Centred()),
		touch.NewText(e.say(p.Body), touch.Body.Centred()),
	}
	for i, a := range p.Actions {
		kind := touch.Secondary
		switch {
		case i == 0:
			kind = touch.Primary
		case a == visit.ActEnd:
			kind = touch.Danger
		}
		parts = append(parts, touch.NewButton("problem."+string(a), e.t("action."+string(a)), actionIcon(a), kind, func() { e.visit.Act(a) }))
	}
	if p.Code != "" {
		parts = append(parts, touch.NewText(e.t("problem.code", "code", p.Code), touch.Caption.Centred()))
	}
	o.raise("", parts...)
}

func actionIcon(a visit.Action) string {
	switch a {
	case visit.ActRetry:
		return "refresh-cw"
	case visit.ActWithoutSlip:
		return "smartphone"
	case visit.ActEnd:
		return "log-out"
	case visit.ActHome:
		return "house"
	default:
		return "check"
	}
}

func (o *overlay) end() {
	e := o.env
	answer := func(do func()) func() {
		return func() {
			e.w.asking = nil
			e.visit.Touch()
			e.w.draw()
			do()
		}
	}
	o.raise("end",
		touch.NewIcon("circle-help", theme.ColorBrand, 6*touch.Gap(1)),
		touch.NewText(e.t("end.title"), touch.Heading.Centred()),
		touch.NewText(e.t("end.body"), touch.Body.Centred()),
		touch.Row(touch.Gap(1.5), []float32{1, 1},
			touch.NewButton("end.yes", e.t("end.yes"), "log-out", touch.Danger, answer(e.w.asking)),
			touch.NewButton("end.no", e.t("end.no"), "arrow-left", touch.Primary, answer(func() {}))))
}
