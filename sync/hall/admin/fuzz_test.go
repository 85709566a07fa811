package admin

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"zizhuban/assets/catalogue"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

// FuzzAnswers shows whatever a terminal may have sealed under an item's labels.
func FuzzAnswers(f *testing.F) {
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{`{}`, `{"answers":{"a":null,"b":[1,{"c":[[]]}],"d":{"e":true}}}`, `{"answers":{"ins_kind":["养老"],"period_from":"2026-01"}}`,
		`{"signature":[[{"x":1,"y":2,"t":3}],[],[{"x":-9223372036854775808,"y":9223372036854775807}]]}`, `{"answers":{"members":[{"name":"x"},7,null,"y"]}}`} {
		f.Add(s)
	}
	w := words{Lang: "zh", now: time.Unix(0, 0)}
	f.Fuzz(func(t *testing.T, body string) {
		var app wire.Application
		if json.Unmarshal([]byte(body), &app) != nil {
			return
		}
		for i := range c.Items {
			seen := map[string]bool{}
			for _, a := range answers(w, c.Items[i].Fields, app.Answers) {
				seen[a.Key] = true
				for _, row := range a.Rows {
					if len(row) != max(1, len(a.Columns)) {
						t.Fatalf("%s: a row of %d cells under %d columns", a.Key, len(row), len(a.Columns))
					}
				}
			}
			for k := range app.Answers {
				if !seen[k] {
					t.Fatalf("the answer %q is not shown", k)
				}
			}
		}
		if d := draw(app.Signature); strings.ContainsAny(d.Path, "<>\"'") {
			t.Fatalf("path %q", d.Path)
		}
	})
}

// FuzzCompare takes two texts apart and puts them together again.
func FuzzCompare(f *testing.F) {
	f.Add("社会保险参保证明打印", "社会保险参保证明（新）打印")
	f.Add("Please bring your ID card.", "Bring the ID card, please.")
	f.Add("", "x")
	f.Add("a\xffb", "\u202e")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = typed(a), typed(b)
		old, now := compare(a, b)
		for _, x := range []struct {
			pieces []piece
			text   string
		}{{old, a}, {now, b}} {
			var got, same strings.Builder
			for _, p := range x.pieces {
				got.WriteString(p.Text)
				if !p.Changed {
					same.WriteString(p.Text)
				}
			}
			if got.String() != x.text {
				t.Fatalf("%q became %q", x.text, got.String())
			}
		}
		if a == b {
			for _, p := range append(old, now...) {
				if p.Changed {
					t.Fatalf("%q differs from itself in %q", a, p.Text)
				}
			}
		}
	})
}

// FuzzSpots types anything into every text of an item.
func FuzzSpots(f *testing.F) {
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		f.Fatal(err)
	}
	f.Add("一\n二", "one")
	f.Add("", "\r\n\x00")
	f.Add("a，b、c", "x\ny\nz")
	f.Fuzz(func(t *testing.T, zh, en string) {
		it, err := clone(&c.Items[0])
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]bool{}
		for _, s := range spots(it) {
			if keys[s.Key] {
				t.Fatalf("two texts are called %s", s.Key)
			}
			keys[s.Key] = true
			if s.set(zh, en) != nil {
				continue
			}
			// What the form shows after saving is saved unchanged by saving it again.
			zh1, en1 := s.ZH(), s.EN()
			if err := s.set(zh1, en1); err != nil || s.ZH() != zh1 || s.EN() != en1 {
				t.Fatalf("%s: %q %q became %q %q, %v", s.Key, zh1, en1, s.ZH(), s.EN(), err)
			}
		}
	})
}

func TestSpots_of_an_item_that_is_not_touched_change_nothing(t *testing.T) {
	t.Parallel()
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Items {
		before, err := json.Marshal(c.Items[i])
		if err != nil {
			t.Fatal(err)
		}
		it, err := clone(&c.Items[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spots(it) {
			if err := s.set(s.ZH(), s.EN()); err != nil {
				t.Errorf("%s, %s: %v", it.Ref, s.Key, err)
			}
		}
		after, err := json.Marshal(it)
		if err != nil {
			t.Fatal(err)
		}
		if string(before) != string(after) {
			t.Errorf("%s changed by being saved as it was:\n%s\n%s", it.Ref, before, after)
		}
	}
}

func TestTexts_are_the_same_in_both_languages(t *testing.T) {
	t.Parallel()
	zh, en := texts()["zh"], texts()["en"]
	for k, v := range zh {
		if en[k] == "" || v == "" {
			t.Errorf("%s is missing or empty", k)
		}
		for _, arg := range []string{"{n}", "{span}", "{time}", "{who}", "{id}", "{from}", "{to}", "{version}", "{silent}", "{blocked}", "{text}", "{wrong}", "{all}"} {
			if strings.Contains(v, arg) != strings.Contains(en[k], arg) {
				t.Errorf("%s has %s in one language only", k, arg)
			}
		}
	}
	for k := range en {
		if zh[k] == "" && !strings.HasSuffix(k, ".one") { // English alone has a singular
			t.Errorf("%s is only in English", k)
		}
	}
}
