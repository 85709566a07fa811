package items_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"zizhuban/sync/items"
)

func TestCompile_names_item_field_and_position(t *testing.T) {
	t.Parallel()
	choice := aField("act", items.TypeRadio)
	choice.Options = options("挂失", "补卡")
	many := aField("what", items.TypeMultiselect)
	many.Options = options("水", "电")
	for _, c := range []struct {
		when   string
		line   int
		column int
		want   string
	}{
		{`act = "挂失"`, 1, 5, "rule"},
		{`nobody == "a"`, 1, 1, "undeclared reference to 'nobody'"},
		{`act == 1`, 1, 5, "no matching overload"},
		{`act`, 1, 1, "it gives a string, not a bool"},
		{`act == "换卡"`, 1, 8, `"换卡" is not an option of act`},
		{"act != \"\" &&\n  act == \"换卡\"", 2, 10, `"换卡" is not an option of act`},
		{`act in ["挂失", "换卡"]`, 1, 15, `"换卡" is not an option of act`},
		{`"换卡" == act`, 1, 1, `"换卡" is not an option of act`},
		{`"火" in what`, 1, 1, `"火" is not an option of what`},
		{`later != ""`, 0, 0, "later, which is not asked before"},
		{`self != ""`, 0, 0, "self, which is not asked before"},
		{`act.matches("(")`, 1, 13, "invalid matches argument"},
		{`age(act)`, 1, 4, "no matching overload"},
		{strings.Repeat("!", 3000) + "true", 0, 0, "exceeds limit"},
		{strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100), 0, 0, "recursion"},
	} {
		self := aField("self", items.TypeText)
		self.When = c.when
		it := anItem(choice, many, self, aField("later", items.TypeText))
		_, err := items.Compile(&it)
		var fault *items.Fault
		if !errors.As(err, &fault) || !errors.Is(err, items.ErrRule) {
			t.Errorf("%.40s: got %v, want a fault of a rule", c.when, err)
			continue
		}
		if fault.Item != "S000000 "+it.Name.ZH || fault.Field != "self" || fault.Part != "when" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40s: got %v, want %q", c.when, err, c.want)
		}
		if c.line > 0 && (fault.Line != c.line || fault.Column != c.column) {
			t.Errorf("%.40s: found at %d:%d, want %d:%d", c.when, fault.Line, fault.Column, c.line, c.column)
		}
	}
}

func TestCompile_refuses_a_rule_that_costs_too_much(t *testing.T) {
	t.Parallel()
	zeros := "[" + strings.TrimSuffix(strings.Repeat("0,", 60), ",") + "]"
	it := anItem(aField("name", items.TypeText))
	it.Rules = []items.Rule{{
		When:    zeros + ".all(a, " + zeros + ".all(b, " + zeros + ".all(c, " + zeros + ".all(d, a + b + c + d == 0))))",
		Message: items.Text{ZH: "永远不会显示"},
	}}
	_, err := items.Compile(&it)
	if err == nil || !strings.Contains(err.Error(), "cost limit") || !strings.Contains(err.Error(), "rules[0]") {
		t.Errorf("got %v", err)
	}
}

func TestProgram_stops_a_rule_that_grows_with_the_answers(t *testing.T) {
	t.Parallel()
	list := aField("rows", items.TypeList)
	list.MaxRows, list.Fields = 100, []items.Field{aField("n", items.TypeNumber)}
	hidden := aField("hidden", items.TypeText)
	hidden.When = `rows.all(a, rows.all(b, rows.all(c, a.n + b.n + c.n >= 0.0)))`
	it := anItem(list, hidden)
	it.Rules = []items.Rule{{When: "!(" + hidden.When + ")", Message: items.Text{ZH: "不"}}}
	it.Instant, it.Decide = items.InstantRule, hidden.When
	p := compiled(t, it)

	var rows []map[string]any
	for range 100 {
		rows = append(rows, map[string]any{"n": "1"})
	}
	f := facts(map[string]any{"rows": rows})
	if shown, err := p.Shown("hidden", f); err == nil || !shown {
		t.Errorf("shown %v, %v; a field whose condition fails is asked, and the error told", shown, err)
	}
	if yes, err := p.Decide(f); err == nil || yes {
		t.Errorf("decided %v, %v; a machine decides nothing by a rule that fails", yes, err)
	}
	if broken := p.Broken(f); broken != nil {
		t.Errorf("a rule that fails blocks: %v", broken)
	}
}

