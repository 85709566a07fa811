package fields_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/fields"
	"zizhuban/kiosk/touch/keyboard"
	"zizhuban/sync/items"
)

// box is the keyboard's side of a typed field.
type box interface {
	keyboard.Caret
	touch.Described
	fyne.Tappable
}

func (w *window) box(t *testing.T, e fields.Editor, id string) box {
	t.Helper()
	w.tap(t, e, id)
	b, ok := w.board.Target().(box)
	if !ok {
		t.Fatalf("%s opened the keyboard for %T", id, w.board.Target())
	}
	return b
}

func TestBox_tells_every_key_stroke(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "phone", Type: items.TypePhone})
	w.tap(t, e, "field.phone", "key.1", "key.3", "key.backspace", "key.backspace", "key.8")
	want := []string{`phone="1"`, `phone="13"`, `phone="1"`, `phone=<nil>`, `phone="8"`}
	for i := range want {
		if i >= len(w.said) || w.said[i] != want[i] {
			t.Fatalf("said %q, want %q", w.said, want)
		}
	}
}

func TestBox_takes_only_what_its_field_can_hold(t *testing.T) {
	for _, c := range []struct {
		kind, typed, want string
		max               int
	}{
		{items.TypePhone, "139000000012345", "13900000001", 0},
		{items.TypeIDNumber, "33000019580312001x9", "33000019580312001X", 0},
		{items.TypeBank, "62220200000000000000", "6222020000000000000", 0},
		{items.TypeUSCC, "11339900dem000014a1", "11339900DEM000014A", 0},
		{items.TypePlate, "浙a·12345", "浙A12345", 0},
		{items.TypeMoney, "12.345.6", "12.34", 0},
		{items.TypeMoney, ".5", ".5", 0},
		{items.TypeNumber, "1a2.5", "12.5", 0},
		{items.TypeText, "甲乙丙丁", "甲乙丙", 3},
		{items.TypeText, "𠮷𠮷𠮷", "𠮷𠮷", 2},
	} {
		w := aWindow("zh")
		e := w.editor(form.FieldView{Key: "k", Type: c.kind, MaxLen: c.max})
		w.box(t, e, "field.k").Insert(c.typed)
		if got := w.answers["k"]; got != c.want {
			t.Errorf("%s: typing %q gave %v, want %q", c.kind, c.typed, got, c.want)
		}
	}
}

func TestBox_opens_the_keyboard_that_suits_its_field(t *testing.T) {
	for kind, key := range map[string]string{
		items.TypePhone: "key.0", items.TypeIDNumber: "key.X", items.TypeMoney: "key..", items.TypePlate: "key.浙", items.TypeUSCC: "key.W",
		items.TypeText: "key.lang", items.TypeTextarea: "key.lang", items.TypeBank: "key.9",
	} {
		w := aWindow("zh")
		e := w.editor(form.FieldView{Key: "k", Type: kind})
		w.tap(t, e, "field.k")
		if find(w.board, key) == nil {
			t.Errorf("%s: the keyboard has no %s", kind, key)
		}
	}
}

func TestBox_keeps_what_is_typed_when_an_older_view_arrives(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypePhone})
	b := w.box(t, e, "field.k")
	b.Insert("13")
	e.Update(form.FieldView{Key: "k", Type: items.TypePhone, Value: "1"}) // of the first key, on its way until now
	if b.Text() != "13" {
		t.Errorf("holds %q, want 13", b.Text())
	}
	w.HideKeyboard()
	e.Update(form.FieldView{Key: "k", Type: items.TypePhone, Value: "139"})
	if b.Text() != "139" {
		t.Errorf("once it is left, the view counts: it holds %q, want 139", b.Text())
	}
}

func TestBox_types_where_the_caret_stands(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeBank, Value: "62220200"})
	b := w.box(t, e, "field.k")
	b.Step(-4)
	b.Insert("9")
	if b.Text() != "622290200" {
		t.Errorf("typed into the middle: %q", b.Text())
	}
	b.Step(-100)
	b.Backspace()
	b.Insert("1")
	b.Step(100)
	b.Backspace()
	if b.Text() != "162229020" {
		t.Errorf("typed at both ends: %q", b.Text())
	}
}

func TestBox_puts_the_caret_where_the_finger_was(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeText, Value: "甲乙丙丁"})
	b := find(e, "field.k").(box)
	high := b.Size().Height
	b.Tapped(&fyne.PointEvent{Position: fyne.NewPos(20+2*38, high/2)}) // two characters of 38 pixels after the edge of 20
	b.Insert("x")
	if b.Text() != "甲乙x丙丁" {
		t.Errorf("typed %q", b.Text())
	}
	b.Tapped(&fyne.PointEvent{Position: fyne.NewPos(900, high/2)})
	b.Insert("y")
	if b.Text() != "甲乙x丙丁y" {
		t.Errorf("typed %q", b.Text())
	}
}

