package form_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/kiosk/form"
	"zizhuban/sync/items"
)

// today is a Wednesday.
var today = time.Date(2026, 3, 11, 10, 0, 0, 0, time.Local)

func zh(s string) items.Text { return items.Text{ZH: s} }

func options(values ...string) []items.Option {
	var out []items.Option
	for _, v := range values {
		out = append(out, items.Option{Value: v, Label: zh(v)})
	}
	return out
}

func field(key, typ string, change ...func(*items.Field)) items.Field {
	f := items.Field{Key: key, Label: zh(key), Type: typ, Required: true}
	for _, c := range change {
		c(&f)
	}
	return f
}

func anItem(fields ...items.Field) *items.Item {
	return &items.Item{Code: "11339900DEM000014A4332090001000", Version: 1, Name: zh("试办"), Instant: "no", Fields: fields}
}

var holder = items.Holder{Name: "示例乙", Sex: "女", Nation: "汉", Birth: "1987-11-05", Address: "示例省示例市示例路1号", IDNumber: "330000198711050024"}

func aForm(t *testing.T, item *items.Item, who items.Holder) *form.Form {
	t.Helper()
	program, err := items.Compile(item)
	if err != nil {
		t.Fatal(err)
	}
	return form.New(item, program, who, clockwork.NewFakeClockAt(today), "zh")
}

func newForm(item *items.Item, program *items.Program) *form.Form {
	return form.New(item, program, holder, clockwork.NewFakeClockAt(today), "zh")
}

func set(t *testing.T, f *form.Form, path string, v any) {
	t.Helper()
	if err := f.Set(path, v); err != nil {
		t.Fatal(err)
	}
}

// viewAt finds the view of a path on whatever page it stands.
func viewAt(t *testing.T, f *form.Form, path string) form.FieldView {
	t.Helper()
	for _, v := range f.Page(f.PageOf(path)).Fields {
		if v.Key == path {
			return v
		}
		for _, row := range v.Rows {
			for _, sub := range row {
				if sub.Key == path {
					return sub
				}
			}
		}
	}
	t.Fatalf("%s is not shown", path)
	return form.FieldView{}
}

func TestForm_asks_for_the_phone_first_and_for_the_rest_on_pages_of_four(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(field("a", "text"), field("b", "text"), field("c", "text"), field("d", "text"), field("e", "text")), holder)
	var pages [][]string
	for i := range f.Pages() {
		var keys []string
		for _, v := range f.Page(i).Fields {
			keys = append(keys, v.Key)
		}
		pages = append(pages, keys)
	}
	want := [][]string{{form.KeyPhone, form.KeyContact}, {"a", "b", "c", "d"}, {"e"}}
	if !reflect.DeepEqual(pages, want) {
		t.Errorf("pages %v, want %v", pages, want)
	}
	f.SetElder(true)
	if f.Pages() != 7 {
		t.Errorf("%d pages in elder mode, want one for each of 7 fields", f.Pages())
	}
	if got := f.Page(2).Title; got != "a" {
		t.Errorf("the page of one field is called %q", got)
	}
}

func TestForm_asks_for_name_and_number_where_no_card_is_read(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(field("who", "idno", func(fd *items.Field) { fd.Prefill, fd.ReadOnly = "id_number", true })), items.Holder{})
	if !f.Typed() {
		t.Error("not typed")
	}
	var keys []string
	for _, v := range f.Page(0).Fields {
		keys = append(keys, v.Key)
	}
	if want := []string{form.KeyName, form.KeyID, form.KeyPhone, form.KeyContact}; !slices.Equal(keys, want) {
		t.Fatalf("first page %v, want %v", keys, want)
	}
	if viewAt(t, f, "who").ReadOnly {
		t.Error("a field that nothing has filled in yet cannot be typed")
	}
	set(t, f, form.KeyName, " 买买提•示例 ")
	set(t, f, form.KeyID, "330000 19920730 0076")
	f.Leave()
	want := items.Holder{Name: "买买提·示例", Sex: "男", Birth: "1992-07-30", IDNumber: "330000199207300076"}
	if got := f.Holder(); got != want {
		t.Errorf("holder %#v, want %#v", got.Name+got.Sex+got.Birth+got.IDNumber, want.Name+want.Sex+want.Birth+want.IDNumber)
	}
	if got := f.Answers()["who"]; got != "330000199207300076" {
		t.Errorf("the number typed above was not filled in: %v", got)
	}
}