func TestProgram_sees_answers_by_their_types(t *testing.T) {
	t.Parallel()
	choice := aField("act", items.TypeRadio)
	choice.Options = options("挂失", "补卡")
	many := aField("what", items.TypeMultiselect)
	many.Options = options("水", "电")
	list := aField("rows", items.TypeList)
	list.MaxRows, list.Fields = 5, []items.Field{aField("who", items.TypeText), aField("pay", items.TypeMoney), aField("here", items.TypeBool)}
	fields := []items.Field{
		choice, many, aField("n", items.TypeNumber), aField("fee", items.TypeMoney), aField("ok", items.TypeBool), aField("day", items.TypeDate),
		aField("span", items.TypeDateRange), aField("month", items.TypeMonth), list,
	}
	given := map[string]any{
		"act": "补卡", "what": []string{"水"}, "n": "12", "fee": "128.50", "ok": true, "day": "2026-09-01",
		"span": []string{"2026-08-01", "2026-08-31"}, "month": "2026-08",
		"rows": []map[string]any{{"who": "甲", "pay": "100.25", "here": true}, {"who": "乙", "pay": "20"}, nil},
	}
	for when, want := range map[string]bool{
		`act == "补卡"`:    true,
		`"水" in what`:    true,
		`"电" in what`:    false,
		`size(what) > 0`: true,
		`n == 12.0`:      true,
		`n > 11`:         true,
		`fee == 128.5`:   true,
		`ok`:             true,
		`day < today`:    true,
		`today == "2026-09-11" && this_month == "2026-09"`:                               true,
		`days(day, today) == 10`:                                                         true,
		`add_days(day, -1) == "2026-08-31"`:                                              true,
		`add_months("2026-03-31", -1) == "2026-02-28"`:                                   true,
		`add_months(month, 5) == "2027-01"`:                                              true,
		`add_days("9999-12-31", 1) == ""`:                                                true,
		`age(holder.birth, today) == 83 && age(holder.birth, "2026-08-31") == 82`:        true,
		`age("2008-02-29", "2026-02-28") == 17 && age("2008-02-29", "2026-03-01") == 18`: true,
		`size(span) == 2 && span[1] < today`:                                             true,
		`size(rows) == 3 && rows[0].who == "甲"`:                                          true,
		`sum(rows.map(r, r.pay)) == 120.25`:                                              true,
		`rows.exists(r, r.here) && !rows.all(r, r.here)`:                                 true,
		`idno(holder.id_number) && !idno("1")`:                                           true,
		`birth_of(holder.id_number) == holder.birth`:                                     true,
		`uscc("11339900DEM000014A") && !uscc("")`:                                        true,
		`luhn("79927398713")`:                                                            true,
		`answered(act) && answered(n) && answered(what) && answered(ok)`:                 true,
		`holder.sex == "女" && holder.name.startsWith("示例") && holder.nation == "汉" && holder.address != ""`: true,
	} {
		it := anItem(fields...)
		it.Hints = []items.Rule{{When: when, Message: items.Text{ZH: "是"}}}
		p := compiled(t, it)
		for _, answers := range []map[string]any{given, asJSON(t, given)} {
			if got := len(p.Hints(facts(answers))) == 1; got != want {
				t.Errorf("%s is %v, want %v", when, got, want)
			}
		}
		if strings.HasPrefix(when, "answered") {
			if got := p.Hints(facts(nil)); got != nil {
				t.Errorf("%s holds without answers", when)
			}
		}
	}
}

func TestProgram_takes_the_answer_to_a_field_that_is_not_asked_as_none(t *testing.T) {
	t.Parallel()
	injury, third, more := aField("injury", items.TypeBool), aField("third", items.TypeBool), aField("more", items.TypeText)
	third.When, more.When = "injury", "third"
	it := anItem(injury, third, more)
	it.Materials = []items.Material{{Name: items.Text{ZH: "承诺书"}, Need: 1, Level: "D", How: items.Text{ZH: "签署"}, When: "third"}}
	it.Hints = []items.Rule{{When: `more != ""`, Message: items.Text{ZH: "有"}}}
	p := compiled(t, it)
	f := facts(map[string]any{"injury": true, "third": true, "more": "x"})
	if shown, err := p.Shown("more", f); !shown || err != nil || len(p.Materials(f)) != 1 || len(p.Hints(f)) != 1 {
		t.Errorf("shown %v (%v), materials %v, hints %v: want all", shown, err, p.Materials(f), p.Hints(f))
	}
	f.Answers["injury"] = false // what was answered below it stays in the map
	if shown, err := p.Shown("more", f); shown || err != nil || p.Materials(f) != nil || p.Hints(f) != nil {
		t.Errorf("shown %v (%v), materials %v, hints %v: want none", shown, err, p.Materials(f), p.Hints(f))
	}
}

