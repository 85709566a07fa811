package screens

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
)

// guide is an item's 办事指南: the elements of the implementation list, in their fixed order, a row each.
type guide struct {
	env   *env
	root  *fyne.Container
	title *touch.Text
	dept  *touch.Text
	facts *fyne.Container
	why   *note
	pages *touch.Pages
	code  string
}

func newGuide(e *env) *guide {
	g := &guide{env: e, title: touch.NewText("", touch.Heading.Max(3)), dept: touch.NewText("", touch.Muted), why: newNote("warn", "")}
	g.why.Hide()
	g.facts = touch.Grid(3, touch.Gap(1))
	g.pages = touch.NewPages("guide", e.pagerLabels(), 1, e.visit.Touch)
	g.root = touch.Column(touch.Gap(1.25), touch.Column(touch.Gap(0.25), g.title, g.dept), g.why.Container, g.facts,
		touch.Stretch(touch.Card(g.pages.Container)))
	return g
}

func (g *guide) body() fyne.CanvasObject { return g.root }

func (g *guide) next(s *visit.State) next {
	return next{label: g.env.t("guide.begin"), icon: "arrow-right", off: s.GuideView == nil || !s.GuideView.Offered, do: g.env.visit.Next}
}

func (g *guide) show(s *visit.State) {
	v := s.GuideView
	if v == nil || v.Item == nil {
		return
	}
	why := ""
	if !v.Offered {
		why = g.env.say(v.Why)
	}
	moved := g.why.set(why)
	key := v.Item.Code + " " + strconv.Itoa(v.Item.Version)
	if g.code != key {
		g.code, moved = key, true
		lang := g.env.lang
		g.title.SetText(v.Item.Name.In(lang))
		g.dept.SetText(v.Dept)
		g.facts.Objects = []fyne.CanvasObject{
			g.fact("clock", g.env.t("guide.promised"), v.Item.Promised.Words.In(lang)),
			g.fact("coins", g.env.t("guide.fee"), g.fee(v.Item)),
			g.fact("file-check", g.env.t("guide.result"), v.Item.Result.In(lang)),
		}
		g.pages.SetSections(g.rows(v))
	}
	if moved {
		g.root.Refresh()
	}
}

// fact is one of the three things that people ask first.
func (g *guide) fact(icon, name, value string) fyne.CanvasObject {
	return touch.Panel(theme.ColorAccent, "", touch.Gap(1), touch.Row(touch.Gap(1), []float32{0, 1},
		touch.NewIcon(icon, theme.ColorBrand, 0),
		touch.Column(0, touch.NewText(name, touch.Caption), touch.NewText(value, touch.Style{Bold: true, Lines: 2}))))
}

func (g *guide) fee(it *items.Item) string {
	if words := it.Fee.Words.In(g.env.lang); words != "" && (it.Fee.Charged || words != "0") {
		return words
	}
	if it.Fee.Charged {
		return g.env.t("guide.fee.charged")
	}
	return g.env.t("guide.fee.none")
}

// rows are the elements, in the order of the implementation list.
func (g *guide) rows(v *visit.GuideView) []fyne.CanvasObject {
	e, it, lang := g.env, v.Item, g.env.lang
	var out []fyne.CanvasObject
	add := func(key, value string) {
		if strings.TrimSpace(value) != "" {
			out = append(out, g.row(e.t("guide."+key), value))
		}
	}
	add("department", v.Dept)
	add("kind", e.t("kind."+strconv.Itoa(it.Kind)))
	add("applies_to", it.AppliesTo.In(lang))
	for i, c := range it.Conditions {
		name := ""
		if i == 0 {
			name = e.t("guide.conditions")
		}
		out = append(out, g.row(name, numbered(i, len(it.Conditions), c.In(lang))))
	}
	for i, m := range it.Materials {
		name := ""
		if i == 0 {
			name = e.t("guide.materials")
		}
		out = append(out, g.material(name, i, m))
	}
	if len(it.Materials) == 0 {
		add("materials", e.t("guide.materials.none"))
	}
	add("promised", it.Promised.Words.In(lang))
	add("legal", it.Legal.Words.In(lang))
	add("fee", g.fee(it))
	for i, p := range it.Process {
		name := ""
		if i == 0 {
			name = e.t("guide.process")
		}
		out = append(out, g.row(name, numbered(i, len(it.Process), p.In(lang))))
	}
	add("result", it.Result.In(lang))
	add("place", it.Place.In(lang))
	add("hours", it.Hours.In(lang))
	for i, b := range it.Basis {
		name := ""
		if i == 0 {
			name = e.t("guide.basis")
		}
		out = append(out, g.row(name, b.In(lang)))
	}
	add("contact", it.Contact.In(lang))
	add("complaint", it.Complaint.In(lang))
	add("note", it.Note.In(lang))
	add("code", it.Code)
	return out
}

func numbered(i, n int, text string) string {
	if n < 2 {
		return text
	}
	return strconv.Itoa(i+1) + ". " + text
}

// row is an element: its name at the left, what it says at the right.
func (g *guide) row(name, value string) fyne.CanvasObject {
	return g.line(name, touch.NewText(value, touch.Body))
}

func (g *guide) line(name string, value fyne.CanvasObject) fyne.CanvasObject {
	share := pick(g.env, float32(0.3), 0.2)
	if g.env.lang == "en" {
		share += 0.04
	}
	return touch.Column(touch.Gap(0.5), touch.Row(touch.Gap(1), []float32{share, 1 - share},
		touch.Column(0, touch.NewText(name, touch.Strong.In(theme.ColorBrand)), touch.Space()), value), touch.Rule())
}

func (g *guide) material(name string, i int, m items.Material) fyne.CanvasObject {
	e := g.env
	line := e.t("need."+strconv.Itoa(m.Need), "days", max(m.DueDays, 5))
	if how := m.How.In(e.lang); how != "" {
		line += " · " + how
	}
	if m.Level != "" {
		line += " · " + e.t("level."+m.Level)
	}
	if remark := m.Remark.In(e.lang); remark != "" {
		line += " · " + remark
	}
	return g.line(name, touch.Column(0, touch.NewText(strconv.Itoa(i+1)+". "+m.Name.In(e.lang), touch.Body), touch.NewText(line, touch.Caption)))
}