func TestForm_fills_in_from_the_card_and_shows_name_and_number_masked(t *testing.T) {
	t.Parallel()
	ro := func(prefill string) func(*items.Field) {
		return func(fd *items.Field) { fd.Prefill, fd.ReadOnly = prefill, true }
	}
	f := aForm(t, anItem(
		field("name", "text", ro("name")), field("number", "idno", ro("id_number")), field("birth", "date", ro("birth")),
		field("addr", "address", func(fd *items.Field) { fd.Prefill = "address" }), field("age", "number", ro("age")),
	), holder)
	if v := viewAt(t, f, "name"); v.Shown != "示**" || v.Value != "示**" || !v.ReadOnly {
		t.Errorf("name shown as %q, value %v, read-only %v", v.Shown, v.Value, v.ReadOnly)
	}
	if v := viewAt(t, f, "number"); v.Shown != "330***********0024" {
		t.Errorf("number shown as %q", v.Shown)
	}
	if f.Set("name", "别人") == nil {
		t.Error("a read-only field was changed")
	}
	if v := viewAt(t, f, "addr"); v.ReadOnly || v.Value != holder.Address {
		t.Errorf("address %v, read-only %v", v.Value, v.ReadOnly)
	}
	set(t, f, "addr", "示例镇示例村8号")
	want := map[string]any{"name": "示例乙", "number": "330000198711050024", "birth": "1987-11-05", "addr": "示例镇示例村8号", "age": "38"}
	if got := f.Answers(); !reflect.DeepEqual(got, want) {
		t.Errorf("answers %v, want %v", got, want)
	}
}

func TestForm_asks_only_what_the_answers_call_for_and_submits_only_what_is_asked(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(
		field("purpose", "select", func(fd *items.Field) { fd.Options = options("购房", "其他") }),
		field("purpose_text", "text", func(fd *items.Field) { fd.When, fd.MinLen, fd.MaxLen = `purpose == "其他"`, 2, 40 }),
		field("more", "text", func(fd *items.Field) { fd.When = `answered(purpose_text)` }),
	), holder)
	keys := func() (keys []string) {
		for _, v := range f.Page(1).Fields {
			keys = append(keys, v.Key)
		}
		return keys
	}
	if got := keys(); !slices.Equal(got, []string{"purpose"}) {
		t.Fatalf("asked at first: %v", got)
	}
	if f.Set("purpose_text", "早了") == nil {
		t.Error("a field that is not asked took an answer")
	}
	set(t, f, "purpose", "其他")
	set(t, f, "purpose_text", "落户")
	set(t, f, "more", "细节")
	if got := keys(); !slices.Equal(got, []string{"purpose", "purpose_text", "more"}) {
		t.Fatalf("asked then: %v", got)
	}
	set(t, f, "purpose", "购房")
	if got := keys(); !slices.Equal(got, []string{"purpose"}) {
		t.Fatalf("asked after the answer changed: %v", got)
	}
	if got := f.Answers(); !reflect.DeepEqual(got, map[string]any{"purpose": "购房"}) {
		t.Errorf("submitted %v", got)
	}
	set(t, f, "purpose", "其他")
	if v := viewAt(t, f, "purpose_text"); v.Value != "落户" {
		t.Errorf("what was typed before is gone: %v", v.Value)
	}
}