func TestBox_grows_with_its_text(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeTextarea})
	empty := touch.HeightFor(e, 1000)
	b := w.box(t, e, "field.k")
	for range 200 {
		b.Insert("字")
	}
	if grown := touch.HeightFor(e, 1000); grown <= empty {
		t.Errorf("with 200 characters it is %v high, empty %v", grown, empty)
	}
	if wide := touch.HeightFor(e, 4000); wide >= touch.HeightFor(e, 1000) {
		t.Error("at a greater width it should be lower")
	}
}

func TestBox_begins_no_line_with_a_mark(t *testing.T) {
	w := aWindow("zh")
	for n := 20; n < 32; n++ {
		e := w.editor(form.FieldView{Key: "k", Type: items.TypeTextarea, Value: strings.Repeat("字", n) + "，字"})
		for _, o := range test.WidgetRenderer(find(e, "field.k").(fyne.Widget)).Objects() {
			if line, ok := o.(*canvas.Text); ok && strings.HasPrefix(line.Text, "，") {
				t.Errorf("with %d characters before it the comma begins a line", n)
			}
		}
	}
}

func TestBox_cannot_be_made_to_panic(t *testing.T) {
	w := aWindow("zh")
	for _, kind := range []string{items.TypeText, items.TypeMoney, items.TypeIDNumber, items.TypePlate, items.TypeTextarea} {
		for _, value := range []any{nil, "", "\n\n", "a\nb", "１２，３", 3, 2.5, []string{"a"}, true, "....", "𠮷" + string(rune(0xFE00))} {
			e := w.editor(form.FieldView{Key: "k", Type: kind, Value: value, MaxLen: 1})
			b := w.box(t, e, "field.k")
			b.Step(-3)
			b.Insert("8")
			b.Backspace()
			b.SetText("")
			b.Backspace()
			b.Tapped(&fyne.PointEvent{Position: fyne.NewPos(-5, 9999)})
			lay(e)
			w.HideKeyboard()
		}
	}
}

func TestAddress_is_a_place_and_what_follows_it(t *testing.T) {
	w := aWindow("zh")
	v := form.FieldView{Key: "addr", Type: items.TypeAddress, MaxLen: 100}
	e := w.editor(v)
	w.tap(t, e, "field.addr.region", "field.addr.option.浙江省", "field.addr.option.杭州市", "field.addr.option.西湖区")
	if got := w.answers["addr"]; got != "浙江省杭州市西湖区" {
		t.Errorf("the place alone gave %v", got)
	}
	// What follows is typed at once: the keyboard is there.
	w.tap(t, e, "key.8")
	if got := w.answers["addr"]; got != "浙江省杭州市西湖区8" {
		t.Errorf("with what follows: %v", got)
	}
	w.tap(t, e, "field.addr.region", "field.addr.part.city", "field.addr.option.宁波市")
	if got := w.answers["addr"]; got != "浙江省宁波市8" {
		t.Errorf("another city: %v", got)
	}
	w.HideKeyboard()
	v.Value = "北京市东城区示例街2号"
	e.Update(v)
	if got := find(e, "field.addr.region").(touch.Described).Label(); got != "北京市东城区" {
		t.Errorf("the place of the view is shown as %q", got)
	}
	if got := find(e, "field.addr").(touch.Described).Label(); got != "示例街2号" {
		t.Errorf("what follows is shown as %q", got)
	}
}

func TestAddress_without_a_place_is_just_a_text(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "addr", Type: items.TypeAddress, Value: "示例村3号"})
	w.tap(t, e, "field.addr", "key.backspace")
	if got := w.answers["addr"]; got != "示例村3" {
		t.Errorf("gave %v", got)
	}
	w.tap(t, e, "key.clear")
	if got, said := w.answers["addr"]; got != nil || !said {
		t.Errorf("an emptied address gave %v", got)
	}
}

func TestAddress_keeps_the_length_of_the_whole(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "addr", Type: items.TypeAddress, MaxLen: 12, Value: "浙江省杭州市西湖区"})
	w.box(t, e, "field.addr").Insert("示例路一号")
	if got := w.answers["addr"]; got != "浙江省杭州市西湖区示例路" {
		t.Errorf("gave %v", got)
	}
}
