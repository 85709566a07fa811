package items_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"zizhuban/sync/items"
	"zizhuban/sync/items/itemstest"
)

func TestIndex_leaves_out_a_bad_item_and_serves_the_others(t *testing.T) {
	t.Parallel()
	c := demo(t)
	bad := item(t, c, "D12")
	for i := range bad.Fields {
		if bad.Fields[i].Key == "agent_id" {
			bad.Fields[i].When = "agent &&"
		}
	}
	x, err := items.NewIndex(c, everything)
	if err != nil {
		t.Fatal(err)
	}
	rejected := x.Rejected()
	if len(rejected) != 1 || rejected[0].Ref != "D12" || rejected[0].Code != bad.Code || rejected[0].Name != bad.Name {
		t.Fatalf("rejected %+v", rejected)
	}
	var fault *items.Fault
	if !errors.As(rejected[0].Err, &fault) || fault.Field != "agent_id" || fault.Line != 1 || fault.Column == 0 {
		t.Errorf("the reason is %v", rejected[0].Err)
	}
	if _, _, ok := x.Item(bad.Code); ok || x.Len() != 60 {
		t.Errorf("the bad item is served, or others are not: %d", x.Len())
	}
	if hits := x.Search("门诊费用报销", 0); slices.Contains(refs(hits), "D12") {
		t.Error("the bad item is found")
	}
	if _, p, ok := x.Item(item(t, c, "D13").Code); !ok || p.Item().Ref != "D13" {
		t.Error("a good item is not served")
	}
}

func TestIndex_fails_only_where_nothing_is_of_use(t *testing.T) {
	t.Parallel()
	if _, err := items.NewIndex(nil, everything); err == nil {
		t.Error("no catalogue made an index")
	}
	if x, err := items.NewIndex(&items.Catalogue{}, everything); err != nil || x.Len() != 0 || x.Search("a", 0) != nil {
		t.Errorf("an empty catalogue: %v", err)
	}
	it := anItem()
	it.Code = ""
	if _, err := items.NewIndex(aCatalogue(it), everything); err == nil || !strings.Contains(err.Error(), "none of 1 items") {
		t.Errorf("got %v", err)
	}
}

func TestIndex_tells_why_an_item_is_not_offered(t *testing.T) {
	t.Parallel()
	c := demo(t)
	x, err := items.NewIndex(c, items.Terminal{Site: "V", Modules: []string{"card", "face", "slip"}})
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]items.Hit{
		"D06": {Offered: true},
		"D01": {Missing: []string{"a4"}},
		"D07": {Missing: []string{"cam", "sign"}, OffSite: true},
	} {
		got, ok := x.Offer(item(t, c, ref).Code)
		if !ok || got.Offered != want.Offered || got.OffSite != want.OffSite || !slices.Equal(got.Missing, want.Missing) {
			t.Errorf("%s is %+v, want %+v", ref, got, want)
		}
	}
	if _, ok := x.Offer("none"); ok {
		t.Error("an unknown code is offered")
	}

	// A module that comes or goes changes the offers and compiles nothing again.
	y := x.For(items.Terminal{Site: "V", Modules: []string{"card", "face", "slip", "a4"}})
	if h, _ := y.Offer(item(t, c, "D01").Code); !h.Offered {
		t.Error("with the module the item is still not offered")
	}
	if h, _ := x.Offer(item(t, c, "D01").Code); h.Offered {
		t.Error("the index before changed")
	}
}

func TestIndex_groups_items_by_department_and_theme(t *testing.T) {
	t.Parallel()
	c := demo(t)
	x, err := items.NewIndex(c, items.Terminal{Site: "B", Modules: everything.Modules})
	if err != nil {
		t.Fatal(err)
	}
	departments := x.Departments()
	if len(departments) != 18 || departments[0].Name.ZH != "区人力社保局" || departments[0].Key != "11339900DEM000014A" {
		t.Errorf("departments %+v", departments)
	}
	for _, groups := range []struct {
		of   []items.Group
		hits func(string) []items.Hit
	}{{departments, x.Department}, {x.Themes(), x.Theme}} {
		for _, g := range groups.of {
			hits, offered := groups.hits(g.Key), 0
			for i, h := range hits {
				if h.Offered {
					offered++
					if i > 0 && !hits[i-1].Offered {
						t.Errorf("%s: %s stands after an item that is not offered", g.Name.ZH, h.Item.Ref)
					}
				}
			}
			if offered != g.Count || len(hits) == 0 {
				t.Errorf("%s counts %d, its list has %d offered of %d", g.Name.ZH, g.Count, offered, len(hits))
			}
		}
	}
	if x.Department("nothing") != nil || x.Theme("nothing") != nil {
		t.Error("a group that does not exist has items")
	}
}

func TestIndex_lists_hot_items_that_are_offered_by_rank(t *testing.T) {
	t.Parallel()
	c := demo(t)
	x := anIndex(t, c)
	if got := refs(x.Hot()); !slices.Equal(got, []string{"D01", "D06", "D18", "D11", "D15", "D12", "D19", "D08", "D21"}) {
		t.Errorf("hot: %v", got)
	}
	y := x.For(items.Terminal{Site: "B", Modules: []string{"card", "face", "slip"}})
	if got := refs(y.Hot()); !slices.Equal(got, []string{"D06", "D18", "D11", "D19"}) {
		t.Errorf("hot at a bank branch without printer and pad: %v", got)
	}
}

func TestIndex_of_many_items_serves_them_all(t *testing.T) {
	t.Parallel()
	c := itemstest.Synthetic(2500, 1)
	x := anIndex(t, c)
	if len(x.Rejected()) != 0 || x.Len() != 2500 || x.Catalogue() != c {
		t.Errorf("%d rejected, %d served", len(x.Rejected()), x.Len())
	}
}

func TestIndex_takes_over_what_did_not_change(t *testing.T) {
	t.Parallel()
	before := anIndex(t, demo(t))
	c := demo(t)
	c.Version++
	changed, broken := item(t, c, "D08"), item(t, c, "D09")
	changed.Hints = []items.Rule{{When: `will_work == "无"`, Message: items.Text{ZH: "新的提示"}}}
	broken.Decide = "cert_level =="
	c.Items = slices.DeleteFunc(c.Items, func(it items.Item) bool { return it.Ref == "D60" })
	after, err := before.Next(c, everything)
	if err != nil {
		t.Fatal(err)
	}
	if after.Catalogue() != c || after.Len() != 59 || len(after.Rejected()) != 1 || after.Rejected()[0].Ref != "D09" || before.Len() != 61 {
		t.Errorf("%d served, rejected %v", after.Len(), after.Rejected())
	}
	it, p, ok := after.Item(item(t, c, "D08").Code)
	if hints := p.Hints(facts(map[string]any{"will_work": "无"})); !ok || it != p.Item() || len(hints) != 1 || hints[0].ZH != "新的提示" {
		t.Errorf("the changed item gives %v", hints)
	}
	old := item(t, c, "D13")
	it, p, _ = after.Item(old.Code)
	if it != old || p.Item() != old || len(p.Materials(facts(map[string]any{"is_injury": true}))) != 5 {
		t.Error("an item that did not change is not that of the new catalogue, or its rules do not run")
	}
	if hits := after.Search("失业保险金", 1); len(hits) != 1 || hits[0].Item != item(t, c, "D08") {
		t.Errorf("found %v", refs(hits))
	}
}
