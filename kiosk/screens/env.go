package screens

import (
	"strings"

	"fyne.io/fyne/v2"

	"zizhuban/assets/i18n"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// env is what every screen is built with: the visit, the language, the mode and the orientation. When one of the last three
// changes, all screens are built anew.
type env struct {
	w     *Window
	visit Visit
	lang  string
	elder bool
	wide  bool // landscape
}

// t is a text of this room, such as t("bar.back"); args are pairs of name and value.
func (e *env) t(key string, args ...any) string {
	var m map[string]any
	if len(args) > 0 {
		m = make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			m[args[i].(string)] = args[i+1]
		}
	}
	return i18n.T(e.lang, "screens."+key, m)
}

// say is a message of the visit in words.
func (e *env) say(m visit.Message) string {
	if m.Key == "" {
		return m.Text.In(e.lang)
	}
	return i18n.T(e.lang, m.Key, m.Args)
}

// said tells whether there is a message at all.
func said(m visit.Message) bool { return m.Key != "" || m.Text.ZH != "" }

func (e *env) pagerLabels() touch.PagerLabels {
	return touch.PagerLabels{
		Back: e.t("page.back"), Forward: e.t("page.forward"),
		At: func(page, pages int) string { return e.t("page.at", "page", page, "pages", pages) },
	}
}

// sheets are pages of one column whose pager stands in the strip below in landscape, at their foot in portrait.
func (e *env) sheets(prefix string, onTurn func()) (*touch.Pages, fyne.CanvasObject) {
	p := touch.NewPages(prefix, e.pagerLabels(), 1, onTurn)
	if e.wide {
		return p, p.Detach().Container
	}
	return p, nil
}

// pick chooses by orientation.
func pick[T any](e *env, portrait, landscape T) T {
	if e.wide {
		return landscape
	}
	return portrait
}

// note is a strip with an icon and a text, such as a hint or a trouble.
type note struct {
	*fyne.Container
	text *touch.Text
}

// newNote makes a strip: kind is warn, danger, ok or info.
func newNote(kind, text string) *note {
	icon, ink, surface := "info", theme.ColorBrand, theme.ColorAccent
	switch kind {
	case "warn":
		icon, ink, surface = "triangle-alert", theme.ColorWarn, theme.ColorWarnBg
	case "danger":
		icon, ink, surface = "circle-alert", theme.ColorDanger, theme.ColorDangerBg
	case "ok":
		icon, ink, surface = "circle-check", theme.ColorOK, theme.ColorOKBg
	}
	n := &note{text: touch.NewText(text, touch.Style{Color: theme.ColorInk})}
	n.Container = touch.Panel(surface, "", touch.Gap(1),
		touch.Row(touch.Gap(1), []float32{0, 1}, touch.NewIcon(icon, ink, 0), touch.Middle(n.text)))
	return n
}

// set changes the text; an empty one hides the strip. It tells whether the strip came or went.
func (n *note) set(text string) bool {
	n.text.SetText(text)
	if n.Visible() == (text != "") {
		return false
	}
	if text == "" {
		n.Hide()
	} else {
		n.Container.Show()
	}
	return true
}

// label is a small heading inside a screen.
func label(text string) fyne.CanvasObject {
	return touch.NewText(text, touch.Style{Size: theme.SizeLarge, Bold: true})
}

// setVisible shows or hides; it tells whether that changed something.
func setVisible(o fyne.CanvasObject, on bool) bool {
	if o.Visible() == on {
		return false
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
	return true
}

// paragraphs are the parts of a long text, so that pages can be turned between them.
func paragraphs(text string, style touch.Style) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, p := range strings.Split(text, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, touch.NewText(p, style))
		}
	}
	return out
}