func TestForm_shows_an_error_only_after_the_field_was_left(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(field("a", "text")), holder)
	set(t, f, form.KeyPhone, "1380000")
	if e := viewAt(t, f, form.KeyPhone).Error; e != "" {
		t.Fatalf("told while typing: %q", e)
	}
	set(t, f, form.KeyContact, "示")
	if e, want := viewAt(t, f, form.KeyPhone).Error, "手机号是11位数字，您输了7位"; e != want {
		t.Errorf("told %q, want %q", e, want)
	}
	if e := viewAt(t, f, "a").Error; e != "" {
		t.Errorf("a field that nobody has seen complains: %q", e)
	}
	if bad, ok := f.Check(0); ok || bad != form.KeyPhone {
		t.Errorf("Next: %q, %v", bad, ok)
	}
	set(t, f, form.KeyPhone, "138 0000-0000")
	set(t, f, form.KeyContact, nil)
	if bad, ok := f.Check(0); !ok {
		t.Errorf("Next is held up by %q", bad)
	}
	if f.Phone() != "13800000000" {
		t.Errorf("phone %q", f.Phone())
	}
	f.SetLang("en")
	if _, ok := f.Check(1); ok {
		t.Error("a required field may stay empty")
	}
	if e, want := viewAt(t, f, "a").Error, "Please fill this in"; e != want {
		t.Errorf("in English: %q, want %q", e, want)
	}
}

func TestForm_puts_a_rule_over_two_fields_under_the_later_one(t *testing.T) {
	t.Parallel()
	item := anItem(field("from", "month"), field("to", "month"), field("other", "text", func(fd *items.Field) { fd.Required = false }))
	item.Rules = []items.Rule{{When: `answered(from) && answered(to) && to < from`, Message: zh("截止月不能早于起始月")}}
	f := aForm(t, item, holder)
	set(t, f, "from", "2025-05")
	set(t, f, "to", "2025-01")
	if e := viewAt(t, f, "to").Error; e != "" {
		t.Errorf("told while choosing: %q", e)
	}
	set(t, f, "other", "好的")
	if e := viewAt(t, f, "to").Error; e != "截止月不能早于起始月" {
		t.Errorf("told %q", e)
	}
	if bad, ok := f.Check(1); ok || bad != "to" {
		t.Errorf("Next: %q %v", bad, ok)
	}
	if page, ok := f.CheckAll(); ok || page != 0 { // the phone comes first
		t.Errorf("CheckAll: page %d, %v", page, ok)
	}
	set(t, f, "to", "2025-06")
	if bad, ok := f.Check(1); !ok {
		t.Errorf("Next is held up by %q", bad)
	}
}

func TestForm_tells_on_the_first_page_what_no_answer_can_mend(t *testing.T) {
	t.Parallel()
	item := anItem(field("a", "text"))
	item.Rules = []items.Rule{{When: `age(holder.birth, today) < 80`, Message: zh("80岁以上才能办")}}
	f := aForm(t, item, holder)
	set(t, f, form.KeyPhone, "13800000000")
	if got := f.Page(0).Broken; !slices.Equal(got, []string{"80岁以上才能办"}) {
		t.Errorf("told %v", got)
	}
	if bad, ok := f.Check(0); ok || bad != "" {
		t.Errorf("Next: %q, %v", bad, ok)
	}
}

func TestForm_shows_a_hint_where_its_answer_is_and_goes_on(t *testing.T) {
	t.Parallel()
	item := anItem(field("reason", "select", func(fd *items.Field) { fd.Options = options("合同到期", "本人辞职") }))
	item.Hints = []items.Rule{{When: `reason == "本人辞职"`, Message: zh("本人辞职可能不符合条件")}}
	f := aForm(t, item, holder)
	if got := f.Page(1).Hints; len(got) != 0 {
		t.Errorf("hinted too early: %v", got)
	}
	set(t, f, "reason", "本人辞职")
	if got := f.Page(1).Hints; !slices.Equal(got, []string{"本人辞职可能不符合条件"}) {
		t.Errorf("hints %v", got)
	}
	if _, ok := f.Check(1); !ok {
		t.Error("a hint is in the way")
	}
}

