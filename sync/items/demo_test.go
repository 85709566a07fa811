package items_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"zizhuban/assets/catalogue"
	"zizhuban/sync/items"
)

func demo(t testing.TB) *items.Catalogue {
	t.Helper()
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDemo_validates_and_every_rule_compiles(t *testing.T) {
	t.Parallel()
	c := demo(t)
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if x := anIndex(t, c); len(x.Rejected()) != 0 || x.Len() != 61 {
		t.Errorf("%d served, rejected %v", x.Len(), x.Rejected())
	}
}

func TestDemo_counts_as_its_reference_does(t *testing.T) {
	t.Parallel()
	c := demo(t)
	instant, sites, departments := map[string]int{}, map[string]int{}, map[string]int{}
	for _, it := range c.Items {
		instant[it.Instant]++
		departments[it.Department]++
		for _, s := range it.Sites {
			sites[s]++
		}
	}
	if len(c.Items) != 61 || instant["auto"] != 20 || instant["rule"] != 18 || instant["no"] != 23 || sites["B"] != 40 || sites["V"] != 44 || sites["H"] != 61 || sites["T"] != 61 {
		t.Errorf("%d items, instant %v, sites %v", len(c.Items), instant, sites)
	}
	for code, want := range map[string]int{
		"11339900DEM000014A": 12, "11339900DEM0000225": 5, "11339900DEM0000300": 8, "11339900DEM000049W": 5, "11339900DEM000057P": 3, "11339900DEM000065J": 5,
		"11339900DEM000073D": 2, "11339900DEM0000818": 4, "11339900DEM00009X0": 5, "11339900DEM000102Q": 2, "11339900DEM000110K": 1, "11339900DEM000129G": 2,
		"11339900DEM000137B": 1, "11339900DEM0001456": 1, "11339900DEM0001531": 1, "11339900DEM000161U": 1, "11339900DEM00017XK": 1, "11339900DEM000188K": 2,
	} {
		if departments[code] != want {
			t.Errorf("%s has %d items, want %d", code, departments[code], want)
		}
	}
}

func TestDemo_is_whole_in_both_languages(t *testing.T) {
	t.Parallel()
	c := demo(t)
	check := func(where string, texts ...items.Text) {
		for _, x := range texts {
			if x.ZH == "" || x.EN == "" || strings.ContainsFunc(x.EN, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: zh %q, en %q", where, x.ZH, x.EN)
			}
		}
	}
	for _, d := range c.Departments {
		check(d.Code, d.Name)
	}
	for _, th := range c.Themes {
		check(th.Key, th.Name)
	}
	var fields func(ref string, fs []items.Field)
	fields = func(ref string, fs []items.Field) {
		for _, f := range fs {
			check(ref+" "+f.Key, f.Label)
			if !f.Help.IsZero() {
				check(ref+" "+f.Key+" help", f.Help)
			}
			for _, o := range f.Options {
				check(ref+" "+f.Key, o.Label)
			}
			for _, r := range f.Rules {
				check(ref+" "+f.Key, r.Message)
			}
			fields(ref+" "+f.Key, f.Fields)
		}
	}
	for _, it := range c.Items {
		check(it.Ref, it.Name, it.AppliesTo, it.Legal.Words, it.Promised.Words, it.Fee.Words, it.Result, it.Place, it.Hours, it.Contact, it.Complaint, it.Notice)
		check(it.Ref+" accept", it.Conditions...)
		check(it.Ref+" process", it.Process...)
		fields(it.Ref, it.Fields)
		for _, m := range it.Materials {
			check(it.Ref+" material", m.Name, m.How)
			if !m.Remark.IsZero() {
				check(it.Ref+" material", m.Remark)
			}
		}
		for _, r := range slices.Concat(it.Rules, it.Hints) {
			check(it.Ref+" rule", r.Message)
		}
		if len(it.Conditions) == 0 || len(it.Process) < 3 || len(it.Keywords) < 3 || len(it.Themes) == 0 || len(it.Fields) == 0 || len(it.Materials) == 0 {
			t.Errorf("%s is not whole", it.Ref)
		}
	}
}

// TestDemo_gives_no_telephone_number_that_could_be_someones looks for runs of digits that could be one.
func TestDemo_gives_no_telephone_number_that_could_be_someones(t *testing.T) {
	t.Parallel()
	for _, it := range demo(t).Items {
		for _, x := range []string{it.Contact.ZH, it.Contact.EN, it.Complaint.ZH, it.Complaint.EN, it.Notice.ZH, it.Place.ZH} {
			x = strings.ReplaceAll(x, "0570-0000000", "")
			for _, run := range strings.FieldsFunc(x, func(r rune) bool { return !unicode.IsDigit(r) && r != '-' }) {
				if len(run) >= 7 {
					t.Errorf("%s tells %s", it.Ref, run)
				}
			}
		}
	}
}

// TestDemo_rules_hold_where_the_tables_say_so tries rules of the reference's tables one by one.
func TestDemo_rules_hold_where_the_tables_say_so(t *testing.T) {
	t.Parallel()
	c := demo(t)
	x := anIndex(t, c)
	with := func(answers map[string]any) items.Facts { return facts(answers) }
	shown := func(key string, want bool) func(*items.Program, items.Facts) (bool, any) {
		return func(p *items.Program, f items.Facts) (bool, any) {
			got, err := p.Shown(key, f)
			return got == want && err == nil, got
		}
	}
	bounds := func(key, lo, hi string) func(*items.Program, items.Facts) (bool, any) {
		return func(p *items.Program, f items.Facts) (bool, any) {
			a, b, err := p.Bounds(key, f)
			return a == lo && b == hi && err == nil, []string{a, b}
		}
	}
	checked := func(key string, want int) func(*items.Program, items.Facts) (bool, any) {
		return func(p *items.Program, f items.Facts) (bool, any) {
			got := p.Check(key, f)
			return len(got) == want, got
		}
	}
	broken := func(want int) func(*items.Program, items.Facts) (bool, any) {
		return func(p *items.Program, f items.Facts) (bool, any) { got := p.Broken(f); return len(got) == want, got }
	}
	hints := func(want int) func(*items.Program, items.Facts) (bool, any) {
		return func(p *items.Program, f items.Facts) (bool, any) { got := p.Hints(f); return len(got) == want, got }
	}
	decided := func(want bool) func(*items.Program, items.Facts) (bool, any) {
		return func(p *items.Program, f items.Facts) (bool, any) {
			got, err := p.Decide(f)
			return got == want && err == nil, got
		}
	}
	materials := func(names ...string) func(*items.Program, items.Facts) (bool, any) {
		return func(p *items.Program, f items.Facts) (bool, any) {
			var got []string
			for _, m := range p.Materials(f) {
				got = append(got, m.Name.ZH)
			}
			return slices.Equal(got, names), got
		}
	}
	for _, c2 := range []struct {
		ref     string
		answers map[string]any
		holds   func(*items.Program, items.Facts) (bool, any)
	}{
		{"D01", map[string]any{"purpose": "其他"}, shown("purpose_text", true)},
		{"D01", map[string]any{"purpose": "入学"}, shown("purpose_text", false)},
		{"D01", map[string]any{"period_from": "2026-01"}, bounds("period_to", "2026-01", "2026-09")},
		{"D03", map[string]any{"promise_ok": false}, checked("promise_ok", 1)},
		{"D03", map[string]any{"hukou_type": "市外"}, materials("身份证", "居住证", "就业状态承诺书")},
		{"D03", nil, bounds("start_month", "2026-09", "2027-09")},
		{"D04", map[string]any{"job_risk": true}, shown("injury_class", true)},
		{"D04", map[string]any{"emp_id": "330000200805200038", "hire_date": "2020-01-01"}, broken(1)},
		{"D04", map[string]any{"wage_base": "30000", "hire_date": "2026-09-01"}, hints(1)},
		{"D05", map[string]any{"change_what": []string{"银行账户"}}, materials("身份证", "银行卡")},
		{"D07", nil, bounds("first_work", "1950-01-01", "2026-09-10")},
		{"D07", map[string]any{"retire_type": "因病"}, materials("身份证", "户口簿", "职工档案(承诺移送)", "劳动能力鉴定结论")},
		{"D08", map[string]any{"leave_reason": "本人辞职", "leave_date": "2025-09-10"}, hints(2)},
		{"D08", map[string]any{"leave_reason": "合同到期", "leave_date": "2025-09-11"}, hints(0)},
		{"D09", nil, bounds("cert_date", "2025-09-11", "2026-09-11")},
		{"D11", map[string]any{"act": "补卡"}, decided(false)},
		{"D11", map[string]any{"act": "正式挂失"}, decided(true)},
		{"D12", map[string]any{"agent": true, "agent_id": aPerson.IDNumber}, checked("agent_id", 1)},
		{"D12", nil, bounds("total_fee", "0.01", "999999.99")},
		{"D13", map[string]any{"in_date": "2026-08-01"}, bounds("out_date", "2026-08-01", "2026-09-11")},
		{"D13", map[string]any{"is_injury": true, "third_party": true}, hints(1)},
		{"D13", map[string]any{"is_injury": false, "third_party": true}, hints(0)},
		{"D14", map[string]any{"birth_kind": "难产"}, shown("babies", true)},
		{"D14", map[string]any{"birth_kind": "难产"}, shown("weeks", false)},
		{"D15", nil, bounds("from_date", "2026-08-12", "2026-12-10")},
		{"D15", map[string]any{"rec_kind": "异地转诊"}, materials("身份证/医保电子凭证", "转诊转院证明", "个人承诺书")},
		{"D17", map[string]any{"in_out": []string{"2026-08-02", "2026-08-01"}}, broken(1)},
		{"D18", map[string]any{"self_id": "330000195803120014"}, broken(1)},
		{"D21", map[string]any{"purpose": "出国(境)"}, shown("country", true)},
		{"D21", map[string]any{"purpose": "入职", "copies": "2"}, decided(true)},
		{"D23", nil, bounds("live_since", "1976-09-11", "2026-03-11")},
		{"D23", map[string]any{"base": "合法稳定住所"}, shown("org", false)},
		{"D24", map[string]any{"still_live": true}, shown("new_addr", false)},
		{"D26", map[string]any{"dl_no": "330000195803120014"}, checked("dl_no", 1)},
		{"D26", nil, bounds("dl_expire", "2025-09-11", "2026-12-10")},
		{"D31", map[string]any{"who_q": "配偶(须到场)"}, checked("spouse_card", 1)},
		{"D33", map[string]any{"deal_kind": "买卖", "parties": []map[string]any{{"role": "买方", "id_no": "1"}}}, broken(1)},
		{"D33", map[string]any{"deal_kind": "买卖", "parties": []map[string]any{{"role": "买方", "id_no": "1"}, {"role": "卖方", "id_no": "2"}}}, broken(0)},
		{"D36", map[string]any{"rent_kind": "公租房", "rent_month": "6"}, bounds("amount", "0.01", "18000")},
		{"D37", map[string]any{"loan_kind": "组合"}, shown("loan_no", true)},
		{"D39", nil, bounds("period_to", "2019-01", "2026-08")},
		{"D41", map[string]any{"name_kind": "使用名称", "shop_name": "中华小吃"}, checked("shop_name", 1)},
		{"D45", map[string]any{"income": "1000", "members": []map[string]any{{"income_each": "600.5", "id_no": "1"}, {"income_each": "500", "id_no": "2"}}}, broken(1)},
		{"D45", map[string]any{"income": "1100.50", "members": []map[string]any{{"income_each": "600.5", "id_no": "1"}, {"income_each": "500", "id_no": "2"}}}, broken(0)},
		{"D46", map[string]any{"kind": "支出型"}, materials("身份证", "困难情况证明", "承诺书")},
		{"D47", map[string]any{"age": "83"}, checked("age", 0)},
		{"D47", map[string]any{"age": "84"}, checked("age", 1)},
		{"D47", map[string]any{"agent": false}, decided(true)},
		{"D48", map[string]any{"age": "83"}, bounds("age", "60", "130")},
		{"D50", map[string]any{"cert_no": "33000019430901004261"}, shown("guardian", true)},
		{"D50", map[string]any{"cert_no": "33000019430901004241"}, shown("guardian", false)},
		{"D52", map[string]any{"child_id": childBorn("20200831")}, checked("child_id", 0)},
		{"D52", map[string]any{"child_id": childBorn("20200901")}, checked("child_id", 1)},
		{"D55", map[string]any{"hardship": "诚信承诺"}, shown("income", true)},
		{"D56", map[string]any{"breed": "藏獒"}, checked("breed", 1)},
		{"D56", nil, bounds("vacc_date", "2025-09-11", "2026-09-11")},
		{"D57", map[string]any{"owner_rel": "使用人"}, materials("身份证", "权属证明", "现场照片", "委托书")},
		{"D60", nil, bounds("month", "2024-10", "2026-09")},
		{"D61", map[string]any{"reason": "租赁"}, materials("身份证", "不动产权证", "租赁合同", "过户承诺")},
	} {
		_, p, _ := x.Item(item(t, c, c2.ref).Code)
		if ok, got := c2.holds(p, with(c2.answers)); !ok {
			t.Errorf("%s with %v: got %v", c2.ref, c2.answers, got)
		}
	}
}

// childBorn makes a demo identity number with a birthday.
func childBorn(day string) string {
	for i := range 10 {
		if id := "330000" + day + "001" + string(rune('0'+i)); items.ValidIDNumber(id) {
			return id
		}
	}
	return "330000" + day + "001X"
}

func TestDemo_examples_fit_their_own_fields(t *testing.T) {
	t.Parallel()
	c := demo(t)
	x := anIndex(t, c)
	for _, it := range c.Items {
		_, p, _ := x.Item(it.Code)
		for _, f := range it.Fields {
			n := len([]rune(f.Example))
			if f.Example != "" && (!p.Matches(f.Key, f.Example) || n < f.MinLen || f.MaxLen > 0 && n > f.MaxLen) {
				t.Errorf("%s %s: the example %q does not fit", it.Ref, f.Key, f.Example)
			}
			if f.Pattern != "" && f.Example == "" {
				t.Errorf("%s %s: a pattern without an example to show", it.Ref, f.Key)
			}
		}
	}
}
