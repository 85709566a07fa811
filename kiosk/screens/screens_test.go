package screens_test

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/screens/screenstest"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
)

func state(t *testing.T, name string) visit.State {
	t.Helper()
	for _, s := range screenstest.States("zh", false) {
		if s.Name == name {
			return s.State
		}
	}
	t.Fatalf("there is no state %s", name)
	return visit.State{}
}

func (o *opened) wants(t *testing.T, events ...string) {
	t.Helper()
	if got := o.visit.Events(); !slices.Equal(got, events) {
		t.Errorf("the visit was asked for %q, want %q", got, events)
	}
}

func (o *opened) look() screenstest.Tree { return screenstest.Look(o.canvas) }

func TestScreens_send_what_is_touched_to_the_visit(t *testing.T) {
	for _, c := range []struct {
		state, tap string
		want       []string
	}{
		{"idle", "idle.start", []string{"Start"}},
		{"home", "home.hot.0", []string{"Choose DEMOA"}},
		{"home", "home.department.DC", []string{"OpenDepartment DC"}},
		{"home", "home.search", []string{"Search "}},
		{"home", "top.language", []string{"SetLanguage en"}},
		{"home", "top.elder", []string{"SetElder true"}},
		{"home", "bar.end", []string{"End"}},
		{"home-notices", "home.reprint", []string{"PrintUnfinished"}},
		{"home-notices", "home.noreprint", []string{"DismissUnfinished"}},
		{"list", "item.DEMOC", []string{"Choose DEMOC"}},
		{"list", "bar.home", []string{"GoHome"}},
		{"guide", "bar.next", []string{"Next"}},
		{"guide", "bar.back", []string{"Back"}},
		{"consent", "consent.refuse", []string{"Refuse"}},
		{"card-failed", "card.retry", []string{"RetryCard"}},
		{"card-read", "bar.next", []string{"Next"}},
		{"form", "field.pay.option.社保卡", []string{"Answer pay=社保卡"}},
		{"form", "bar.next", []string{"Next"}},
		{"review", "review.change.4", []string{"GoTo 1"}},
		{"review", "bar.next", []string{"Next"}},
		{"done", "done.reprint", []string{"PrintAgain"}},
		{"done", "bar.next", []string{"End"}},
		{"warning", "warning.stay", []string{"Stay"}},
		{"warning", "warning.end", []string{"End"}},
		{"problem", "problem.retry", []string{"Act retry"}},
		{"problem", "problem.without_slip", []string{"Act without_slip"}},
	} {
		t.Run(c.state+" "+c.tap, func(t *testing.T) {
			o := open(t, state(t, c.state), portrait)
			o.visit.Events()
			o.tap(t, c.tap)
			o.wants(t, c.want...)
		})
	}
}

func TestScreens_do_not_go_on_while_the_visit_forbids_it(t *testing.T) {
	for _, name := range []string{"guide-not-offered", "consent", "card-waiting", "sign"} {
		o := open(t, state(t, name), portrait)
		o.visit.Events()
		o.tap(t, "bar.next")
		if got := o.visit.Events(); len(got) != 0 {
			t.Errorf("%s: the main button asked for %q", name, got)
		}
	}
}

func TestScreens_cannot_be_left_while_a_submission_is_written(t *testing.T) {
	for _, name := range []string{"submitting", "printing"} {
		o := open(t, state(t, name), portrait)
		for _, id := range []string{"bar.back", "bar.home", "bar.end"} {
			o.tap(t, id)
		}
		if got := o.visit.Events(); len(got) != 0 {
			t.Errorf("%s: the bar asked for %q", name, got)
		}
	}
}

func TestEnd_is_asked_about_where_something_was_entered(t *testing.T) {
	for _, c := range []struct{ id, event string }{{"bar.end", "End"}, {"bar.home", "GoHome"}} {
		o := open(t, state(t, "form"), portrait)
		o.tap(t, c.id)
		o.wants(t)
		o.tap(t, "end.no")
		o.wants(t)
		o.tap(t, c.id)
		o.tap(t, "end.yes")
		o.wants(t, c.event)
	}
}

func TestConsent_is_read_when_its_last_page_was_seen(t *testing.T) {
	s := state(t, "consent")
	long := *s.GuideView
	long.Notice = strings.Repeat(long.Notice+"\n", 8)
	s.GuideView = &long
	o := open(t, s, portrait)
	if got := o.visit.Events(); slices.Contains(got, "ReadNotice") {
		t.Fatal("a notice of several pages counts as read at its first page")
	}
	for range 20 {
		if n, ok := o.look().Find("consent.page.forward"); !ok || !n.Enabled {
			break
		}
		o.tap(t, "consent.page.forward")
	}
	o.wants(t, "ReadNotice")
}

