package screens

import (
	"slices"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/visit"
)

// list is the items of a department or a theme, or what a search has found.
type list struct {
	env   *env
	root  *fyne.Container
	title *touch.Text
	count *touch.Text
	box   *searchBox
	empty *fyne.Container
	pages *touch.Pages

	kind  string
	shown []visit.Tile
	tiles []*touch.Tile
	drawn bool
}

func newList(e *env) *list {
	l := &list{env: e, title: touch.NewText("", touch.Heading.Max(2)), count: touch.NewText("", touch.Muted)}
	l.box = newSearchBox(e, "list.search", nil)
	l.box.onTap = l.typeHere
	l.empty = touch.Column(touch.Gap(1.5), touch.NewIcon("search", theme.ColorMuted, 6*touch.Gap(1)),
		touch.NewText(e.t("list.empty"), touch.Large.Centred()), touch.NewText(e.t("list.empty.hint"), touch.Muted.Centred()))
	l.empty.Hide()
	columns := 1
	if e.wide && !e.elder {
		columns = 2
	}
	l.pages = touch.NewPages("list", e.pagerLabels(), columns, e.visit.Touch).Peek()
	l.root = touch.Column(touch.Gap(1.25), l.title, l.box, l.count, l.empty, touch.Stretch(l.pages.Container))
	return l
}

func (l *list) body() fyne.CanvasObject { return l.root }

func (l *list) next(*visit.State) next { return next{} }

func (l *list) show(s *visit.State) {
	v := s.ListView
	if v == nil {
		return
	}
	entered := !l.drawn || l.kind != v.Kind
	l.kind, l.drawn = v.Kind, true
	search := v.Kind == "search"
	l.title.SetText(v.Title)
	moved := setVisible(l.title, !search)
	moved = setVisible(l.box, search) || moved
	l.box.set(v.Query)
	l.count.SetText(l.counted(v.Tiles))
	nothing := len(v.Tiles) == 0 && (!search || v.Query != "")
	moved = setVisible(l.empty, nothing) || moved
	moved = setVisible(l.count, len(v.Tiles) > 0) || moved
	if !slices.EqualFunc(v.Tiles, l.shown, sameTile) || entered {
		l.shown = v.Tiles
		l.fill()
	}
	if moved {
		l.root.Refresh()
	}
	if search && entered && v.Query == "" {
		l.typeHere()
	}
}

// counted says how many items there are, and how many of them can be applied for here: the number on the tile that led
// here counts those only.
func (l *list) counted(tiles []visit.Tile) string {
	here := 0
	for _, t := range tiles {
		if t.Offered {
			here++
		}
	}
	if here < len(tiles) {
		return l.env.t("list.count.here", "n", len(tiles), "here", here)
	}
	return l.env.t("list.count", "n", len(tiles))
}

func sameTile(a, b visit.Tile) bool {
	return a.Code == b.Code && a.Name == b.Name && a.Offered == b.Offered && a.Promised == b.Promised && a.Why.Key == b.Why.Key
}

// fill shows a tile for each item. Tiles are kept and used again: a search changes its results at every key.
func (l *list) fill() {
	most := 300
	if l.kind == "search" {
		most = 60 // nobody turns more pages than that; another letter finds it sooner
	}
	n := min(len(l.shown), most)
	for i := len(l.tiles); i < n; i++ {
		l.tiles = append(l.tiles, touch.NewTile("", touch.TileView{}, func() { l.env.visit.Choose(l.shown[i].Code) }))
	}
	sections := make([]fyne.CanvasObject, n)
	for i, t := range l.shown[:n] {
		view := touch.TileView{Title: t.Name, Detail: l.detail(t), Arrow: true, Dim: !t.Offered, Lines: 4, Size: theme.SizeLarge}
		if t.Kind == 1 && t.Offered {
			view.Tag = l.env.t("kind.1")
		}
		l.tiles[i].Rename("item." + t.Code)
		l.tiles[i].Set(view)
		sections[i] = l.tiles[i]
	}
	l.pages.SetSections(sections)
}

func (l *list) detail(t visit.Tile) string {
	if !t.Offered {
		return l.env.say(t.Why)
	}
	if t.Promised == "" || t.Kind == 1 {
		return t.Department
	}
	return t.Department + " · " + l.env.t("list.promised", "time", t.Promised)
}

// typeHere shows the keyboard for the search.
func (l *list) typeHere() { l.env.w.frame.typeSearch(l.box) }

func (l *list) wipe() { l.box.set("") }
