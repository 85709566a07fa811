package screens

import (
	"fyne.io/fyne/v2"

	"zizhuban/assets/i18n"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// topBar says what this is and where it stands, and changes language and size of type.
type topBar struct {
	*fyne.Container
	env      *env
	place    *touch.Text
	elder    *touch.Button
	language *touch.Button
}

func newTopBar(e *env) *topBar {
	b := &topBar{env: e}
	b.place = touch.NewText("", touch.Style{Size: theme.SizeCaption, Color: theme.ColorOnBrand, Lines: 1})
	b.elder = touch.NewButton("top.elder", "", "a-large-small", touch.OnBar, func() { e.visit.SetElder(!e.w.state.Elder) })
	b.language = touch.NewButton("top.language", e.t("top.language"), "languages", touch.OnBar, func() {
		e.visit.SetLanguage(other(e.lang))
	})
	if !e.wide {
		b.elder.IconAbove()
		b.language.IconAbove()
	}
	name := touch.NewText(e.t("top.name"), touch.Style{Size: theme.SizeBody, Color: theme.ColorOnBrand, Bold: true, Lines: 1})
	emblem := touch.NewIcon("landmark", theme.ColorOnBrand, theme.Size(theme.SizeIcon)*1.3)
	setVisible(emblem, e.wide || !e.elder) // large type needs its room
	b.Container = touch.Over(touch.Surface(theme.ColorBrand), touch.Inset(pick(e, touch.Gap(2.25), touch.Gap(2)), touch.Gap(1),
		touch.Row(touch.Gap(1), []float32{0, 1, 0, 0}, emblem,
			touch.Middle(touch.Column(0, name, b.place)), b.elder, b.language)))
	return b
}

func other(lang string) string {
	if lang == i18n.English {
		return i18n.Chinese
	}
	return i18n.English
}

func (b *topBar) show(s *visit.State) {
	place := s.Place
	if !s.Online {
		place = b.env.t("top.offline", "place", s.Place)
	}
	b.place.SetText(place)
	key := "top.elder.on"
	if s.Elder {
		key = "top.elder.off"
	}
	b.elder.SetLabel(b.env.t(key))
}

// bar has what is always there: back, home, end.
type bar struct {
	*fyne.Container
	back, home, end *touch.Button
}

func newBar(e *env) *bar {
	b := &bar{}
	b.back = touch.NewButton("bar.back", e.t("bar.back"), "arrow-left", touch.Secondary, e.visit.Back)
	b.home = touch.NewButton("bar.home", e.t("bar.home"), "house", touch.Secondary, func() { e.w.ask(e.visit.GoHome) })
	b.end = touch.NewButton("bar.end", e.t("bar.end"), "log-out", touch.Danger, func() { e.w.ask(e.visit.End) })
	if e.wide {
		b.back.IconAbove()
		b.home.IconAbove()
		b.Container = touch.Column(touch.Gap(1), touch.Row(touch.Gap(0.75), []float32{1, 1}, b.back, b.home), b.end)
	} else {
		for _, x := range []*touch.Button{b.back, b.home, b.end} {
			x.IconAbove()
		}
		b.Container = touch.Row(touch.Gap(0.75), []float32{1, 1, 1.25}, b.back, b.home, b.end)
	}
	return b
}

func (b *bar) show(s *visit.State) {
	// Once it is submitted there is no way back, and nothing may be broken off while it is being written.
	working := s.Step == visit.Submitting || s.Step == visit.Printing
	b.back.SetEnabled(s.CanBack && !working)
	b.home.SetEnabled(s.Step != visit.Home && !working)
	b.end.SetEnabled(!working)
}