func TestProgram_looks_into_the_rows_of_a_list(t *testing.T) {
	t.Parallel()
	kind := aField("kind", items.TypeRadio)
	kind.Options = options("简", "繁")
	relation := aField("relation", items.TypeRadio)
	relation.Options = options("配偶", "子女")
	school, id := aField("school", items.TypeText), aField("id", items.TypeIDNumber)
	school.When = `relation == "子女" && kind == "繁"`
	id.Rules = []items.Rule{{When: `id == holder.id_number || rows.filter(r, r.id == id).size() > 1`, Message: items.Text{ZH: "重复"}}}
	since := aField("since", items.TypeDate)
	since.Min = `=birth_of(id)`
	list := aField("rows", items.TypeList)
	list.MaxRows, list.Fields = 5, []items.Field{relation, school, id, since}
	p := compiled(t, anItem(kind, list))
	f := facts(map[string]any{"kind": "繁", "rows": []map[string]any{
		{"relation": "配偶", "id": "330000195803120014"}, {"relation": "子女", "id": "330000195803120014"}, {"relation": "子女", "id": aPerson.IDNumber},
	}})
	for key, want := range map[string]bool{"rows.0.school": false, "rows.1.school": true, "rows.9.school": false, "rows.x.school": false, "rows.0": false, "rows.0.nothing": false, "kind": true, "nothing": false} {
		if got, err := p.Shown(key, f); got != want || err != nil {
			t.Errorf("%s is shown %v (%v), want %v", key, got, err, want)
		}
	}
	for i, want := range []int{1, 1, 1} {
		key := "rows." + string(rune('0'+i)) + ".id"
		if got := p.Check(key, f); len(got) != want {
			t.Errorf("%s: %v", key, got)
		}
	}
	if lo, _, err := p.Bounds("rows.0.since", f); lo != "1958-03-12" || err != nil {
		t.Errorf("bounds from %q, %v", lo, err)
	}
}

func TestProgram_bounds_are_literals_or_rules(t *testing.T) {
	t.Parallel()
	from, to := aField("from", items.TypeDate), aField("to", items.TypeDate)
	from.Min, from.Max = "2020-01-01", "=today"
	to.Min, to.Max = "=from", "=add_months(from, 12)"
	n, pay := aField("n", items.TypeNumber), aField("pay", items.TypeMoney)
	n.Min, n.Max = "1", "=size(holder.name) * 4"
	pay.Min, pay.Max = "0.01", "=n * 1000.5"
	p := compiled(t, anItem(from, to, n, pay))
	f := facts(map[string]any{"from": "2026-08-31", "n": "3"})
	for key, want := range map[string][2]string{
		"from": {"2020-01-01", "2026-09-11"}, "to": {"2026-08-31", "2027-08-31"}, "n": {"1", "12"}, "pay": {"0.01", "3001.5"}, "nothing": {},
	} {
		lo, hi, err := p.Bounds(key, f)
		if err != nil || lo != want[0] || hi != want[1] {
			t.Errorf("%s is within %q and %q (%v), want %q", key, lo, hi, err, want)
		}
	}
	if lo, hi, err := p.Bounds("to", facts(nil)); lo != "" || hi != "" || err != nil {
		t.Errorf("a bound by a field that is not answered: %q, %q, %v", lo, hi, err)
	}
	for _, spoil := range []items.Field{
		{Type: items.TypeText, Max: "5"}, {Type: items.TypeDate, Max: "2026-02-30"}, {Type: items.TypeMonth, Max: "2026-02-01"},
		{Type: items.TypeNumber, Max: "0x10"}, {Type: items.TypeNumber, Max: `="5"`}, {Type: items.TypeDate, Max: "=5"}, {Type: items.TypeDate, Max: "="},
	} {
		spoil.Key, spoil.Label = "x", items.Text{ZH: "项"}
		it := anItem(spoil)
		if _, err := items.Compile(&it); err == nil {
			t.Errorf("a %s took the bound %q", spoil.Type, spoil.Max)
		}
	}
}

