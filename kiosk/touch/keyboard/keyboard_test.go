package keyboard_test

import (
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/theme"
	"zizhuban/kiosk/touch"
	"zizhuban/kiosk/touch/keyboard"
	"zizhuban/kiosk/touch/pinyin"
)

// The tests of widgets share one app and one finger, as the terminal does; so they do not run side by side.
func TestMain(m *testing.M) {
	app := test.NewApp()
	app.Settings().SetTheme(theme.New(theme.Standard))
	os.Exit(m.Run())
}

// entry is the plainest Target.
type entry struct{ text string }

func (e *entry) Text() string     { return e.text }
func (e *entry) SetText(s string) { e.text = s }

// find gives the visible key of an ID.
func find(o fyne.CanvasObject, id string) fyne.Tappable {
	var found fyne.Tappable
	walk(o, func(o fyne.CanvasObject) {
		if i, ok := o.(touch.Identified); ok && i.ID() == id && found == nil {
			found, _ = o.(fyne.Tappable)
		}
	})
	return found
}

// walk visits what is visible.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			walk(c, visit)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			walk(c, visit)
		}
	}
}

func tap(t *testing.T, o fyne.CanvasObject, id string) {
	t.Helper()
	k := find(o, id)
	if k == nil {
		t.Fatalf("there is no %s on the keyboard", id)
	}
	test.Tap(k)
}

// aKeyboard is one of a portrait window, typing into an entry.
func aKeyboard(layout keyboard.Layout) (*keyboard.Keyboard, *entry) {
	k, e := keyboard.New("zh"), &entry{}
	k.Attach(e, layout)
	k.Resize(fyne.NewSize(1080, k.HeightFor(1080)))
	return k, e
}

func press(t *testing.T, o fyne.CanvasObject, ids ...string) {
	t.Helper()
	for _, id := range ids {
		tap(t, o, id)
	}
}

func label(t *testing.T, o fyne.CanvasObject, id string) string {
	t.Helper()
	k, ok := find(o, id).(touch.Described)
	if !ok {
		t.Fatalf("there is no %s on the keyboard", id)
	}
	return k.Label()
}

func TestKeyboard_types_digits_and_takes_them_back(t *testing.T) {
	k, e := aKeyboard(keyboard.Phone)
	press(t, k, "key.1", "key.3", "key.9", "key.9", "key.backspace")
	if e.text != "139" {
		t.Errorf("typed %q, want 139", e.text)
	}
	press(t, k, "key.clear")
	if e.text != "" {
		t.Errorf("after 清空 %q is left", e.text)
	}
}

func TestKeyboard_has_the_characters_of_its_layout_and_no_others(t *testing.T) {
	for _, c := range []struct {
		layout keyboard.Layout
		has    string
		not    string
	}{
		{keyboard.Digits, "0123456789", ".X-a"},
		{keyboard.Decimal, "0123456789.", "X"},
		{keyboard.Phone, "0123456789", "X."},
		{keyboard.IDNumber, "0123456789X", ".A"},
		{keyboard.Code, "0123456789ABCDEFGHJKLMNPQRTUWXY", "IOSVZ"},
		{keyboard.Plate, "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼", "A1"},
		{keyboard.Latin, "abcdefghijklmnopqrstuvwxyz0123456789,.-", "，。"},
		{keyboard.Pinyin, "abcdefghijklmnopqrstuvwxyz0123456789，。'", ",."},
	} {
		k, _ := aKeyboard(c.layout)
		for _, r := range c.has {
			if find(k, "key."+string(r)) == nil {
				t.Errorf("%v has no %c", c.layout, r)
			}
		}
		for _, r := range c.not {
			if find(k, "key."+string(r)) != nil {
				t.Errorf("%v has %c", c.layout, r)
			}
		}
	}
}

