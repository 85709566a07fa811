package items_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"zizhuban/sync/items"
	"zizhuban/sync/items/itemstest"
)

func anIndex(t testing.TB, c *items.Catalogue) *items.Index {
	t.Helper()
	x, err := items.NewIndex(c, everything)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// named makes an index of items with these names only.
func named(t testing.TB, names ...string) *items.Index {
	t.Helper()
	var its []items.Item
	for _, n := range names {
		it := anItem()
		it.Name, it.Keywords, it.Ref = items.Text{ZH: n}, nil, ""
		its = append(its, it)
	}
	return anIndex(t, aCatalogue(its...))
}

func refs(hits []items.Hit) (rs []string) {
	for _, h := range hits {
		rs = append(rs, h.Item.Ref)
	}
	return rs
}

func namesOf(hits []items.Hit) (ns []string) {
	for _, h := range hits {
		ns = append(ns, h.Item.Name.ZH)
	}
	return ns
}

func TestSearch_finds_what_people_type(t *testing.T) {
	t.Parallel()
	x := anIndex(t, demo(t))
	for query, want := range map[string]string{ // the item that must come first
		"丢身份证":                            "D18",
		"身份证挂失":                           "D18",
		"居民身份证挂":                          "D18",
		"补社保卡":                            "D11",
		"高龄津贴":                            "D47",
		"低保":                              "D45",
		"养狗":                              "D56",
		"开店":                              "D41",
		"gaolingjintie":                   "D47",
		"gljt":                            "D47",
		"gaoljt":                          "D47",
		"glj":                             "D47",
		"shebaoka":                        "D11",
		"canbaozheng":                     "D01",
		"d47":                             "D47",
		"D47 ":                            "D47",
		"Ｄ４７":                             "D47",
		"lost id card":                    "D18",
		"old-age":                         "D47",
		"legal aid":                       "D55",
		"失业 技能":                           "D09",
		"技能 shiye":                        "D09",
		"失业jineng":                        "D09",
		"shi'ye ji'neng":                  "D09",
		"费用住院报销":                          "D13", // the words in another order
		"zhuyuanfeiyong":                  "D13",
		"11339900DEM00009X04330590047000": "D47",
		"330590047000":                    "D47",
	} {
		hits := x.Search(query, 5)
		if len(hits) == 0 || hits[0].Item.Ref != want {
			t.Errorf("%q finds %v first, want %s", query, refs(hits), want)
		}
	}
}

func TestSearch_puts_the_better_fit_first(t *testing.T) {
	t.Parallel()
	make := func(name string, keywords ...string) items.Item {
		it := anItem()
		it.Name, it.Keywords, it.Ref, it.Hot = items.Text{ZH: name}, keywords, "", 0
		return it
	}
	c := aCatalogue(
		make("查询医疗费", "申领补贴"), make("关于补贴"), make("补贴申领"), make("补贴"), make("其他甲", "老人补贴"), make("其他乙", "补贴老人"), make("步帖大会"), make("大步帖会"),
	)
	x := anIndex(t, c)
	got := namesOf(x.Search("补贴", 0))
	want := []string{"补贴", "补贴申领", "关于补贴", "其他乙", "其他甲", "查询医疗费"}
	if !slices.Equal(got[:4], want[:4]) || len(got) != 6 {
		t.Errorf("got %v, want %v", got, want)
	}
	got = namesOf(x.Search("butie", 0))
	if len(got) != 8 || !slices.Equal(got[:3], []string{"补贴", "补贴申领", "步帖大会"}) || !slices.Contains(got[3:5], "大步帖会") {
		t.Errorf("pinyin: got %v", got)
	}
}

func TestSearch_puts_what_is_offered_here_before_its_equals(t *testing.T) {
	t.Parallel()
	c := demo(t)
	x, err := items.NewIndex(c, items.Terminal{Site: "V", Modules: []string{"card", "slip", "sign", "face"}})
	if err != nil {
		t.Fatal(err)
	}
	hits := x.Search("提取", 0)
	if len(hits) < 3 {
		t.Fatalf("found %v", refs(hits))
	}
	for i := 1; i < len(hits); i++ {
		if hits[i].Offered && !hits[i-1].Offered && strings.Contains(hits[i-1].Item.Name.ZH, "提取") {
			t.Errorf("%s stands before %s", hits[i-1].Item.Ref, hits[i].Item.Ref)
		}
	}
	if last := hits[len(hits)-1]; last.Item.Ref != "D35" || !last.OffSite || last.Offered {
		t.Errorf("last is %+v, want D35, not at villages", last)
	}
}

func TestSearch_reads_characters_as_they_are_read_in_their_words(t *testing.T) {
	t.Parallel()
	for name, spelled := range map[string]string{
		"参保": "canbao", "银行行业": "yinhanghangye", "重新办理": "chongxinbanli", "重度残疾": "zhongducanji", "长期居住": "changqijuzhu", "家长": "jiazhang",
		"调解调查": "tiaojiediaocha", "传真自传": "chuanzhenzizhuan", "出差好差评": "chuchaihaochaping", "偿还贷款": "changhuandaikuan", "会计": "kuaiji",
		"曾用名": "cengyongming", "变更": "biangeng", "宿舍": "sushe", "给付": "jifu", "利率": "lilv", "便民": "bianmin", "社会保险": "shehuibaoxian", "证明": "zhengming",
		"户口簿": "hukoubu", "接种": "jiezhong", "处理": "chuli", "还款": "huankuan", "提取": "tiqu", "扫码": "saoma", "区残联": "qucanlian", "绿化": "lvhua", "重庆": "chongqing",
	} {
		x := named(t, name)
		if len(x.Search(spelled, 1)) != 1 {
			t.Errorf("%s is not found by %s", name, spelled)
		}
		if len(x.Search(spelled+"x", 1)) != 0 {
			t.Errorf("%s is found by %sx", name, spelled)
		}
	}
}

func TestSearch_begins_pinyin_at_a_syllable(t *testing.T) {
	t.Parallel()
	x := named(t, "商会")
	for query, want := range map[string]int{"shanghui": 1, "shang": 1, "hui": 1, "sh": 1, "s": 1, "shh": 1, "angh": 0, "ui": 0, "hs": 0, "shanghuis": 0} {
		if got := len(x.Search(query, 0)); got != want {
			t.Errorf("%q finds %d, want %d", query, got, want)
		}
	}
}

func TestSearch_keeps_the_limit_and_the_order(t *testing.T) {
	t.Parallel()
	x := anIndex(t, itemstest.Synthetic(700, 5))
	for _, q := range []string{"证", "s", "sb", "z", "区", "she"} {
		all := x.Search(q, 0)
		if len(all) < 99 {
			t.Fatalf("%q finds only %d", q, len(all))
		}
		for _, limit := range []int{1, 7, 20, 99} {
			if got := x.Search(q, limit); !slices.Equal(refs(got), refs(all[:limit])) {
				t.Errorf("%q: the best %d are %v, but %v stand first of all", q, limit, refs(got), refs(all[:limit]))
			}
		}
	}
}

// TestSearch_misses_nothing compares the index with a search that looks at every item.
func TestSearch_misses_nothing(t *testing.T) {
	t.Parallel()
	c := itemstest.Synthetic(500, 9)
	x := anIndex(t, c)
	for _, q := range []string{"工伤", "驾驶证", "老年", "证", "区医保局", "登记（"} {
		want := 0
		for i := range c.Items {
			it := &c.Items[i]
			plain := strings.NewReplacer("（", "", "）", "").Replace
			has := strings.Contains(plain(it.Name.ZH), plain(q))
			for _, k := range it.Keywords {
				has = has || strings.Contains(k, plain(q))
			}
			for _, d := range c.Departments {
				has = has || d.Code == it.Department && strings.Contains(d.Name.ZH, plain(q))
			}
			if has {
				want++
			}
		}
		if got := len(x.Search(q, 0)); got != want || want == 0 {
			t.Errorf("%q finds %d, want %d", q, got, want)
		}
	}
}

func TestSearch_finds_nothing_for_nothing(t *testing.T) {
	t.Parallel()
	x := anIndex(t, demo(t))
	for _, q := range []string{"", " ", "！？", "\x00\xff", "zzzzzz", "没有这样的事项", strings.Repeat("证", 500), "🙂"} {
		if hits := x.Search(q, 10); len(hits) != 0 {
			t.Errorf("%.20q finds %v", q, refs(hits))
		}
	}
}

func TestSearch_allocates_nothing_for_an_item(t *testing.T) {
	few, many := anIndex(t, itemstest.Synthetic(100, 2)), anIndex(t, itemstest.Synthetic(600, 2))
	for _, q := range []string{"s", "shebao", "证", "补贴", "gjj"} {
		a := testing.AllocsPerRun(20, func() { few.Search(q, 20) })
		b := testing.AllocsPerRun(20, func() { many.Search(q, 20) })
		if b > a+4 { // the slice of results may be longer
			t.Errorf("%q allocates %.0f times among 100 items and %.0f among 600", q, a, b)
		}
	}
}

// FuzzSearch: no query panics, the limit holds, and no item comes twice.
func FuzzSearch(f *testing.F) {
	x := anIndex(f, demo(f))
	for _, q := range []string{"社保", "sbk", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "证证证", "\xff\xfe社", "Ｄ１８", "shi ye jin", "x'", "a4", "ßé", "\u0130"} {
		f.Add(q, 5)
	}
	f.Fuzz(func(t *testing.T, query string, limit int) {
		hits := x.Search(query, limit)
		if limit > 0 && len(hits) > limit {
			t.Errorf("%d hits, limit %d", len(hits), limit)
		}
		seen := map[string]bool{}
		for _, h := range hits {
			if seen[h.Item.Code] {
				t.Errorf("%s comes twice", h.Item.Ref)
			}
			seen[h.Item.Code] = true
		}
		if len(hits) == 0 && utf8.ValidString(query) {
			for _, it := range x.Catalogue().Items {
				if it.Name.ZH == query {
					t.Errorf("the name %s does not find its item", query)
				}
			}
		}
	})
}
