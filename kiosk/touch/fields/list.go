package fields

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
)

// list is a repeating group: a card for each row, with the editors of its fields, and a button that adds one.
type list struct {
	widget.BaseWidget
	env  *env
	rows []*row
	none *touch.Text
	add  *touch.Button
	body *fyne.Container
	name string
}

// row is one entry.
type row struct {
	card   *fyne.Container
	title  *touch.Text
	remove *touch.Button
	fields []*framed
	column *fyne.Container
	asked  bool // 删除 was touched once
}

func newList(e *env, v form.FieldView) part {
	l := &list{env: e, name: v.Label, none: touch.NewText(e.t("list.none"), touch.Muted)}
	l.add = touch.NewButton(e.id("add"), e.t("list.add"), "plus", touch.Secondary, func() {
		e.host.HideKeyboard()
		e.host.AddRow(e.path)
	})
	l.body = touch.Column(touch.Gap(1))
	l.ExtendBaseWidget(l)
	l.update(v)
	return l
}

func (l *list) object() fyne.CanvasObject { return l }

// update shows the rows of a view. Editors that are there already are kept, so that one that is typed into stays.
func (l *list) update(v form.FieldView) {
	changed := len(v.Rows) != len(l.rows) || len(l.body.Objects) == 0
	for i, views := range v.Rows {
		if i == len(l.rows) {
			l.rows = append(l.rows, l.newRow(i))
		}
		changed = l.rows[i].update(l.env, i, l.name, views, len(v.Rows) == len(l.rows)) || changed
	}
	l.rows = l.rows[:len(v.Rows)]
	l.add.SetEnabled(v.MaxRows == 0 || len(v.Rows) < v.MaxRows)
	label := l.env.t("list.add")
	switch {
	case v.MaxRows > 0 && len(v.Rows) >= v.MaxRows:
		label = l.env.t("list.full", "n", v.MaxRows)
	case len(v.Rows) > 0:
		label = l.env.t("list.more")
	}
	l.add.SetLabel(label)
	if !changed {
		return
	}
	l.body.Objects = nil
	if len(l.rows) == 0 {
		l.body.Add(l.none)
	}
	for _, r := range l.rows {
		l.body.Add(r.card)
	}
	l.body.Add(l.add)
	l.Refresh()
}

func (l *list) newRow(i int) *row {
	r := &row{title: touch.NewText("", touch.Strong), column: touch.Column(touch.Gap(1.25))}
	r.remove = touch.NewButton(l.env.id(strconv.Itoa(i), "remove"), l.env.t("list.remove"), "trash-2", touch.Danger, func() { l.drop(i) })
	r.card = touch.Card(touch.Column(touch.Gap(1),
		touch.Row(touch.Gap(1), []float32{1, 0}, touch.Middle(r.title), touch.Box(theme.Size(theme.SizeTouch)*2.6, 1, r.remove)), r.column))
	return r
}

// drop takes a row away; one with answers only at the second touch.
func (l *list) drop(i int) {
	r := l.rows[i]
	if !r.asked && !r.empty() {
		r.asked = true
		r.remove.SetLabel(l.env.t("list.sure"))
		return
	}
	l.env.host.HideKeyboard()
	l.env.host.RemoveRow(l.env.path, i)
}

// update shows the fields of a row and tells whether others came or went.
func (r *row) update(e *env, i int, name string, views []form.FieldView, same bool) bool {
	r.title.SetText(e.t("list.row", "label", name, "n", i+1))
	if !same && r.asked {
		r.asked = false
		r.remove.SetLabel(e.t("list.remove"))
	}
	old := map[string]*framed{}
	for _, f := range r.fields {
		old[f.env.path] = f
	}
	var kept []*framed
	changed := len(views) != len(r.fields)
	for at, v := range views {
		f := old[v.Key]
		if f == nil || f.kind != v.Type {
			f = newFramed(v, &env{path: v.Key, lang: e.lang, host: e.host, on: e.on})
			changed = true
		} else {
			changed = changed || r.fields[at] != f
			f.update(v)
		}
		kept = append(kept, f)
	}
	r.fields = kept
	if changed {
		r.column.Objects = nil
		for _, f := range kept {
			r.column.Add(f.Container)
		}
	}
	return changed
}

// empty tells whether nothing is answered in the row.
func (r *row) empty() bool {
	for _, f := range r.fields {
		if f.answered {
			return false
		}
	}
	return true
}

// HeightFor is the height at a width.
func (l *list) HeightFor(width float32) float32 { return touch.HeightFor(l.body, width) }

// CreateRenderer draws the rows.
func (l *list) CreateRenderer() fyne.WidgetRenderer { return &wrapped{l, l.body, l.HeightFor} }