func TestKeyboard_turns_to_letters_after_the_province_of_a_plate(t *testing.T) {
	k, e := aKeyboard(keyboard.Plate)
	press(t, k, "key.浙", "key.A", "key.D", "key.1", "key.2", "key.3", "key.4", "key.5")
	if e.text != "浙AD12345" {
		t.Errorf("typed %q", e.text)
	}
	for _, absent := range []string{"key.I", "key.O"} {
		if find(k, absent) != nil {
			t.Errorf("%s is no letter of a plate", absent)
		}
	}
	press(t, k, "key.clear", "key.苏")
	if e.text != "苏" {
		t.Errorf("after 清空 the provinces should be back; typed %q", e.text)
	}
}

func TestKeyboard_writes_one_capital_after_shift(t *testing.T) {
	k, e := aKeyboard(keyboard.Latin)
	press(t, k, "key.shift", "key.z", "key.j", "key.space", "key.symbols", "key.@")
	if e.text != "Zj @" {
		t.Errorf("typed %q", e.text)
	}
}

func TestKeyboard_writes_Chinese_by_pinyin(t *testing.T) {
	k, e := aKeyboard(keyboard.Pinyin)
	press(t, k, "key.s", "key.f", "key.z")
	if got := label(t, k, "key.cand.0"); got != "身份证" {
		t.Errorf("the first candidate is %q", got)
	}
	if e.text != "" {
		t.Errorf("%q was written before a choice", e.text)
	}
	press(t, k, "key.cand.0", "key.，", "key.n", "key.i", "key.h", "key.a", "key.o", "key.space")
	if e.text != "身份证，你好" {
		t.Errorf("wrote %q", e.text)
	}
}

func TestKeyboard_lets_a_word_be_chosen_piece_by_piece(t *testing.T) {
	k, e := aKeyboard(keyboard.Pinyin)
	for _, r := range "shilijia" {
		tap(t, k, "key."+string(r))
	}
	for _, piece := range []string{"示例", "甲"} {
		choose(t, k, piece)
	}
	if e.text != "示例甲" {
		t.Errorf("wrote %q", e.text)
	}
}

// choose opens all candidates and turns pages until the one is seen.
func choose(t *testing.T, k *keyboard.Keyboard, text string) {
	t.Helper()
	if find(k, "key.q") != nil {
		tap(t, k, "key.more")
	}
	for range 60 {
		for i := 0; ; i++ {
			o := find(k, "key.cand."+string(rune('0'+i%10)))
			if i >= 10 {
				o = find(k, "key.cand."+string(rune('0'+i/10))+string(rune('0'+i%10)))
			}
			if o == nil {
				break
			}
			if o.(touch.Described).Label() == text {
				test.Tap(o)
				return
			}
		}
		if !find(k, "key.next").(touch.Described).Enabled() {
			break
		}
		tap(t, k, "key.next")
	}
	t.Fatalf("%s is on no page of the candidates", text)
}

func TestKeyboard_finds_a_rare_character_of_a_name_on_the_open_pages(t *testing.T) {
	k, e := aKeyboard(keyboard.Pinyin)
	press(t, k, "key.c", "key.h", "key.u", "key.n")
	choose(t, k, "𬭚")
	if e.text != "𬭚" {
		t.Errorf("wrote %q", e.text)
	}
	if find(k, "key.q") == nil {
		t.Error("after the choice the letters should be back")
	}
}

func TestKeyboard_erases_letters_before_it_erases_text(t *testing.T) {
	k, e := aKeyboard(keyboard.Pinyin)
	e.text = "甲"
	press(t, k, "key.n", "key.i", "key.backspace", "key.backspace")
	if e.text != "甲" || find(k, "key.cand.0") != nil {
		t.Errorf("the text is %q, candidates are open: %v", e.text, find(k, "key.cand.0") != nil)
	}
	press(t, k, "key.backspace")
	if e.text != "" {
		t.Errorf("the text is %q", e.text)
	}
}

func TestKeyboard_takes_open_letters_with_it_at_done(t *testing.T) {
	k, e := aKeyboard(keyboard.Pinyin)
	done := 0
	k.OnDone = func() { done++ }
	press(t, k, "key.h", "key.a", "key.n", "key.g", "key.z", "key.h", "key.o", "key.u", "key.done")
	if e.text != "杭州" || done != 1 {
		t.Errorf("wrote %q, done %d times", e.text, done)
	}
}

