package idcard_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"zizhuban/devices/idcard"
)

func TestDecodeText_reads_every_field_of_a_resident_card(t *testing.T) {
	t.Parallel()
	got, err := idcard.DecodeText(residentText(vectorR))
	if err != nil {
		t.Fatal(err)
	}
	want := idcard.Card{Kind: idcard.Resident, Name: "张三", Sex: "女", Nation: "汉", Birth: "1949-12-31", Address: "北京市朝阳区示例路1号",
		IDNumber: "11010519491231002X", Authority: "北京市公安局朝阳分局", ValidFrom: "2020-01-01", ValidTo: "长期"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("a field differs: %+v", struct{ A, B any }{fmt.Sprintf("%q", got.Name), got.Warnings})
	}
}

func TestDecodeText_keeps_names_as_they_stand_on_the_card(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"示例𬭚", "买买提·示例", "阿卜杜拉·买买提·示例", "示例 甲", "示𠮷𬭚例"} {
		f := vectorR
		f.name = name
		c, err := idcard.DecodeText(residentText(f))
		if err != nil || c.Name != name || len(c.Warnings) != 0 {
			t.Errorf("name with %d characters: read %q, warnings %v, error %v", utf8.RuneCountInString(name), c.Name, c.Warnings, err)
		}
	}
}

func TestDecodeText_trims_only_the_end_and_takes_nul_for_padding(t *testing.T) {
	t.Parallel()
	f := vectorR
	f.address = " 示例市 示例路 3 号"
	f.authority = "示例市公安局\x00\x00\x00"
	c, err := idcard.DecodeText(residentText(f))
	if err != nil || c.Address != f.address || c.Authority != "示例市公安局" {
		t.Errorf("address %q, authority %q, error %v", c.Address, c.Authority, err)
	}
}

func TestDecodeText_warns_of_what_is_odd_and_reads_on(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		what, warning string
		change        func(*fields)
		check         func(idcard.Card) bool
	}{
		{"a check digit that does not fit", idcard.WarnCheckDigit, func(f *fields) { f.number = "110105194912310021" },
			func(c idcard.Card) bool { return c.IDNumber == "110105194912310021" }},
		{"an unknown nation", idcard.WarnNation, func(f *fields) { f.nation = "83" }, func(c idcard.Card) bool { return c.Nation == "其他(83)" }},
		{"a nation that is no number", idcard.WarnNation, func(f *fields) { f.nation = "汉" }, func(c idcard.Card) bool { return c.Nation == "其他(汉)" }},
		{"a nation that is missing", idcard.WarnNation, func(f *fields) { f.nation = "" }, func(c idcard.Card) bool { return c.Nation == "其他()" }},
		{"an unknown sex", idcard.WarnSex, func(f *fields) { f.sex = "7" }, func(c idcard.Card) bool { return c.Sex == "未知" }},
		{"a birth that is no date", idcard.WarnBirth, func(f *fields) { f.birth = "19490230" }, func(c idcard.Card) bool { return c.Birth == "" }},
		{"a validity that is no date", idcard.WarnValidity, func(f *fields) { f.to = "2030010" }, func(c idcard.Card) bool { return c.ValidTo == "" }},
		{"a control character", idcard.WarnText, func(f *fields) { f.address = "示例\x07路" }, func(c idcard.Card) bool { return c.Address == "示例路" }},
	} {
		f := vectorR
		test.change(&f)
		c, err := idcard.DecodeText(residentText(f))
		if err != nil || !slices.Equal(c.Warnings, []string{test.warning}) || !test.check(c) {
			t.Errorf("%s: warnings %v, error %v", test.what, c.Warnings, err)
		}
	}
}

