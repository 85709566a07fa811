package screens

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// home is the first page: search, the items that are asked for most, departments and themes.
type home struct {
	env     *env
	root    *fyne.Container
	column  *fyne.Container // what stands above the tiles, of changing height
	notices *fyne.Container
	late    *fyne.Container
	lateNo  *touch.Text
	hot     *fyne.Container
	groups  *touch.Pages
	tabs    [2]*touch.Button
	tab     int // 0 departments, 1 themes

	shownHot     []visit.Tile
	shownGroups  [2][]visit.Group
	shownNotices []string
}

func newHome(e *env) *home {
	h := &home{env: e}
	search := newSearchBox(e, "home.search", func() { e.visit.Search("") })
	h.notices = touch.Column(touch.Gap(0.75))
	h.notices.Hide()
	h.lateNo = touch.NewText("", touch.Body)
	h.late = touch.Panel(theme.ColorWarnBg, "", touch.Gap(1), touch.Column(touch.Gap(1),
		touch.Row(touch.Gap(1), []float32{0, 1}, touch.NewIcon("printer", theme.ColorWarn, 0), touch.Middle(h.lateNo)),
		touch.Row(touch.Gap(1), []float32{1, 1},
			touch.NewButton("home.reprint", e.t("home.reprint"), "printer", touch.Primary, e.visit.PrintUnfinished),
			touch.NewButton("home.noreprint", e.t("home.noreprint"), "", touch.Secondary, e.visit.DismissUnfinished))))
	h.late.Hide()
	h.hot = touch.Grid(2, touch.Gap(1))
	if e.wide {
		h.hot = touch.Fitting(touch.Gap(1))
	}
	for i, key := range []string{"home.departments", "home.themes"} {
		h.tabs[i] = touch.NewButton([]string{"home.tab.departments", "home.tab.themes"}[i], e.t(key),
			[]string{"building-2", "layout-grid"}[i], touch.Secondary, func() { h.choose(i) })
	}
	h.groups = touch.NewPages("home", e.pagerLabels(), 3, e.visit.Touch).Fill()
	tabs := touch.Row(touch.Gap(1), []float32{1, 1}, h.tabs[0], h.tabs[1])
	if e.wide {
		h.column = touch.Column(touch.Gap(1.25), search, h.notices, h.late, touch.Stretch(h.hot))
		h.root = touch.Row(touch.Gap(2), []float32{4, 5}, h.column, touch.Column(touch.Gap(1.25), tabs, touch.Stretch(h.groups.Container)))
	} else {
		h.column = touch.Column(touch.Gap(1.25), search, h.notices, h.late, label(e.t("home.hot")), h.hot, tabs, touch.Stretch(h.groups.Container))
		h.root = h.column
	}
	return h
}

func (h *home) body() fyne.CanvasObject { return h.root }

func (h *home) next(*visit.State) next { return next{} }

func (h *home) show(s *visit.State) {
	v := s.HomeView
	if v == nil {
		return
	}
	moved := h.showNotices(v)
	if u := v.Unfinished; u != nil {
		key := "home.unfinished"
		switch {
		case u.Printed == visit.SlipPrinting:
			key = "home.unfinished.printing"
		case u.Printed != visit.SlipPending && u.Printed != visit.SlipFailed:
			key = "home.unfinished.printed"
		case u.Doubt:
			key = "home.unfinished.doubt"
		}
		h.lateNo.SetText(h.env.t(key, "number", u.LocalNumber, "item", u.ItemName))
	}
	moved = setVisible(h.late, v.Unfinished != nil) || moved
	if most := h.mostHot(v); !slices.EqualFunc(most, h.shownHot, sameTile) {
		h.shownHot, moved = most, true
		h.hot.Objects = nil
		for i, t := range most {
			var tile fyne.CanvasObject = touch.NewTile("home.hot."+strconv.Itoa(i), touch.TileView{Title: t.Name, Arrow: true, Dim: !t.Offered, Lines: 5},
				func() { h.env.visit.Choose(t.Code) })
			if i == 0 && h.env.wide { // the heading goes with the first, or not at all
				tile = touch.Column(touch.Gap(1), label(h.env.t("home.hot")), tile)
			}
			h.hot.Add(tile)
		}
	}
	groups := [2][]visit.Group{v.Departments, v.Themes}
	if !slices.Equal(groups[0], h.shownGroups[0]) || !slices.Equal(groups[1], h.shownGroups[1]) {
		h.shownGroups = groups
		h.choose(h.tab)
	}
	if moved {
		h.root.Refresh()
	}
}

// mostHot is how many hot items leave room for the rest: fewer in elder mode, and where notices stand above them.
func (h *home) mostHot(v *visit.HomeView) []visit.Tile {
	if h.env.wide {
		return v.Hot // as many as fit are shown
	}
	most := 6
	if h.env.elder {
		most = 4
	}
	if v.Unfinished != nil {
		most -= 2
	}
	return v.Hot[:min(len(v.Hot), max(2, most))]
}

func (h *home) showNotices(v *visit.HomeView) bool {
	var texts []string
	for _, n := range v.Notices {
		texts = append(texts, h.env.say(n))
	}
	if slices.Equal(texts, h.shownNotices) {
		return false
	}
	h.shownNotices = texts
	h.notices.Objects = nil
	for _, text := range texts {
		h.notices.Add(newNote("warn", text).Container)
	}
	setVisible(h.notices, len(texts) > 0)
	return true
}

// choose shows departments or themes.
func (h *home) choose(tab int) {
	h.tab = tab
	for i, b := range h.tabs {
		b.SetKind([2]touch.Kind{touch.Secondary, touch.Chosen}[boolInt(i == tab)])
	}
	var cells []fyne.CanvasObject
	for _, g := range h.shownGroups[tab] {
		id, open := "home.department."+g.Key, h.env.visit.OpenDepartment
		if tab == 1 {
			id, open = "home.theme."+g.Key, h.env.visit.OpenTheme
		}
		cells = append(cells, touch.NewCell(id, g.Icon, g.Name, strconv.Itoa(g.Count), func() { open(g.Key) }))
	}
	h.groups.SetSections(cells)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