func aListItem() *items.Item {
	return anItem(field("members", "list", func(fd *items.Field) {
		fd.MaxRows = 2
		fd.Fields = []items.Field{
			field("m_name", "text", func(fd *items.Field) { fd.MinLen = 2 }),
			field("m_id", "idno"),
			field("m_work", "bool"),
			field("m_income", "money", func(fd *items.Field) { fd.When = "m_work" }),
		}
	}))
}

func TestForm_takes_the_rows_of_a_list_one_by_one(t *testing.T) {
	t.Parallel()
	f := aForm(t, aListItem(), holder)
	if bad, ok := f.Check(1); ok || bad != "members" {
		t.Fatalf("an empty list: %q, %v", bad, ok)
	}
	for i, want := range []bool{true, true, false} { // two rows are allowed
		if got := f.AddRow("members"); got != want {
			t.Fatalf("row %d added: %v", i, got)
		}
	}
	set(t, f, "members.0.m_name", "示例甲")
	set(t, f, "members.0.m_id", "330000195803120014")
	set(t, f, "members.0.m_work", false)
	set(t, f, "members.1.m_name", "示例丁")
	set(t, f, "members.1.m_id", "330000194309010042")
	set(t, f, "members.1.m_work", true)
	if bad, ok := f.Check(1); ok || bad != "members.1.m_income" {
		t.Fatalf("income of who works: %q, %v", bad, ok)
	}
	set(t, f, "members.1.m_income", "88")
	if bad, ok := f.Check(1); !ok {
		t.Fatalf("held up by %q", bad)
	}
	want := []map[string]any{
		{"m_name": "示例甲", "m_id": "330000195803120014", "m_work": false},
		{"m_name": "示例丁", "m_id": "330000194309010042", "m_work": true, "m_income": "88.00"},
	}
	if got := f.Answers()["members"]; !reflect.DeepEqual(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	if !f.RemoveRow("members", 0) || f.RemoveRow("members", 5) {
		t.Error("a row that is there can be taken out, one that is not cannot")
	}
	if got := f.Answers()["members"]; !reflect.DeepEqual(got, want[1:]) {
		t.Errorf("rows left %v", got)
	}
	for _, path := range []string{"members", "members.7.m_name", "members.0", "members.0.none", "members.x.m_name", "members.-1.m_name", "none", "", "."} {
		if f.Set(path, "甲") == nil {
			t.Errorf("%q took an answer", path)
		}
	}
}

func TestForm_refuses_an_answer_of_another_type(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(field("s", "text"), field("b", "bool"), field("m", "multiselect", func(fd *items.Field) { fd.Options = options("甲") })), holder)
	for path, v := range map[string]any{"s": 5, "b": "是", "m": "甲", form.KeyPhone: true} {
		if f.Set(path, v) == nil {
			t.Errorf("%s took %T", path, v)
		}
	}
}

func TestForm_cuts_an_endless_answer(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(field("a", "text")), holder)
	set(t, f, "a", strings.Repeat("长", 100_000))
	if n := len([]rune(f.Value("a").(string))); n > 2000 {
		t.Errorf("%d characters are kept", n)
	}
}

func TestForm_does_not_ask_twice_for_the_phone(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(field("phone", "phone")), holder)
	set(t, f, form.KeyPhone, "13800000000")
	if got := f.Answers()["phone"]; got != "13800000000" {
		t.Errorf("phone %v", got)
	}
	set(t, f, "phone", "13900000000")
	if got := f.Answers()["phone"]; got != "13900000000" {
		t.Errorf("another phone %v", got)
	}
}

func TestForm_asks_for_no_file_that_it_cannot_take(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(field("photo", "file")), holder)
	if v := viewAt(t, f, "photo"); !v.ReadOnly || v.Shown == "" {
		t.Errorf("file shown %+v", v)
	}
	if bad, ok := f.Check(1); !ok {
		t.Errorf("held up by %q", bad)
	}
}