func TestProgram_checks_answers_and_leaves_unanswered_fields_alone(t *testing.T) {
	t.Parallel()
	promise, card := aField("promise", items.TypeBool), aField("card", items.TypeText)
	promise.Rules = []items.Rule{{When: "!promise", Message: items.Text{ZH: "要承诺"}}}
	card.Rules = []items.Rule{{When: "!luhn(card)", Message: items.Text{ZH: "卡号不对"}}, {When: "size(card) < 12", Message: items.Text{ZH: "太短"}}}
	card.Pattern = "[0-9]+"
	p := compiled(t, anItem(promise, card))
	for _, c := range []struct {
		key     string
		answers map[string]any
		want    []string
	}{
		{"promise", nil, []string{"要承诺"}},
		{"promise", map[string]any{"promise": true}, nil},
		{"card", nil, nil},
		{"card", map[string]any{"card": ""}, nil},
		{"card", map[string]any{"card": "1"}, []string{"卡号不对", "太短"}},
		{"card", map[string]any{"card": "6222021001111111115"}, nil},
		{"nothing", nil, nil},
	} {
		if got := messages(p.Check(c.key, facts(c.answers))); !slices.Equal(got, c.want) {
			t.Errorf("%s of %v: %v, want %v", c.key, c.answers, got, c.want)
		}
	}
	if p.Matches("card", "12a") || !p.Matches("card", "12") || !p.Matches("promise", "anything") {
		t.Error("a pattern fits the whole answer, and no pattern any")
	}
}

func TestProgram_decides_by_rule_or_by_kind(t *testing.T) {
	t.Parallel()
	it := anItem(aField("n", items.TypeNumber))
	for _, c := range []struct {
		instant, decide string
		want            bool
	}{
		{items.InstantAuto, "", true}, {items.InstantAuto, "n > 5", false}, {items.InstantAuto, "n < 5", true},
		{items.InstantRule, "n < 5", true}, {items.InstantRule, "n > 5", false}, {items.InstantNo, "", false},
	} {
		it.Instant, it.Decide = c.instant, c.decide
		if got, err := compiled(t, it).Decide(facts(map[string]any{"n": "3"})); got != c.want || err != nil {
			t.Errorf("%s %q decided %v (%v), want %v", c.instant, c.decide, got, err, c.want)
		}
	}
}

func TestProgram_is_safe_for_concurrent_use(t *testing.T) {
	t.Parallel()
	c := demo(t)
	x, err := items.NewIndex(c, everything)
	if err != nil {
		t.Fatal(err)
	}
	_, p, _ := x.Item(item(t, c, "D13").Code)
	f := facts(map[string]any{"is_injury": true, "third_party": true, "in_date": "2026-08-01", "out_date": "2026-08-20"})
	want := len(p.Materials(f))
	done := make(chan bool)
	for range 8 {
		go func() {
			ok := true
			for range 50 {
				_, hi, _ := p.Bounds("in_date", f)
				ok = ok && len(p.Materials(f)) == want && hi == "2026-08-20" && len(p.Hints(f)) == 1
			}
			done <- ok
		}()
	}
	for range 8 {
		if !<-done {
			t.Error("another answer under concurrency")
		}
	}
}

// FuzzAnswers: no answer, of whatever form, makes a rule of the demo catalogue panic, and none costs too much.
func FuzzAnswers(f *testing.F) {
	c := demo(f)
	x, err := items.NewIndex(c, everything)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("members", `[{"income_each":"1e5","id_no":5},null,"x",{"relation":["配偶"]}]`, 44)
	f.Add("in_date", `"2026-13-45"`, 12)
	f.Add("rent_month", `"-12.5e400"`, 35)
	f.Add("in_out", `["2026-01-01"]`, 16)
	f.Add("act", `{"zh":1}`, 10)
	f.Add("child_id", `"33000020080520003X"`, 51)
	f.Fuzz(func(t *testing.T, key, answer string, n int) {
		it := &c.Items[(n%len(c.Items)+len(c.Items))%len(c.Items)]
		_, p, _ := x.Item(it.Code)
		answers := map[string]any{key: answer}
		if v := asAny(answer); v != nil {
			answers[key] = v
		}
		for i := range it.Fields { // give every other field something too
			if _, taken := answers[it.Fields[i].Key]; !taken && i%2 == n&1 {
				answers[it.Fields[i].Key] = answer
			}
		}
		fs := facts(answers)
		for i := range it.Fields {
			k := it.Fields[i].Key
			for _, path := range []string{k, k + ".0." + key, key} {
				if _, err := p.Shown(path, fs); err != nil {
					t.Error(err)
				}
				if _, _, err := p.Bounds(path, fs); err != nil {
					t.Error(err)
				}
				p.Check(path, fs)
			}
		}
		p.Broken(fs)
		p.Hints(fs)
		p.Materials(fs)
		if _, err := p.Decide(fs); err != nil {
			t.Error(err)
		}
	})
}

func TestHolder_keeps_itself_out_of_logs(t *testing.T) {
	t.Parallel()
	if s := aPerson.String() + aPerson.GoString(); strings.Contains(s, "示例") || strings.Contains(s, "3300") {
		t.Errorf("it tells %s", s)
	}
	if reflect.ValueOf(aPerson).NumField() != 6 {
		t.Error("a field was added: see that it is hidden too")
	}
}
