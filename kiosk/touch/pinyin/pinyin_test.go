package pinyin_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"zizhuban/kiosk/touch/pinyin"
)

// whatAnItemListKnows is a little of what the terminal gives the decoder.
var whatAnItemListKnows = []pinyin.Word{
	{Text: "道路运输从业资格证换证（预受理）"}, {Text: "区自然资源和规划局（不动产登记）"}, {Text: "西湖区"}, {Text: "莲都区"},
	{Text: "农商银行"}, {Text: "乐成", Reading: "yue cheng"},
}

func texts(list []pinyin.Candidate) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Text)
	}
	return out
}

func TestDecoder_puts_what_is_meant_first(t *testing.T) {
	t.Parallel()
	d := pinyin.New(whatAnItemListKnows...)
	for letters, want := range map[string]string{
		// the table of measurements
		"woyaobanlishenfenzheng": "我要办理身份证", "gongjijinchaxun": "公积金查询", "zhangsanfeng": "张三丰", "ouyangxiu": "欧阳修",
		"zhongguancundajie": "中关村大街", "tuixiurenyuanzigerenzheng": "退休人员资格认证", "hukouqianyi": "户口迁移",
		"jiashizhenghuanzheng": "驾驶证换证", "shebaokaguashi": "社保卡挂失", "budongchandengji": "不动产登记",
		"yidijiuyibeian": "异地就医备案", "gongshanghuzhuce": "工商户注册", "laonianyouhuizheng": "老年优惠证",
		// initials, mixed, unfinished
		"sfz": "身份证", "shenfz": "身份证", "sfzheng": "身份证", "bjshi": "北京市", "budongchandengj": "不动产登记",
		// apostrophes and v
		"xi'an": "西安", "fang'an": "方案", "fan'gan": "反感", "nvxing": "女性", "lvse": "绿色", "celve": "策略", "celue": "策略",
		// confusions of sounds
		"zongguancun": "中关村", "senfenzeng": "身份证", "hunyinzuangkuang": "婚姻状况",
		// words read otherwise than their characters
		"yinhang": "银行", "nongshangyinhang": "农商银行", "kuaiji": "会计", "yueqingshi": "乐清市", "chongqing": "重庆",
		"lianduqu": "莲都区", "lishui": "丽水", "taizhou": "台州", "yuecheng": "乐成", "daoluyunshu": "道路运输",
		// what the item list knows
		"hangzhoushixihuqu": "杭州市西湖区", "budongchandengjichaxun": "不动产登记查询",
	} {
		got := d.Candidates(letters)
		if len(got) == 0 || got[0].Text != want {
			t.Errorf("%s: got %v, want %s first", letters, texts(got[:min(len(got), 5)]), want)
		} else if got[0].Len != len(letters) {
			t.Errorf("%s: the first candidate uses %d letters of %d", letters, got[0].Len, len(letters))
		}
	}
}

func TestDecoder_offers_it_among_the_first(t *testing.T) {
	t.Parallel()
	d := pinyin.New()
	for letters, want := range map[string]struct {
		text   string
		within int
	}{
		"xian": {"西安", 3}, "sh": {"上海", 6}, "chun": {"春", 1}, "shenfen": {"身份证", 6},
		"zeng": {"曾", 12}, "shan": {"单", 20}, "shi": {"是", 1}, "yi": {"义", 14},
	} {
		got := texts(d.Candidates(letters))
		if i := slices.Index(got, want.text); i < 0 || i >= want.within {
			t.Errorf("%s: %s is candidate %d of %v, want it within %d", letters, want.text, i, got[:min(len(got), 12)], want.within)
		}
	}
}

func TestDecoder_finds_rare_characters_of_names_by_their_syllable(t *testing.T) {
	t.Parallel()
	d := pinyin.New()
	for letters, want := range map[string]string{"chun": "𬭚", "yan": "䶮", "fu": "𫓧", "zhe": "喆", "kun": "堃"} {
		if !slices.Contains(texts(d.Candidates(letters)), want) {
			t.Errorf("%s does not lead to %s", letters, want)
		}
	}
}

