package items_test

import (
	"encoding/json"
	"testing"
	"time"

	"zizhuban/sync/items"
	"zizhuban/sync/items/itemstest"
)

// noon is a day in the middle of nowhere special; the day counts in Beijing.
var noon = time.Date(2026, 9, 11, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

// aPerson is 示例丁 of the demo: 83 years old on noon.
var aPerson = items.Holder{
	Name: "示例丁", Sex: "女", Nation: "汉", Birth: "1943-09-01", Address: "浙江省示例区示例街1号", IDNumber: "330000194309010042",
}

func facts(answers map[string]any) items.Facts {
	return items.Facts{Answers: answers, Holder: aPerson, Now: noon}
}

// anItem is an item that validates, to be spoilt by a test.
func anItem(fields ...items.Field) items.Item {
	it := itemstest.Synthetic(1, 7).Items[0]
	it.Instant, it.Decide, it.Hints, it.Materials = items.InstantNo, "", nil, it.Materials[:1]
	it.Fields = fields
	return it
}

func aCatalogue(its ...items.Item) *items.Catalogue {
	c := itemstest.Synthetic(0, 7)
	for i := range its {
		if i > 0 && its[i].Code == its[0].Code { // anItem makes the same code each time
			b := []byte(its[i].Code)
			b[30] += byte(i)
			its[i].Code, its[i].Ref = string(b), its[i].Ref+string(rune('a'+i))
		}
	}
	c.Items = its
	return c
}

func aField(key, typ string) items.Field {
	return items.Field{Key: key, Label: items.Text{ZH: "项目" + key}, Type: typ}
}

func options(values ...string) (os []items.Option) {
	for _, v := range values {
		os = append(os, items.Option{Value: v, Label: items.Text{ZH: v}})
	}
	return os
}

func compiled(t testing.TB, it items.Item) *items.Program {
	t.Helper()
	p, err := items.Compile(&it)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func messages(texts []items.Text) (zh []string) {
	for _, t := range texts {
		zh = append(zh, t.ZH)
	}
	return zh
}

// asJSON gives answers the forms that they have after a journey through JSON.
func asJSON(t testing.TB, answers map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func asAny(s string) (v any) {
	if json.Unmarshal([]byte(s), &v) != nil {
		return nil
	}
	return v
}

func item(t testing.TB, c *items.Catalogue, ref string) *items.Item {
	t.Helper()
	for i := range c.Items {
		if c.Items[i].Ref == ref {
			return &c.Items[i]
		}
	}
	t.Fatalf("no item %s", ref)
	return nil
}
