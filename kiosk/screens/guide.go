package screens

import (
	"strconv"
	"strings"
	"zizhuban/assets/i18n"

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
	pager fyne.CanvasObject
	code  string
}

func newGuide(e *env) *guide {
	g := &guide{env: e, title: touch.NewText("", touch.Heading), dept: touch.NewText("", touch.Muted), why: newNote("warn", "")}
	g.why.Hide()
	g.facts = touch.Grid(3, touch.Gap(1))
	if e.wide {
		g.facts = touch.Fitting(touch.Gap(1))
	}
	g.pages, g.pager = e.sheets("guide", e.visit.Touch)
	head, table := touch.Column(touch.Gap(0.25), g.title, g.dept), touch.Card(g.pages.Container)
	if e.wide {
		g.root = touch.Row(touch.Gap(2), []float32{3, 7}, touch.Column(touch.Gap(1.25), head, g.why.Container, touch.Stretch(g.facts)), table)
	} else {
		g.root = touch.Column(touch.Gap(1.25), head, g.why.Container, g.facts, touch.Stretch(table))
	}
	return g
}

func (g *guide) body() fyne.CanvasObject { return g.root }

func (g *guide) foot() fyne.CanvasObject { return g.pager }

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
		g.title.SetStyle(titleStyle(v.Item.Name.In(lang)))
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

// titleStyle sets a long name smaller, so that it does not push the guide away.
func titleStyle(name string) touch.Style {
	width := 0
	for _, r := range name {
		width++
		if r > 0x2E80 { // as wide as two Latin letters
			width++
		}
	}
	if width > 28 {
		return touch.Style{Size: theme.SizeLarge, Bold: true}
	}
	return touch.Heading
}

// fact is one of the three things that people ask first.
func (g *guide) fact(icon, name, value string) fyne.CanvasObject {
	var words fyne.CanvasObject = touch.Column(0, touch.NewText(name, touch.Caption), touch.NewText(value, touch.Strong))
	if g.env.wide || !g.env.elder { // there is room for a picture
		words = touch.Row(touch.Gap(1), []float32{0, 1}, touch.NewIcon(icon, theme.ColorBrand, 0), words)
	}
	return touch.Panel(theme.ColorAccent, "", touch.Gap(1), words)
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

// rows are the elements, in the order of the implementation list. An element of several parts is several rows, so that a page
// can be turned between them.
func (g *guide) rows(v *visit.GuideView) []fyne.CanvasObject {
	e, it, lang := g.env, v.Item, g.env.lang
	var out []fyne.CanvasObject
	element := func(key string, parts ...fyne.CanvasObject) {
		for i, part := range parts {
			name := ""
			if i == 0 {
				name = e.t("guide." + key)
			}
			out = append(out, g.row(name, part, i+1 == len(parts)))
		}
	}
	add := func(key string, texts ...string) {
		var parts []fyne.CanvasObject
		for i, t := range texts {
			if strings.TrimSpace(t) != "" {
				parts = append(parts, touch.NewText(numbered(i, len(texts), t), touch.Body))
			}
		}
		element(key, parts...)
	}
	in := func(texts []items.Text) []string {
		var out []string
		for _, t := range texts {
			out = append(out, t.In(lang))
		}
		return out
	}
	add("department", v.Dept)
	add("kind", e.t("kind."+strconv.Itoa(it.Kind)))
	add("applies_to", it.AppliesTo.In(lang))
	add("conditions", in(it.Conditions)...)
	var materials []fyne.CanvasObject
	for i, m := range it.Materials {
		materials = append(materials, g.material(i, len(it.Materials), m))
	}
	element("materials", materials...)
	if len(materials) == 0 {
		add("materials", e.t("guide.materials.none"))
	}
	add("promised", it.Promised.Words.In(lang))
	add("legal", it.Legal.Words.In(lang))
	add("fee", g.fee(it))
	add("process", in(it.Process)...)
	add("result", it.Result.In(lang))
	add("place", it.Place.In(lang))
	add("hours", it.Hours.In(lang))
	add("contact", it.Contact.In(lang))
	add("complaint", it.Complaint.In(lang))
	add("basis", in(it.Basis)...)
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

// row is a part of an element: the element's name at the left, what it says at the right; a line below the last part.
func (g *guide) row(name string, value fyne.CanvasObject, last bool) fyne.CanvasObject {
	share := pick(g.env, float32(0.25), 0.22)
	if g.env.lang == i18n.English {
		share += 0.05
		if g.env.elder {
			share += 0.05
		}
	}
	r := touch.Column(touch.Gap(0.75), touch.Row(touch.Gap(1), []float32{share, 1 - share},
		touch.Column(0, touch.NewText(name, touch.Strong.In(theme.ColorBrand)), touch.Space()), value))
	if last {
		r.Add(touch.Rule())
	}
	return r
}

func (g *guide) material(i, n int, m items.Material) fyne.CanvasObject {
	e := g.env
	line := e.t("need."+strconv.Itoa(m.Need), "days", max(m.DueDays, 5))
	for _, more := range []string{m.How.In(e.lang), g.level(m.Level), m.Remark.In(e.lang)} {
		if more != "" {
			line += " · " + more
		}
	}
	return touch.Column(0, touch.NewText(numbered(i, n, m.Name.In(e.lang)), touch.Body), touch.NewText(line, touch.Caption))
}

func (g *guide) level(level string) string {
	if level == "" {
		return ""
	}
	return g.env.t("level." + level)
}