func TestConsent_of_one_page_is_read_at_once(t *testing.T) {
	o := open(t, state(t, "consent"), portrait)
	if got := o.visit.Events(); !slices.Contains(got, "ReadNotice") {
		t.Errorf("events are %q", got)
	}
}

func TestScreens_show_nothing_of_one_visit_in_the_next(t *testing.T) {
	o := open(t, state(t, "form"), portrait)
	for _, name := range []string{"card-read", "form-errors", "review", "done"} {
		o.visit.Set(state(t, name))
	}
	o.visit.Set(state(t, "search"))
	o.visit.Set(state(t, "idle"))
	secrets := []string{"示例丁", "示**", "138", "幸福路", "6222", "7K3M", "社保"}
	check := func(when string) {
		t.Helper()
		tree := o.look()
		for _, text := range tree.Texts {
			for _, s := range secrets {
				if strings.Contains(text, s) {
					t.Errorf("%s: %q is still seen", when, text)
				}
			}
		}
	}
	check("at rest")
	empty := state(t, "form")
	empty.FormView = &visit.FormView{Pages: 1, Title: "填写", Fields: []form.FieldView{{Key: "name", Label: "姓名", Type: items.TypeText}}}
	o.visit.Set(empty)
	check("in the next visit's form")
	search := state(t, "search-nothing")
	search.ListView = &visit.ListView{Kind: "search"}
	o.visit.Set(search)
	check("in the next visit's search")
}

func TestScreens_keep_their_widgets_while_only_a_number_changes(t *testing.T) {
	s := state(t, "done")
	o := open(t, s, portrait)
	before := o.look()
	for i := range 5 {
		s.Countdown = 27 - i
		o.visit.Set(s)
	}
	after := o.look()
	if !after.Has("23") {
		t.Error("the count-down does not show 23")
	}
	same(t, before, after)
}

func TestForm_keeps_its_editors_while_an_answer_changes(t *testing.T) {
	s := state(t, "form")
	o := open(t, s, portrait)
	o.tap(t, "field.phone")
	before := o.look()
	v := *s.FormView
	v.Fields = slices.Clone(v.Fields)
	v.Fields[1].Value, v.Fields[1].Shown, v.Fields[1].Error = "139", "139", "电话号码是 11 位，您输入了 3 位"
	s.FormView = &v
	o.visit.Set(s)
	after := o.look()
	if !after.Has("电话号码是 11 位") {
		t.Error("the error is not shown")
	}
	same(t, before, after)
}

// same checks that every control of before is the same object in after.
func same(t *testing.T, before, after screenstest.Tree) {
	t.Helper()
	for _, n := range before.Nodes {
		if m, ok := after.Find(n.ID); ok && m.Object != n.Object {
			t.Errorf("%s was built anew", n.ID)
		}
	}
}

func TestForm_shows_and_hides_a_field_as_its_condition_says(t *testing.T) {
	s := state(t, "form")
	o := open(t, s, portrait)
	whole := *s.FormView
	v := whole
	v.Fields = append(slices.Clone(whole.Fields[:3]), whole.Fields[4:]...)
	s.FormView = &v
	o.visit.Set(s)
	if _, ok := o.look().Find("field.account"); ok {
		t.Error("the account is still asked")
	}
	s.FormView = &whole
	o.visit.Set(s)
	account, ok := o.look().Find("field.account")
	alone, _ := o.look().Find("field.alone.option.true")
	if !ok || account.Y >= alone.Y {
		t.Errorf("the account is not asked in its place: %v, before %v", account, alone)
	}
}

func TestKeyboard_types_into_the_field_that_was_touched_and_goes_away(t *testing.T) {
	for _, size := range []fyne.Size{portrait, landscape} {
		s := state(t, "form")
		v := *s.FormView
		v.Fields = slices.Clone(v.Fields)
		v.Fields[1].Value, v.Fields[1].Shown = nil, ""
		s.FormView = &v
		o := open(t, s, size)
		o.tap(t, "field.phone")
		for _, d := range "139" {
			o.tap(t, "key."+string(d))
		}
		o.wants(t, "Answer phone=1", "Answer phone=13", "Answer phone=139")
		if _, ok := o.look().Find("field.phone"); !ok {
			t.Error("the field that is typed into is not seen")
		}
		o.tap(t, "key.done")
		o.wants(t, "LeaveField")
		if _, ok := o.look().Find("key.1"); ok {
			t.Error("the keyboard stays")
		}
	}
}

