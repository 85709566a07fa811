package form_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"zizhuban/sync/items"
)

// FuzzForm_takes_any_text types any text into a field of every type: nothing panics, what is kept is whole text, and putting
// what is kept in again changes nothing.
func FuzzForm_takes_any_text(f *testing.F) {
	for _, s := range []string{"", "13800000000", "330000195803120014", "浙A12345", "2024-02-29", "-0.50", "浙江省/杭州市", "\x00\u202e\xff", "６２２", strings.Repeat("长", 3000), "买买提•示例"} {
		f.Add(s)
	}
	types := []string{"text", "textarea", "number", "money", "date", "month", "select", "phone", "idno", "uscc", "bank", "address", "region", "plate"}
	var fields []items.Field
	for _, typ := range types {
		fields = append(fields, field("f_"+typ, typ, func(fd *items.Field) {
			if typ == "select" {
				fd.Options = options("甲", "浙A12345")
			}
		}))
	}
	item := anItem(append(fields, field("f_range", "daterange"), field("f_many", "multiselect", func(fd *items.Field) { fd.Options = options("甲") }))...)
	program, err := items.Compile(item)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fm := newForm(item, program)
		for _, typ := range types {
			if err := fm.Set("f_"+typ, s); err != nil {
				t.Fatal(err)
			}
		}
		_ = fm.Set("f_range", []string{s, s})
		_ = fm.Set("f_many", []string{s})
		_ = fm.Set(s, s)
		fm.AddRow(s)
		fm.RemoveRow(s, 0)
		for i := range fm.Pages() {
			fm.Check(i)
			fm.Page(i)
		}
		fm.Rows()
		kept := fm.Answers()
		again := newForm(item, program)
		for key, v := range kept {
			if text, ok := v.(string); ok && !utf8.ValidString(text) {
				t.Errorf("%s keeps broken text %q", key, text)
			}
			if err := again.Set(key, v); err != nil {
				t.Errorf("%s: what was kept is refused: %v", key, err)
			}
		}
		if got := again.Answers(); !reflect.DeepEqual(got, kept) {
			t.Errorf("kept %#v, then %#v", kept, got)
		}
	})
}
