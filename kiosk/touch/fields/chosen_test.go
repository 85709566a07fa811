package fields_test

import (
	"strings"
	"testing"

	"zizhuban/kiosk/form"
	"zizhuban/kiosk/touch"
	"zizhuban/sync/items"
)

func TestChoice_is_made_by_one_touch_and_marked_at_once(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeRadio, Required: true, Options: options("购房", "入学")})
	w.tap(t, e, "field.k.option.入学")
	if w.last() != `k="入学"` {
		t.Errorf("said %s", w.last())
	}
	w.tap(t, e, "field.k.option.入学")
	if w.last() != `k="入学"` {
		t.Errorf("a choice that must be made was taken back: %s", w.last())
	}
}

func TestChoice_that_need_not_be_made_can_be_taken_back(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeSelect, Options: options("购房", "入学"), Value: "购房"})
	w.tap(t, e, "field.k.option.购房")
	if w.last() != "k=<nil>" {
		t.Errorf("said %s", w.last())
	}
}

func TestToggles_give_all_that_are_on(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeMultiselect, Options: options("养老", "工伤", "失业"), Value: []string{"工伤"}})
	w.tap(t, e, "field.k.option.养老", "field.k.option.工伤")
	if w.last() != `k=[]string{"养老"}` {
		t.Errorf("said %s", w.last())
	}
	w.tap(t, e, "field.k.option.养老")
	if w.last() != "k=<nil>" {
		t.Errorf("with none on it said %s", w.last())
	}
}

func TestYesNo_gives_a_bool(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeBool})
	w.tap(t, e, "field.k.option.false")
	if w.last() != "k=false" {
		t.Errorf("said %s", w.last())
	}
	w.tap(t, e, "field.k.option.true")
	if w.last() != "k=true" {
		t.Errorf("said %s", w.last())
	}
}

func TestManyOptions_open_a_panel_of_pages(t *testing.T) {
	w := aWindow("zh")
	names := strings.Split("一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六 十七 十八", " ")
	v := form.FieldView{Key: "k", Type: items.TypeSelect, Options: options(names...), Value: "十八"}
	e := w.editor(v)
	w.tap(t, e, "field.k")
	if find(w.board, "field.k.option.十八") == nil {
		t.Error("the panel should open on the page of the present choice")
	}
	w.tap(t, e, "field.k.page.back", "field.k.option.十二")
	if w.last() != `k="十二"` || w.open {
		t.Errorf("said %s; the panel is still open: %v", w.last(), w.open)
	}
	if got := find(e, "field.k").(touch.Described).Label(); got != "十二" {
		t.Errorf("shows %q", got)
	}
}

func TestRegion_goes_from_province_to_district(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeRegion})
	w.tap(t, e, "field.k", "field.k.option.浙江省")
	if len(w.said) != 0 {
		t.Errorf("a province alone is no answer, yet it said %s", w.last())
	}
	w.tap(t, e, "field.k.option.丽水市")
	if w.last() != `k="浙江省/丽水市"` || !w.open {
		t.Errorf("said %s; the panel is open: %v", w.last(), w.open)
	}
	w.tap(t, e, "field.k.option.景宁畲族自治县")
	if w.last() != `k="浙江省/丽水市/景宁畲族自治县"` || w.open {
		t.Errorf("said %s; the panel is open: %v", w.last(), w.open)
	}
	if got := find(e, "field.k").(touch.Described).Label(); got != "浙江省 丽水市 景宁畲族自治县" {
		t.Errorf("shows %q", got)
	}
}

func TestRegion_passes_over_a_level_with_one_name(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeRegion, Value: "浙江省/杭州市/西湖区"})
	w.tap(t, e, "field.k", "field.k.part.province", "field.k.option.北京市", "field.k.option.东城区")
	if w.last() != `k="北京市/市辖区/东城区"` || w.open {
		t.Errorf("said %s; the panel is open: %v", w.last(), w.open)
	}
	if got := find(e, "field.k").(touch.Described).Label(); got != "北京市 东城区" {
		t.Errorf("shows %q", got)
	}
}

func TestRegion_has_the_towns_of_a_city_without_districts(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeRegion})
	w.tap(t, e, "field.k", "field.k.page.next", "field.k.option.广东省")
	for _, name := range []string{"东莞市", "石龙镇"} {
		for find(w.board, "field.k.option."+name) == nil {
			w.tap(t, e, "field.k.page.next")
		}
		w.tap(t, e, "field.k.option."+name)
	}
	if w.last() != `k="广东省/东莞市/石龙镇"` || w.open {
		t.Errorf("said %s; the panel is open: %v", w.last(), w.open)
	}
}

