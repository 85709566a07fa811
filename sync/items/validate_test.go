package items_test

import (
	"errors"
	"strings"
	"testing"

	"zizhuban/sync/items"
	"zizhuban/sync/items/itemstest"
)

func TestValidate_is_content_with_synthetic_items(t *testing.T) {
	t.Parallel()
	if err := itemstest.Synthetic(50, 3).Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidate_names_item_field_and_what_is_wrong(t *testing.T) {
	t.Parallel()
	choice := aField("act", items.TypeRadio)
	choice.Options = options("挂失", "补卡")
	for name, c := range map[string]struct {
		spoil func(*items.Catalogue, *items.Item)
		want  []string
	}{
		"a wrong code":             {func(_ *items.Catalogue, it *items.Item) { it.Code = it.Code[:30] }, []string{"code", "31 characters"}},
		"another body":             {func(_ *items.Catalogue, it *items.Item) { it.Department = "11339900DEM0000225" }, []string{"code", "names the body"}},
		"another level":            {func(_ *items.Catalogue, it *items.Item) { it.Level = 3 }, []string{"names the level 4"}},
		"an unknown department":    {func(c *items.Catalogue, _ *items.Item) { c.Departments = nil }, []string{"department", "no department"}},
		"a wrong department":       {func(c *items.Catalogue, _ *items.Item) { c.Departments[0].Code = "1" }, []string{"departments[0]", "credit code"}},
		"a department twice":       {func(c *items.Catalogue, _ *items.Item) { c.Departments = append(c.Departments, c.Departments[0]) }, []string{"used twice"}},
		"a theme twice":            {func(c *items.Catalogue, _ *items.Item) { c.Themes = append(c.Themes, c.Themes[0]) }, []string{"themes[2]", "used twice"}},
		"an unknown theme":         {func(_ *items.Catalogue, it *items.Item) { it.Themes = []string{"moon"} }, []string{"themes", `"moon"`}},
		"an unknown module":        {func(_ *items.Catalogue, it *items.Item) { it.Modules = []string{"rocket"} }, []string{"modules", "rocket"}},
		"a site twice":             {func(_ *items.Catalogue, it *items.Item) { it.Sites = []string{"H", "H"} }, []string{"sites", "twice"}},
		"no site":                  {func(_ *items.Catalogue, it *items.Item) { it.Sites = nil }, []string{"sites", "one at least"}},
		"no applicants":            {func(_ *items.Catalogue, it *items.Item) { it.Applicants = nil }, []string{"applicants"}},
		"no name":                  {func(_ *items.Catalogue, it *items.Item) { it.Name = items.Text{EN: "x"} }, []string{"name", "empty"}},
		"no notice":                {func(_ *items.Catalogue, it *items.Item) { it.Notice = items.Text{} }, []string{"notice"}},
		"days without unit":        {func(_ *items.Catalogue, it *items.Item) { it.Legal.Unit = "" }, []string{"legal_limit", "unit"}},
		"a rule and staff":         {func(_ *items.Catalogue, it *items.Item) { it.Decide = "true" }, []string{"decide", "do not go together"}},
		"rule without one":         {func(_ *items.Catalogue, it *items.Item) { it.Instant = items.InstantRule }, []string{"decide"}},
		"an early deferral":        {func(_ *items.Catalogue, it *items.Item) { it.Materials[0].DueDays = 5 }, []string{"materials[0]", "due_days"}},
		"a level E":                {func(_ *items.Catalogue, it *items.Item) { it.Materials[0].Level = "E" }, []string{"materials[0]", "level"}},
		"an empty keyword":         {func(_ *items.Catalogue, it *items.Item) { it.Keywords = []string{" "} }, []string{"keywords[0]"}},
		"a capital key":            {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].Key = "Act" }, []string{"field Act", "small letters"}},
		"a key with a meaning":     {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].Key = "today" }, []string{"field today", "means something else"}},
		"a key twice":              {func(_ *items.Catalogue, it *items.Item) { it.Fields = append(it.Fields, it.Fields[0]) }, []string{"field act", "twice"}},
		"an unknown type":          {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].Type = "colour" }, []string{"field act", "colour"}},
		"a choice without options": {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].Options = nil }, []string{"field act", "without options"}},
		"an option twice":          {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].Options[1].Value = "挂失" }, []string{"field act", "options[1]", "twice"}},
		"options of a text":        {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].Type = items.TypeText }, []string{"field act", "a text has none"}},
		"impossible lengths":       {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].MinLen, it.Fields[0].MaxLen = 5, 4 }, []string{"5 to 4"}},
		"a silent rule":            {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].Rules = []items.Rule{{When: "true"}} }, []string{"field act", "no message"}},
		"read only and empty":      {func(_ *items.Catalogue, it *items.Item) { it.Fields[0].ReadOnly = true }, []string{"field act", "nothing fills in"}},
		"a list of nothing":        {func(_ *items.Catalogue, it *items.Item) { it.Fields = []items.Field{aField("rows", items.TypeList)} }, []string{"field rows", "without fields"}},
		"a list in a list": {func(_ *items.Catalogue, it *items.Item) {
			inner := aField("inner", items.TypeList)
			outer := aField("outer", items.TypeList)
			outer.MaxRows, outer.Fields = 3, []items.Field{inner}
			it.Fields = []items.Field{outer}
		}, []string{"field outer.inner", "within a list"}},
		"a row key like a field's": {func(_ *items.Catalogue, it *items.Item) {
			list := aField("rows", items.TypeList)
			list.MaxRows, list.Fields = 3, []items.Field{aField("act", items.TypeText)}
			it.Fields = append(it.Fields, list)
		}, []string{"field rows.act", "twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := choice
			own.Options = append([]items.Option(nil), choice.Options...)
			cat := aCatalogue(anItem(own))
			cat.Departments = append([]items.Department(nil), cat.Departments...)
			if err := cat.Validate(); err != nil {
				t.Fatalf("before: %v", err)
			}
			for i, d := range cat.Departments { // the item's own first
				if d.Code == cat.Items[0].Department {
					cat.Departments[0], cat.Departments[i] = cat.Departments[i], cat.Departments[0]
				}
			}
			c.spoil(cat, &cat.Items[0])
			err := cat.Validate()
			if err == nil {
				t.Fatal("it validates")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%v\ndoes not tell %q", err, w)
				}
			}
			var fault *items.Fault
			if !errors.As(err, &fault) {
				t.Errorf("%v holds no Fault", err)
			}
		})
	}
}

func TestValidate_tells_of_codes_used_twice(t *testing.T) {
	t.Parallel()
	c := aCatalogue(anItem(), anItem())
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	c.Items[1].Code, c.Items[1].Ref = c.Items[0].Code, c.Items[0].Ref
	err := c.Validate()
	if err == nil || strings.Count(err.Error(), "2 items") != 4 {
		t.Errorf("got %v", err)
	}
}

func TestValidate_tells_all_faults_at_once(t *testing.T) {
	t.Parallel()
	bad := aField("x", items.TypeDate)
	bad.When, bad.Min = "nobody == 1", "yesterday"
	c := aCatalogue(anItem(bad))
	c.Items[0].Kind = 9
	err := c.Validate()
	for _, want := range []string{"kind: 9", "field x: when: line 1, column 1", `field x: min: "yesterday"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not tell %q", err, want)
		}
	}
}
