package items_test

import (
	"encoding/json"
	"testing"

	"zizhuban/sync/items"
)

func TestText_is_a_string_where_there_is_no_English(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text items.Text
		json string
	}{
		{items.Text{ZH: "姓名"}, `"姓名"`},
		{items.Text{ZH: "姓名", EN: "Name"}, `{"zh":"姓名","en":"Name"}`},
		{items.Text{}, `""`},
	} {
		data, err := json.Marshal(c.text)
		if err != nil || string(data) != c.json {
			t.Errorf("%v became %s (%v), want %s", c.text, data, err, c.json)
		}
		back := items.Text{EN: "left over"}
		if err := json.Unmarshal(data, &back); err != nil || back != c.text {
			t.Errorf("%s became %+v (%v), want %+v", data, back, err, c.text)
		}
	}
}

func TestText_refuses_what_is_neither_a_string_nor_two_languages(t *testing.T) {
	t.Parallel()
	for _, s := range []string{`1`, `["a"]`, `{"zh":"a","fr":"b"}`, `true`, `{"zh":1}`} {
		var text items.Text
		if err := json.Unmarshal([]byte(s), &text); err == nil {
			t.Errorf("%s was taken as %+v", s, text)
		}
	}
}

func TestText_falls_back_to_Chinese(t *testing.T) {
	t.Parallel()
	if got := (items.Text{ZH: "甲"}).In("en"); got != "甲" {
		t.Errorf("got %q", got)
	}
	if got := (items.Text{ZH: "甲", EN: "A"}).In("en"); got != "A" {
		t.Errorf("got %q", got)
	}
	if got := (items.Text{ZH: "甲", EN: "A"}).In("zh"); got != "甲" {
		t.Errorf("got %q", got)
	}
}