func TestRegion_that_is_not_known_is_asked_again(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeRegion, Value: "浙江省/无此市"})
	w.tap(t, e, "field.k", "field.k.option.杭州市", "field.k.option.西湖区")
	if w.last() != `k="浙江省/杭州市/西湖区"` {
		t.Errorf("said %s", w.last())
	}
}

func TestFact_cannot_be_touched_and_shows_what_the_form_says(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeText, ReadOnly: true, Value: "示例甲", Shown: "示*甲"})
	f := find(e, "field.k").(touch.Described)
	if f.Label() != "示*甲" || f.Enabled() {
		t.Errorf("shows %q, answers a touch: %v", f.Label(), f.Enabled())
	}
	e.Update(form.FieldView{Key: "k", Type: items.TypeText, Value: ""}) // the card did not tell it after all
	w.tap(t, e, "field.k")
	if !w.open {
		t.Error("a field that became one to be filled in should open the keyboard")
	}
}

func TestFile_says_how_it_is_handed_in(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: items.TypeFile, ReadOnly: true, Shown: "带到窗口"})
	if got := find(e, "field.k").(touch.Described).Label(); got != "带到窗口" {
		t.Errorf("shows %q", got)
	}
}

func aList(rows ...[]form.FieldView) form.FieldView {
	return form.FieldView{Key: "l", Label: "家庭成员", Type: items.TypeList, Rows: rows, MaxRows: 2}
}

func TestList_adds_and_removes_rows_through_its_host(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(aList())
	w.tap(t, e, "field.l.add")
	if w.last() != "add l" {
		t.Errorf("said %s", w.last())
	}
	name := func(key, value string) []form.FieldView {
		v := form.FieldView{Key: key, Label: "姓名", Type: items.TypeText}
		if value != "" {
			v.Value = value
		}
		return []form.FieldView{v}
	}
	e.Update(aList(name("l.0.name", "示例乙"), name("l.1.name", "")))
	lay(e)
	if find(e, "field.l.add").(touch.Described).Enabled() {
		t.Error("a full list still takes rows")
	}
	w.tap(t, e, "field.l.1.remove")
	if w.last() != "remove l 1" {
		t.Errorf("an empty row goes at one touch; said %s", w.last())
	}
	w.tap(t, e, "field.l.0.remove")
	if w.last() != "remove l 1" {
		t.Error("a row with answers went at the first touch")
	}
	w.tap(t, e, "field.l.0.remove")
	if w.last() != "remove l 0" {
		t.Errorf("said %s", w.last())
	}
}

func TestList_edits_the_fields_of_its_rows_in_place(t *testing.T) {
	w := aWindow("zh")
	row := []form.FieldView{
		{Key: "l.0.phone", Label: "电话", Type: items.TypePhone},
		{Key: "l.0.rel", Label: "关系", Type: items.TypeSelect, Options: options("配偶", "子女")},
	}
	e := w.editor(aList(row))
	w.tap(t, e, "field.l.0.phone", "key.1")
	if w.last() != `l.0.phone="1"` {
		t.Errorf("said %s", w.last())
	}
	// A view that arrives while the row is typed into changes nothing of it, but brings errors and new fields.
	row[0].Value = "1"
	row[1].Error = "请选择关系"
	row = append(row, form.FieldView{Key: "l.0.more", Label: "说明", Type: items.TypeText})
	high := touch.HeightFor(e, 1000)
	e.Update(aList(row))
	lay(e)
	if touch.HeightFor(e, 1000) <= high {
		t.Error("a new field and an error should make the list higher")
	}
	w.tap(t, e, "key.3")
	if w.last() != `l.0.phone="13"` {
		t.Errorf("typing was interrupted: said %s", w.last())
	}
	w.tap(t, e, "field.l.0.rel.option.子女", "field.l.0.more")
	if w.answers["l.0.rel"] != "子女" {
		t.Errorf("the choice gave %v", w.answers["l.0.rel"])
	}
}

func TestEditor_takes_other_choices_of_a_view(t *testing.T) {
	w := aWindow("zh")
	v := form.FieldView{Key: "k", Type: items.TypeSelect, Options: options("甲")}
	e := w.editor(v)
	v.Options = options("乙", "丙")
	e.Update(v)
	lay(e)
	w.tap(t, e, "field.k.option.丙")
	if w.last() != `k="丙"` || find(e, "field.k.option.甲") != nil {
		t.Errorf("said %s", w.last())
	}
}

func TestEditor_of_an_unknown_type_is_a_text(t *testing.T) {
	w := aWindow("zh")
	e := w.editor(form.FieldView{Key: "k", Type: "hologram"})
	w.tap(t, e, "field.k", "key.8")
	if w.last() != `k="8"` {
		t.Errorf("said %s", w.last())
	}
}