func TestSearch_opens_the_keyboard_and_searches_at_every_key(t *testing.T) {
	o := open(t, state(t, "home"), portrait)
	o.tap(t, "home.search")
	o.wants(t, "Search ")
	s := state(t, "search-nothing")
	s.ListView = &visit.ListView{Kind: "search"}
	o.visit.Set(s)
	o.tap(t, "key.1")
	o.wants(t, "Search 1")
	s.ListView = &visit.ListView{Kind: "search", Query: "1"}
	o.visit.Set(s)
	o.tap(t, "key.2")
	o.wants(t, "Search 12")
	o.tap(t, "key.done")
	if _, ok := o.look().Find("key.1"); ok {
		t.Error("the keyboard stays")
	}
}

func TestKeyboard_goes_away_when_a_question_is_raised(t *testing.T) {
	s := state(t, "form")
	o := open(t, s, portrait)
	o.tap(t, "field.phone")
	s.Warning = &visit.Warning{Seconds: 20}
	o.visit.Set(s)
	tree := o.look()
	for _, n := range tree.Nodes {
		if !strings.HasPrefix(n.ID, "warning.") {
			t.Errorf("%s can be touched below the question", n.ID)
		}
	}
	s.Warning = nil
	o.visit.Set(s)
	if _, ok := o.look().Find("bar.next"); !ok {
		t.Error("the question stays")
	}
}

func TestWarning_counts_down_without_a_new_panel(t *testing.T) {
	s := state(t, "warning")
	o := open(t, s, portrait)
	before := o.look()
	s.Warning = &visit.Warning{Seconds: 7}
	o.visit.Set(s)
	after := o.look()
	if !after.Has("7") {
		t.Error("7 is not seen")
	}
	same(t, before, after)
}

func TestTouch_anywhere_is_a_sign_of_life(t *testing.T) {
	o := open(t, state(t, "guide"), portrait)
	before := o.visit.Touches()
	root := o.canvas.Content().(desktop.Hoverable)
	root.MouseMoved(&desktop.MouseEvent{})
	if o.visit.Touches() == before {
		t.Error("the visit was not told of a pointer that moves")
	}
}

func TestWarning_stays_until_the_finger_is_let_go(t *testing.T) {
	o := open(t, state(t, "warning"), portrait)
	before := o.visit.Touches()
	root := o.canvas.Content().(desktop.Hoverable)
	root.MouseIn(&desktop.MouseEvent{})
	root.MouseMoved(&desktop.MouseEvent{})
	if o.visit.Touches() != before {
		t.Error("the finger on its way down takes the question away, and will press what stands below")
	}
	test.TapCanvas(o.canvas, fyne.NewPos(20, 900))
	if o.visit.Touches() == before {
		t.Error("a touch beside the question does not say that somebody is there")
	}
	o.tap(t, "warning.stay")
	o.wants(t, "Stay")
}

func TestDone_without_a_slip_speaks_of_none(t *testing.T) {
	s := state(t, "done")
	o := open(t, s, portrait)
	if tree := o.look(); !tree.Has("收好回执，或拍下回执号") || !tree.Has("再打印一张") {
		t.Error("a slip is not spoken of")
	}
	slip := *s.SlipView
	slip.Printed = visit.SlipFailed
	s.SlipView = &slip
	o.visit.Set(s)
	if tree := o.look(); tree.Has("收好回执，或拍下回执号") || tree.Has("再打印一张") || !tree.Has("打印回执") {
		t.Error("a slip is spoken of that there is none of")
	}
}

func TestLanguage_and_mode_change_at_any_moment(t *testing.T) {
	o := open(t, state(t, "form"), portrait)
	for _, lang := range []string{"en", "zh"} {
		for _, elder := range []bool{true, false} {
			for _, s := range screenstest.States(lang, elder) {
				if s.Name == "form" {
					o.visit.Set(s.State)
				}
			}
			title := map[string]string{"en": "How it is paid", "zh": "领取方式"}[lang]
			if !o.look().Has(title) {
				t.Errorf("%s elder=%v: %q is not seen", lang, elder, title)
			}
		}
	}
}