func TestForm_shows_answers_as_people_read_them(t *testing.T) {
	t.Parallel()
	f := aForm(t, anItem(
		field("d", "date"), field("m", "month"), field("y", "money"), field("b", "bool"),
		field("s", "multiselect", func(fd *items.Field) {
			fd.Options = []items.Option{{Value: "养老", Label: items.Text{ZH: "养老", EN: "Pension"}}, {Value: "工伤", Label: items.Text{ZH: "工伤", EN: "Injury"}}}
		}),
		field("r", "daterange"), field("g", "region"),
	), holder)
	for path, v := range map[string]any{
		"d": "2026-01-05", "m": "2026-01", "y": "1234567.5", "b": true, "s": []string{"工伤", "养老"},
		"r": []string{"2026-01-05", "2026-02-06"}, "g": "浙江省/杭州市", form.KeyPhone: "13800000000",
	} {
		set(t, f, path, v)
	}
	shown := func() map[string]string {
		out := map[string]string{}
		for _, r := range f.Rows() {
			out[r.Key] = r.Value
		}
		return out
	}
	want := map[string]string{
		form.KeyPhone: "138 0000 0000", form.KeyContact: "没有填", "d": "2026年1月5日", "m": "2026年1月", "y": "1,234,567.50 元", "b": "是",
		"s": "养老、工伤", "r": "2026年1月5日 到 2026年2月6日", "g": "浙江省杭州市",
	}
	if got := shown(); !reflect.DeepEqual(got, want) {
		t.Errorf("Chinese %v\nwant %v", got, want)
	}
	f.SetLang("en")
	want = map[string]string{
		form.KeyPhone: "138 0000 0000", form.KeyContact: "Not filled in", "d": "5 January 2026", "m": "January 2026", "y": "1,234,567.50 yuan", "b": "Yes",
		"s": "Pension, Injury", "r": "5 January 2026 to 6 February 2026", "g": "浙江省杭州市",
	}
	if got := shown(); !reflect.DeepEqual(got, want) {
		t.Errorf("English %v\nwant %v", got, want)
	}
}

func TestForm_keeps_a_field_on_its_page_while_it_is_answered(t *testing.T) {
	t.Parallel()
	var fields []items.Field
	for i := range 12 {
		fields = append(fields, field(fmt.Sprintf("b%d", i), "bool"))
		if i > 0 {
			fields[i].When = fmt.Sprintf("b%d", i-1)
		}
	}
	f := aForm(t, anItem(fields...), holder)
	for i := range 12 {
		key := fmt.Sprintf("b%d", i)
		before := f.PageOf(key)
		set(t, f, key, true)
		if after := f.PageOf(key); after != before {
			t.Errorf("%s moved from page %d to %d", key, before, after)
		}
	}
}

func TestForm_remembers_nothing_once_wiped(t *testing.T) {
	t.Parallel()
	f := aForm(t, aListItem(), holder)
	f.AddRow("members")
	set(t, f, "members.0.m_name", "示例甲")
	set(t, f, form.KeyPhone, "13800000000")
	f.Wipe()
	if s := fmt.Sprintf("%+v %v %v", f, f.Answers(), f.Phone()); strings.Contains(s, "示例") || strings.Contains(s, "1380000") {
		t.Errorf("left: %s", s)
	}
	if f.Pages() != 0 || len(f.Page(0).Fields) != 0 || f.Set("members", nil) == nil {
		t.Error("a wiped form still asks")
	}
}

func TestMask_hides_what_it_must(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{form.MaskName("示例甲"), "示**"}, {form.MaskName("张三"), "张*"}, {form.MaskName("欧阳示例"), "欧阳**"},
		{form.MaskName("欧阳"), "欧*"}, {form.MaskName("买买提·示例"), "买**"}, {form.MaskName("𬭚"), "*"}, {form.MaskName(""), ""},
		{form.MaskID("330000195803120014"), "330***********0014"}, {form.MaskID("12"), "**"},
		{form.MaskPhone("13800001234"), "138****1234"},
	} {
		if c.got != c.want {
			t.Errorf("masked %q, want %q", c.got, c.want)
		}
	}
}
