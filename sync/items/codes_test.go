package items_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"zizhuban/sync/items"
)

func TestCodes_are_told_from_what_looks_like_them(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		valid func(string) bool
		good  []string
		bad   []string
	}{
		{"ValidIDNumber", items.ValidIDNumber,
			[]string{"330000195803120014", "330000194309010042", "330000200805200038", "11010519491231002X"},
			[]string{"", "330000195803120015", "11010519491231002x", "330000195813120014", "330000195802300014", "33000019580312001", "030000195803120014", "33000019580312001４"}},
		{"ValidUSCC", items.ValidUSCC,
			[]string{"11339900DEM000014A", "11339900DEM00009X0", "11339900DEM000188K"},
			[]string{"", "11339900DEM000014B", "11339900dem000014a", "1133990IDEM000014A", "11339900DEM000014", "11３39900DEM00014A"}},
		{"ValidItemCode", items.ValidItemCode,
			[]string{"11339900DEM000014A4332090001000", "12441500196720244T3442199806003"},
			[]string{"", "11339900DEM000014A433209000100", "11339900DEM000014A7332090001000", "11339900DEM000014A433209000100X", "11339900DEM000014B4332090001000"}},
		{"ValidLuhn", items.ValidLuhn,
			[]string{"79927398713", "6222021001111111115", "00"},
			[]string{"", "0", "79927398710", "7992739871a", "79927398713 ", strings.Repeat("0", 65)}},
		{"ValidBankAccount", items.ValidBankAccount,
			[]string{"6222021001111111115"},
			[]string{"79927398713", "6222021001111111114", "00000000000000000000"}},
		{"ValidPhone", items.ValidPhone,
			[]string{"13800000000", "19900000000"},
			[]string{"12800000000", "1380000000", "138000000000", "1380000000a", "０3800000000"}},
		{"ValidPlate", items.ValidPlate,
			[]string{"浙A12345", "浙H8888D", "浙AD12345", "浙A12345D", "浙H1234学", "浙HFA1234", "京A8888警"},
			[]string{"", "浙A1234", "浙I12345", "浙A1234I", "ZA12345", "浙A1234567", "浙AD1234D", "浙Z学2345", "浙AO12345"}},
	} {
		for _, s := range c.good {
			if !c.valid(s) {
				t.Errorf("%s(%q) is false", c.name, s)
			}
		}
		for _, s := range c.bad {
			if c.valid(s) {
				t.Errorf("%s(%q) is true", c.name, s)
			}
		}
	}
}

func TestBirthOf_reads_the_date_inside_a_number(t *testing.T) {
	t.Parallel()
	if birth, ok := items.BirthOf("330000194309010042"); !ok || birth != "1943-09-01" {
		t.Errorf("got %q, %v", birth, ok)
	}
	if birth, ok := items.BirthOf("330000194309010043"); ok || birth != "" {
		t.Errorf("a wrong number gave %q", birth)
	}
}

// FuzzCodes: nothing panics, and one changed digit is always noticed.
func FuzzCodes(f *testing.F) {
	for _, s := range []string{"330000195803120014", "11010519491231002X", "11339900DEM000014A", "6222021001111111115", "浙A12345", "浙AD12345", "\xff\xfe", ""} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, at int) {
		if items.ValidItemCode(s) && !items.ValidUSCC(s[:18]) || items.ValidBankAccount(s) && !items.ValidLuhn(s) ||
			items.ValidPhone(s) && len(s) != 11 || items.ValidPlate(s) && !utf8.ValidString(s) {
			t.Errorf("%q is taken for a code", s)
		}
		for _, valid := range []func(string) bool{items.ValidIDNumber, items.ValidUSCC, items.ValidLuhn} {
			if !valid(s) || at < 0 || at >= len(s) || s[at] < '0' || s[at] > '9' {
				continue
			}
			other := []byte(s)
			other[at] = '0' + (other[at]-'0'+1)%10
			if valid(string(other)) {
				t.Errorf("%q and %q are both valid", s, other)
			}
		}
	})
}