func TestDecoder_offers_words_for_the_first_syllables_then_characters(t *testing.T) {
	t.Parallel()
	got := pinyin.New().Candidates("hukouqianyi")
	word, character := -1, -1
	for i, c := range got {
		switch {
		case c.Text == "户口" && c.Len == 5:
			word = i
		case c.Text == "户" && c.Len == 2:
			character = i
		}
	}
	if word < 1 || character < word {
		t.Errorf("户口 is at %d, 户 at %d of %v", word, character, texts(got))
	}
}

func TestDecoder_offers_nothing_twice(t *testing.T) {
	t.Parallel()
	d := pinyin.New(pinyin.Word{Text: "身份证"}, pinyin.Word{Text: "身份证"})
	for _, letters := range []string{"shenfenzheng", "sfz", "shi", "xian"} {
		seen := map[string]bool{}
		for _, text := range texts(d.Candidates(letters)) {
			if seen[text] {
				t.Errorf("%s: %s is offered twice", letters, text)
			}
			seen[text] = true
		}
	}
}

func TestDecoder_leaves_alone_what_it_cannot_read(t *testing.T) {
	t.Parallel()
	d := pinyin.New()
	for letters, want := range map[string]int{"": 0, "'": 0, "i": 0, "123": 0, "中": 0, "ABC": 0} {
		if got := d.Candidates(letters); len(got) != want {
			t.Errorf("%q: got %v, want %d candidates", letters, texts(got), want)
		}
	}
	if got := d.Candidates("nihaoi"); len(got) == 0 || got[0].Text != "你好" || got[0].Len != 5 {
		t.Errorf("what can be read should be read, and the rest stay: %v", got[:min(3, len(got))])
	}
}

func TestDecoder_splits_into_syllables(t *testing.T) {
	t.Parallel()
	d := pinyin.New()
	for letters, want := range map[string]string{
		"shenfenzheng": "shen'fen'zheng", "sfz": "s'f'z", "xi'an": "xi'an", "fangan": "fang'an", "bjshi": "b'j'shi", "shenfenzh": "shen'fen'zh",
		"nihaoi": "ni'hao'i", "": "", "a": "a",
	} {
		if got := d.Split(letters); got != want {
			t.Errorf("%q is split into %q, want %q", letters, got, want)
		}
	}
}

func TestDecoder_answers_many_at_once(t *testing.T) {
	t.Parallel()
	d := pinyin.New()
	want := texts(d.Candidates("shenfenzheng"))
	done := make(chan []string)
	for range 8 {
		go func() {
			d.Candidates("woyaobanli")
			done <- texts(d.Candidates("shenfenzheng"))
		}()
	}
	for range 8 {
		if got := <-done; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	for _, s := range []string{"shenfenzheng", "sfz", "xi'an", "''a''", strings.Repeat("z", 80), strings.Repeat("xian", 20), "nihaoi", "中文", "v", "lve", "a'", "n'g"} {
		f.Add(s)
	}
	d := pinyin.New(whatAnItemListKnows...)
	f.Fuzz(func(t *testing.T, letters string) {
		for _, c := range d.Candidates(letters) {
			if c.Len <= 0 || c.Len > len(letters) || c.Text == "" || !utf8.ValidString(c.Text) {
				t.Fatalf("%q: candidate %+v", letters, c)
			}
		}
		joined := strings.ReplaceAll(d.Split(letters), "'", "")
		if want := strings.ReplaceAll(letters, "'", ""); joined != want {
			t.Fatalf("%q: splitting made it %q", letters, joined)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	words := whatAnItemListKnows
	for len(words) < 2500 { // as many titles as a city has items
		words = append(words, pinyin.Word{Text: "第" + strings.Repeat("一", len(words)%7+1) + "项灵活就业人员参保登记"})
	}
	b.ReportAllocs()
	for b.Loop() {
		pinyin.New(words...)
	}
}

func BenchmarkCandidates(b *testing.B) {
	d := pinyin.New()
	for _, letters := range []string{"shi", "sfz", "shenfz", "woyaobanlishenfenzheng", "tuixiurenyuanzigerenzheng", strings.Repeat("z", 30), strings.Repeat("xian", 15)} {
		b.Run(letters, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Candidates(letters)
			}
		})
	}
}