func TestKeyboard_keeps_nothing_after_it_left_a_field(t *testing.T) {
	k, first := aKeyboard(keyboard.Pinyin)
	press(t, k, "key.n", "key.i")
	k.Detach()
	for _, text := range texts(k) {
		if strings.ContainsAny(text, "你ni") {
			t.Errorf("a hidden part of the keyboard still bears %q", text)
		}
	}
	second := &entry{}
	k.Attach(second, keyboard.Pinyin)
	if find(k, "key.cand.0") != nil {
		t.Error("candidates of the field before are still offered")
	}
	press(t, k, "key.space")
	if first.text != "" || second.text != " " {
		t.Errorf("the texts are %q and %q", first.text, second.text)
	}
}

// texts are all that the keyboard bears, hidden or not, but for the letters of its keys.
func texts(o fyne.CanvasObject) []string {
	var all []string
	switch o := o.(type) {
	case *canvas.Text:
		return []string{o.Text}
	case touch.Described:
		if id := o.ID(); id != "" && !strings.HasPrefix(id, "key.cand.") {
			return nil
		}
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			all = append(all, texts(c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			all = append(all, texts(c)...)
		}
	}
	return all
}

// watched is a Target that wants to know everything.
type watched struct {
	entry
	typing, finished int
}

func (w *watched) Typing(on bool) {
	if on {
		w.typing++
	} else {
		w.typing--
	}
}

func (w *watched) Finish() { w.finished++ }

func TestKeyboard_tells_a_target_when_it_is_typed_into(t *testing.T) {
	k := keyboard.New("zh")
	k.Resize(fyne.NewSize(1080, 700))
	a, b := &watched{}, &watched{}
	k.Attach(a, keyboard.Digits)
	k.Attach(b, keyboard.Digits)
	if a.typing != 0 || b.typing != 1 {
		t.Errorf("a is typed into %d times, b %d times", a.typing, b.typing)
	}
	press(t, k, "key.done")
	k.Detach()
	if b.typing != 0 || b.finished != 1 {
		t.Errorf("b is typed into %d times, finished %d times", b.typing, b.finished)
	}
}

func TestKeyboard_begins_with_letters_for_who_reads_English(t *testing.T) {
	k, e := keyboard.New("en"), &entry{}
	k.Attach(e, keyboard.Pinyin)
	k.Resize(fyne.NewSize(1080, k.HeightFor(1080)))
	press(t, k, "key.r", "key.d", "key.lang", "key.l", "key.u", "key.cand.0")
	if len([]rune(e.text)) != 3 || e.text[:2] != "rd" {
		t.Errorf("wrote %q, want rd and one character", e.text)
	}
}

func TestKeyboard_keeps_its_height_while_a_layout_is_used(t *testing.T) {
	k, _ := aKeyboard(keyboard.Pinyin)
	high := k.HeightFor(1080)
	for _, id := range []string{"key.y", "key.i", "key.more", "key.next", "key.cand.0", "key.symbols", "key.lang"} {
		press(t, k, id)
		if got := k.HeightFor(1080); got != high {
			t.Errorf("after %s it is %v high, was %v", id, got, high)
		}
	}
}

func TestKeyboard_shows_the_touch_and_lets_go(t *testing.T) {
	k, _ := aKeyboard(keyboard.Digits)
	key := find(k, "key.5").(interface {
		MouseDown(*desktop.MouseEvent)
		MouseUp(*desktop.MouseEvent)
		Down() bool
	})
	key.MouseDown(&desktop.MouseEvent{})
	if !key.Down() {
		t.Error("a touched key does not show it")
	}
	key.MouseUp(&desktop.MouseEvent{})
	if key.Down() {
		t.Error("a key that was let go still shows the touch")
	}
}

func TestKeyboard_never_takes_the_focus(t *testing.T) {
	k, _ := aKeyboard(keyboard.Pinyin)
	walk(k, func(o fyne.CanvasObject) {
		if _, ok := o.(fyne.Focusable); ok {
			t.Errorf("%T can take the focus", o)
		}
	})
}

func TestKeyboard_takes_a_physical_one(t *testing.T) {
	for _, c := range []struct {
		layout keyboard.Layout
		typed  string
		want   string
	}{
		{keyboard.Phone, "13a9 0", "1390"},
		{keyboard.Decimal, "12.5x", "12.5"},
		{keyboard.IDNumber, "33x", "33X"},
		{keyboard.Code, "11ab-", "11AB"},
		{keyboard.Plate, "浙a1!", "浙A1"},
		{keyboard.Latin, "Ab 1\t", "Ab 1"},
		{keyboard.Pinyin, "sfz1ni 2", "身份证你2"},
		{keyboard.Pinyin, "张三丰𠮷", "张三丰𠮷"},
	} {
		k, e := aKeyboard(c.layout)
		for _, r := range c.typed {
			k.TypedRune(r)
		}
		if e.text != c.want {
			t.Errorf("%v: typing %q wrote %q, want %q", c.layout, c.typed, e.text, c.want)
		}
	}
}

func TestKeyboard_takes_the_keys_of_a_physical_one(t *testing.T) {
	k, e := aKeyboard(keyboard.Pinyin)
	done := 0
	k.OnDone = func() { done++ }
	key := func(name fyne.KeyName) { k.TypedKey(&fyne.KeyEvent{Name: name}) }
	for _, r := range "abc" {
		k.TypedRune(r)
	}
	key(fyne.KeyReturn) // the letters themselves
	for _, r := range "ni" {
		k.TypedRune(r)
	}
	key(fyne.KeyEscape)
	key(fyne.KeyBackspace)
	key(fyne.KeyReturn)
	if e.text != "ab" || done != 1 {
		t.Errorf("wrote %q, done %d times", e.text, done)
	}
}

func TestKeyboard_pastes_only_what_the_layout_has(t *testing.T) {
	k, e := aKeyboard(keyboard.Phone)
	k.Paste("139-0000-0001\n")
	if e.text != "13900000001" {
		t.Errorf("pasted %q", e.text)
	}
}

func TestKeyboard_prefers_the_words_of_the_catalogue(t *testing.T) {
	k, _ := aKeyboard(keyboard.Pinyin)
	k.Use(keyboard.Decoder(pinyin.Word{Text: "示例事项"}))
	for _, r := range "shilishixiang" {
		tap(t, k, "key."+string(r))
	}
	if got := label(t, k, "key.cand.0"); got != "示例事项" {
		t.Errorf("the first candidate is %q", got)
	}
}

func TestKeyboard_shows_a_panel_in_place_of_keys(t *testing.T) {
	tapped := 0
	panel := touch.NewButton("panel.one", "一", "", touch.Secondary, func() { tapped++ })
	k, target := keyboard.New("zh"), &watched{}
	k.OnDone = k.Detach
	k.Attach(target, keyboard.Sheet("请选择", panel))
	k.Resize(fyne.NewSize(1080, k.HeightFor(1080)))
	press(t, k, "panel.one")
	if find(k, "key.1") != nil || tapped != 1 {
		t.Errorf("keys are seen beside the panel: %v; tapped %d times", find(k, "key.1") != nil, tapped)
	}
	k.TypedRune('1')
	press(t, k, "key.done")
	if target.finished != 1 || target.text != "" || find(k, "panel.one") != nil {
		t.Errorf("finished %d times, text %q, panel still there: %v", target.finished, target.text, find(k, "panel.one") != nil)
	}
}

func TestKeyboard_without_a_target_does_nothing(t *testing.T) {
	k := keyboard.New("zh")
	k.Resize(fyne.NewSize(1080, 700))
	k.TypedRune('a')
	k.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	k.Paste("a")
	k.Detach()
	if k.Target() != nil || k.HeightFor(1080) != 0 {
		t.Errorf("the target is %v, the height %v", k.Target(), k.HeightFor(1080))
	}
}

func BenchmarkKeyboard_tap(b *testing.B) {
	k, _ := aKeyboard(keyboard.Pinyin)
	keys := []fyne.Tappable{find(k, "key.s"), find(k, "key.h"), find(k, "key.i"), find(k, "key.clear")}
	for b.Loop() {
		for _, key := range keys {
			key.Tapped(nil)
		}
	}
}