func TestDecodeText_knows_the_codes_of_sex_and_nation(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"0": "未知", "1": "男", "2": "女", "9": "未说明"} {
		f := vectorR
		f.sex = code
		if c, err := idcard.DecodeText(residentText(f)); err != nil || c.Sex != want || len(c.Warnings) > 0 {
			t.Errorf("sex %s: %q %v %v", code, c.Sex, c.Warnings, err)
		}
	}
	for code, want := range map[string]string{"01": "汉", "03": "回", "05": "维吾尔", "20": "傈僳", "21": "佤", "38": "锡伯", "54": "门巴",
		"56": "基诺", "81": "穿青人", "97": "其他", "98": "外国血统中国籍人士"} {
		f := vectorR
		f.nation = code
		if c, err := idcard.DecodeText(residentText(f)); err != nil || c.Nation != want || len(c.Warnings) > 0 {
			t.Errorf("nation %s: %q %v %v", code, c.Nation, c.Warnings, err)
		}
	}
}

func TestDecodeText_makes_a_small_x_large(t *testing.T) {
	t.Parallel()
	f := vectorR
	f.number = strings.ToLower(f.number)
	if c, err := idcard.DecodeText(residentText(f)); err != nil || c.IDNumber != "11010519491231002X" || len(c.Warnings) > 0 {
		t.Errorf("%q %v %v", c.IDNumber, c.Warnings, err)
	}
}

func TestDecodeText_refuses_other_documents_and_says_which(t *testing.T) {
	t.Parallel()
	unknown := residentText(vectorR)
	put(unknown, 248, 2, "Q")
	for _, test := range []struct {
		text []byte
		kind idcard.Kind
	}{
		{permitText(), idcard.Permit}, {foreigner2017Text(), idcard.Foreigner2017}, {foreigner2023Text(), idcard.Foreigner2023}, {unknown, ""},
	} {
		_, err := idcard.DecodeText(test.text)
		var wrong idcard.WrongCard
		if !errors.As(err, &wrong) || wrong.Kind != test.kind || !errors.Is(err, idcard.ErrWrongCard) {
			t.Errorf("kind %q: %v", test.kind, err)
		}
	}
}

func TestDecodeText_refuses_a_text_without_name_or_number(t *testing.T) {
	t.Parallel()
	nameless, numberless, short := vectorR, vectorR, vectorR
	nameless.name, numberless.number, short.number = "", "", "1101051949123100"
	for _, text := range [][]byte{residentText(nameless), residentText(numberless), residentText(short), spaces(), make([]byte, 256), make([]byte, 10)} {
		if _, err := idcard.DecodeText(text); !errors.Is(err, idcard.ErrNonsense) {
			t.Errorf("%v", err)
		}
	}
}

func TestCheckDigit_fits_the_numbers_that_were_verified(t *testing.T) {
	t.Parallel()
	for _, n := range []string{"11010519491231002X", "440524188001010014", "932682198501010017", "911124198108030024", "931586198001010028"} {
		if !idcard.CheckDigit(n) {
			t.Errorf("%s does not fit", n)
		}
		other := n[:16] + string('0'+(n[16]-'0'+1)%10) + n[17:]
		if idcard.CheckDigit(other) {
			t.Errorf("%s with another digit fits too", n)
		}
	}
}

func TestCard_tells_nothing_of_itself_to_a_log(t *testing.T) {
	t.Parallel()
	c, err := idcard.DecodeText(residentText(vectorR))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, c); strings.Contains(s, "张") || strings.Contains(s, "1101") {
			t.Errorf("%s shows the card", verb)
		}
	}
}

func FuzzDecodeText(f *testing.F) {
	for _, text := range [][]byte{residentText(vectorR), permitText(), foreigner2017Text(), foreigner2023Text(), spaces(), make([]byte, 256)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := idcard.DecodeText(text)
		if err != nil {
			return
		}
		if c.Kind != idcard.Resident || c.Name == "" || len(c.IDNumber) != 18 {
			t.Errorf("a card without a name or number was given")
		}
		for _, s := range []string{c.Name, c.Address, c.Authority, c.Nation} {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
				t.Errorf("a field holds what is no text")
			}
		}
	})
}