func TestWindow_turns_with_its_size(t *testing.T) {
	o := open(t, state(t, "guide"), portrait)
	low, _ := o.look().Find("bar.back")
	o.Fyne().Resize(landscape)
	left, ok := o.look().Find("bar.back")
	if !ok || left.X > 400 || low.Y < 1700 {
		t.Errorf("bar.back is at %v in portrait and at %v in landscape", low, left)
	}
}

func TestWindow_stops_following_when_it_is_closed(t *testing.T) {
	o := open(t, state(t, "home"), portrait)
	if o.visit.Watchers() != 1 {
		t.Fatalf("%d watch, want 1", o.visit.Watchers())
	}
	o.Close()
	if o.visit.Watchers() != 0 {
		t.Error("the window still watches after Close")
	}
	o.visit.Set(state(t, "guide")) // must not be drawn into a closed window
}

func TestSignature_reaches_the_visit_and_is_wiped(t *testing.T) {
	s := state(t, "sign")
	o := open(t, s, portrait)
	pad, ok := o.look().Find("sign.pad")
	if !ok {
		t.Fatal("there is no pad")
	}
	m := pad.Object.(desktop.Mouseable)
	d := pad.Object.(fyne.Draggable)
	at := func(x, y float32) fyne.PointEvent { return fyne.PointEvent{Position: fyne.NewPos(x, y)} }
	m.MouseDown(&desktop.MouseEvent{PointEvent: at(100, 100)})
	for i := range 20 {
		d.Dragged(&fyne.DragEvent{PointEvent: at(100+float32(i)*10, 100+float32(i)*4)})
	}
	m.MouseUp(&desktop.MouseEvent{PointEvent: at(300, 180)})
	d.DragEnd()
	o.wants(t, "Signed 1")
	if got := o.visit.Strokes(); len(got) != 1 || len(got[0]) < 15 {
		t.Fatalf("strokes are %v", got)
	}
	s.SignView = &visit.SignView{Promise: s.SignView.Promise, Strokes: 1}
	s.CanNext = true
	o.visit.Set(s)
	o.tap(t, "sign.clear")
	o.wants(t, "Signed 0")
}

func TestHome_offers_themes_as_well(t *testing.T) {
	o := open(t, state(t, "home"), landscape)
	o.tap(t, "home.tab.themes")
	o.tap(t, "home.theme.TB")
	o.wants(t, "OpenTheme TB")
}

func TestList_turns_pages_and_tells_why_an_item_is_not_offered(t *testing.T) {
	o := open(t, state(t, "list"), portrait)
	if !o.look().Has("这里不能办，请到区政务服务中心") {
		t.Error("it is not told why an item is not offered")
	}
	if _, ok := o.look().Find("item.DEMOL"); ok {
		t.Fatal("twelve items are seen on one page; the test needs two pages")
	}
	o.tap(t, "list.page.forward")
	o.tap(t, "item.DEMOL")
	o.wants(t, "Choose DEMOL")
}

func TestGuide_shows_the_elements_of_the_implementation_list(t *testing.T) {
	o := open(t, state(t, "guide"), portrait)
	var texts []string
	for range 10 {
		texts = append(texts, o.look().Texts...)
		n, ok := o.look().Find("guide.page.forward")
		if !ok || !n.Enabled {
			break
		}
		o.tap(t, "guide.page.forward")
	}
	for _, want := range []string{"实施主体", "办件类型", "服务对象", "受理条件", "申请材料", "承诺时限", "法定时限", "收费", "办理流程",
		"办理结果", "办理地点", "办理时间", "咨询方式", "监督投诉", "设定依据", "事项编码", "可以 5 个工作日内补交 · 窗口核对 · 核对原件 · 数据共享可免"} {
		if !slices.Contains(texts, want) {
			t.Errorf("the guide does not show %s", want)
		}
	}
}

func TestSign_shows_the_whole_promise(t *testing.T) {
	for _, size := range []fyne.Size{portrait, landscape} {
		for _, lang := range []string{"zh", "en"} {
			for _, s := range screenstest.States(lang, false) {
				if s.Name != "sign" {
					continue
				}
				o := open(t, s.State, size)
				texts := o.look().Texts
				for {
					n, ok := o.look().Find("sign.page.forward")
					if !ok || !n.Enabled {
						break
					}
					o.tap(t, "sign.page.forward")
					texts = append(texts, o.look().Texts...)
				}
				for _, p := range strings.Split(s.State.SignView.Promise, "\n") {
					if !slices.Contains(texts, p) {
						t.Errorf("%v %s: %q cannot be read", size, lang, p)
					}
				}
			}
		}
	}
}
