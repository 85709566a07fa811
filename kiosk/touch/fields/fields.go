// Package fields holds the editors with which a citizen answers the fields of an item: one for each type of field, all over
// form.FieldView.
//
// [New] makes the [Editor] of a field; the screen puts the field's name, its help and what is wrong with the answer around it,
// and calls [Editor.Update] with each new view. An editor reports every change at once through its on function. What it
// needs of the window, the keyboard above all, it asks of its [Host].
//
// Short choices stand open as large buttons. Text and numbers are typed on the keyboard, numbers shown in groups that are easy
// to compare with a card. Dates, places and long choices open a panel where the keyboard would stand (keyboard.Sheet), so that
// nothing ever lies over the form. A list holds the editors of its rows, with their names and errors.
//
// It promises that an editor is never rebuilt while it is typed into, that what arrives late does not undo what was typed since,
// that nothing smaller than theme.SizeTouch is to be touched (but for the keys of the keyboard), and that no choice is told by
// colour alone. It checks nothing: whether an answer is acceptable is kiosk/form's word.
//
// IDs: field.<path> is what is touched to edit (and bears a read-only value); field.<path>.option.<value>, with true and
// false for yes and no; field.<path>.year.up, .year.down, .year.up10, .year.down10, the same of month and day, .today, .blank
// and, for a range, field.<path>.from and .to in the place of field.<path>; field.<path>.part.<level> and .page.next and
// .page.back of a panel with places or long choices; field.<path>.region of an address; field.<path>.add and
// field.<path>.<row>.remove of a list.
package fields

import (
	"time"

	"fyne.io/fyne/v2"

	"zizhuban/assets/i18n"
	"zizhuban/kiosk/form"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
	"zizhuban/sync/items"
)

// Editor lets one field be answered. It is touch.Flexible; its height may change with every Update. UI goroutine only.
type Editor interface {
	fyne.CanvasObject
	// Update shows another view of the same field.
	Update(form.FieldView)
}

// Host is the window that editors stand in.
type Host interface {
	// ShowKeyboard docks the keyboard, or a panel in its place, and keeps the target in view.
	ShowKeyboard(keyboard.Target, keyboard.Layout)
	// HideKeyboard takes it away, where it is there.
	HideKeyboard()
	// AddRow and RemoveRow change the rows of the list with this key.
	AddRow(key string)
	RemoveRow(key string, i int)
	// Now is the time by the terminal's clock, in its zone.
	Now() time.Time
}

// env is what an editor works with.
type env struct {
	path string
	lang string
	host Host
	on   func(path string, value any)
}

// t is a text of this room; args are pairs of name and value.
func (e *env) t(key string, args ...any) string {
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i].(string)] = args[i+1]
	}
	return i18n.T(e.lang, "touch.field."+key, m)
}

// id names a part of the editor.
func (e *env) id(parts ...string) string {
	id := "field." + e.path
	for _, p := range parts {
		id += "." + p
	}
	return id
}

// New makes the editor of a field. on is told every answer as items.Field says how it is held, nil where it is taken back.
func New(v form.FieldView, lang string, host Host, on func(path string, value any)) Editor {
	e := &env{path: v.Key, lang: lang, host: host, on: on}
	var build func(*env, form.FieldView) part
	switch {
	case v.Type == items.TypeList:
		build = newList
	case v.Type == items.TypeFile:
		build = newHandover
	case v.ReadOnly:
		build = newFact
	default:
		build = byType(v)
	}
	ed := &editor{env: e, part: build(e, v), view: v}
	ed.init()
	return ed
}

// byType finds what makes the part of a field that can be answered.
func byType(v form.FieldView) func(*env, form.FieldView) part {
	switch v.Type {
	case items.TypeSelect, items.TypeRadio:
		if len(v.Options) > manyOptions {
			return newPicked
		}
		return newChoice
	case items.TypeMultiselect:
		return newToggles
	case items.TypeBool:
		return newYesNo
	case items.TypeDate, items.TypeMonth:
		return newDate
	case items.TypeDateRange:
		return newRange
	case items.TypeRegion:
		return newRegion
	case items.TypeAddress:
		return newAddress
	}
	return newBox
}

// part is the inside of an editor: one kind of control.
type part interface {
	touch.Flexible
	object() fyne.CanvasObject
	update(form.FieldView)
}
