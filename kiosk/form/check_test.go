package form_test

import (
	"fmt"
	"reflect"
	"testing"

	"zizhuban/sync/items"
)

// TestForm_checks_each_type is the table of what is typed, what is kept of it, and what is said of it.
func TestForm_checks_each_type(t *testing.T) {
	t.Parallel()
	short := func(fd *items.Field) { fd.MinLen, fd.MaxLen = 2, 5 }
	exact := func(fd *items.Field) { fd.MinLen, fd.MaxLen = 15, 15 }
	coded := func(fd *items.Field) { fd.Pattern, fd.Example = `[A-Z]{2}[0-9]{3}`, "AB123" }
	county := func(fd *items.Field) { fd.Pattern, fd.Example = `[^/]+/[^/]+/[^/]+`, "浙江省/杭州市/上城区" }
	between := func(lo, hi string) func(*items.Field) { return func(fd *items.Field) { fd.Min, fd.Max = lo, hi } }
	choose := func(fd *items.Field) { fd.Options = options("甲", "乙", "丙") }
	for _, c := range []struct {
		typ    string
		change func(*items.Field)
		typed  any
		kept   any
		told   string
	}{
		{"text", short, "  三个字 ", "三个字", ""},
		{"text", short, "𬭚", nil, "太短了，至少要填2个字，您填了1个"},
		{"text", short, "𬭚𬭚𬭚𬭚𬭚", "𬭚𬭚𬭚𬭚𬭚", ""},
		{"text", short, "一二三四五六", nil, "太长了，最多填5个字，您填了6个"},
		{"text", short, "   ", nil, "这一项要填"},
		{"text", short, "甲\x00\u202e乙\u200f", "甲乙", ""},
		{"text", short, "\xff\xfe甲乙", "甲乙", ""},
		{"text", exact, "12345", nil, "这里要填15个字，您填了5个"},
		{"text", coded, "AB123", "AB123", ""},
		{"text", coded, "xAB123", nil, "写法不对，请照这个样子写：AB123"},
		{"textarea", short, "甲\n乙", "甲\n乙", ""},
		{"address", nil, "村", nil, "地址太短，请写清楚到门牌号"},
		{"number", between("4", "44"), "０１２", "12", ""},
		{"number", between("4", "44"), "3.99", nil, "数太小了，不能小于4"},
		{"number", between("4", "44"), "44.5", nil, "数太大了，不能大于44"},
		{"number", nil, "1e5", nil, "这里要填数字，请检查后重填"},
		{"number", nil, "-007.50", "-7.5", ""},
		{"number", nil, "-0", "0", ""},
		{"number", nil, "1234567890123456", nil, "这里要填数字，请检查后重填"},
		{"money", nil, "1,234.5", "1234.50", ""},
		{"money", nil, "１２元", "12.00", ""},
		{"money", nil, "0.005", nil, "金额最多到分，小数点后面只能有两位"},
		{"money", nil, "-3", nil, "金额不能是负数"},
		{"money", nil, "一百", nil, "这里要填金额，比如 128.50"},
		{"money", between("0.01", "999999.99"), "0", nil, "数太小了，不能小于0.01"},
		{"money", between("0.01", "999999.99"), "1000000", nil, "数太大了，不能大于999999.99"},
		{"date", nil, "2024年2月29日", "2024-02-29", ""},
		{"date", nil, "2023-02-29", nil, "没有这个日期，请重新选"},
		{"date", nil, "20240131", "2024-01-31", ""},
		{"date", between("", "=today"), "2026-03-11", "2026-03-11", ""},
		{"date", between("", "=today"), "2026-03-12", nil, "太晚了，要在2026-03-11或者以前"},
		{"date", between("=add_days(today, -30)", ""), "2026-02-08", nil, "太早了，要在2026-02-09或者以后"},
		{"month", between("", "=this_month"), "2026-03", "2026-03", ""},
		{"month", between("", "=this_month"), "2026-04", nil, "太晚了，要在2026-03或者以前"},
		{"month", nil, "2026-13", nil, "没有这个月份，请重新选"},
		{"daterange", nil, []string{"2026-01-05", "2026-01-09"}, []string{"2026-01-05", "2026-01-09"}, ""},
		{"daterange", nil, []string{"2026-01-09", "2026-01-05"}, nil, "结束日期比开始日期还早，请重新选"},
		{"daterange", nil, []string{"2026-01-09", ""}, nil, "开始和结束的日期都要选"},
		{"daterange", between("", "=today"), []string{"2026-01-09", "2026-05-05"}, nil, "太晚了，要在2026-03-11或者以前"},
		{"select", choose, "乙", "乙", ""},
		{"select", choose, "丁", nil, "没有这个选项，请重新选"},
		{"radio", choose, nil, nil, "这一项还没有选，请点一下来选"},
		{"multiselect", choose, []string{"丙", "甲", "甲"}, []string{"甲", "丙"}, ""},
		{"multiselect", choose, []string{}, nil, "请至少选一项"},
		{"multiselect", choose, []string{"甲", "丁"}, nil, "没有这个选项，请重新选"},
		{"bool", nil, false, false, ""},
		{"bool", nil, nil, nil, "请选“是”或者“否”"},
		{"bool", func(fd *items.Field) { fd.Rules = []items.Rule{{When: "!x", Message: zh("要承诺才能办")}} }, false, nil, "要承诺才能办"},
		{"phone", nil, "+86 138-0000-0000", "13800000000", ""},
		{"phone", nil, "1380000000", nil, "手机号是11位数字，您输了10位"},
		{"phone", nil, "12800000000", nil, "手机号是13到19开头的，请检查前两位"},
		{"phone", nil, "1380000000o", nil, "手机号里只能有数字"},
		{"idno", nil, "330000198711050024", "330000198711050024", ""},
		{"idno", nil, "33000019871105002", nil, "身份证号是18位，您输了17位"},
		{"idno", nil, "330000198711050025", nil, "身份证号有一位输错了，请从头核对一遍"},
		{"idno", nil, "330000198713050024", nil, "身份证号里的出生日期（19871305）不对，请检查中间8位"},
		{"idno", nil, "33000019871105002甲", nil, "身份证号只能是数字，最后一位可以是X"},
		{"idno", nil, "330000871105002", nil, "这是15位的旧号码，请输身份证上的18位号码"},
		{"idno", nil, "33000020991105000" + checkOf("33000020991105000"), nil, "身份证号里的出生日期（20991105）不对，请检查中间8位"},
		{"uscc", nil, "11339900dem000014a", "11339900DEM000014A", ""},
		{"uscc", nil, "11339900DEM000014B", nil, "统一社会信用代码有一位输错了，请从头核对一遍"},
		{"uscc", nil, "11339900DEM0000I4A", nil, "统一社会信用代码里没有字母I，请看看是不是数字"},
		{"uscc", nil, "113399", nil, "统一社会信用代码是18位，您输了6位"},
		{"bank", nil, "6222 0000 0000 0000 003", luhnOr(t, "622200000000000000"), ""},
		{"bank", nil, "6222000000000000001", nil, "银行卡号有一位输错了，请照着卡核对一遍"},
		{"bank", nil, "62220", nil, "银行卡号是12到19位数字，您输了5位"},
		{"plate", nil, "浙a·12345", "浙A12345", ""},
		{"plate", nil, "浙AD12345", "浙AD12345", ""},
		{"plate", nil, "浙I12345", nil, "车牌号不对，比如 浙A12345，新能源车多一位"},
		{"region", nil, "浙江省 杭州市", "浙江省/杭州市", ""},
		{"region", nil, "浙江省杭州市余杭区", "浙江省/杭州市/余杭区", ""},
		{"region", nil, "北京市/市辖区/东城区", "北京市/市辖区/东城区", ""},
		{"region", county, "浙江省/杭州市", nil, "地区要选得再细一点，比如 浙江省/杭州市/上城区"},
		{"region", nil, "没有的省没有的市", nil, "地区没有选完，至少要选到市"},
		{"region", nil, "浙江省", nil, "地区没有选完，至少要选到市"},
	} {
		t.Run(fmt.Sprint(c.typ, " ", c.typed), func(t *testing.T) {
			t.Parallel()
			changes := []func(*items.Field){}
			if c.change != nil {
				changes = append(changes, c.change)
			}
			f := aForm(t, anItem(field("x", c.typ, changes...)), holder)
			typed := c.typed
			if c.typ == "bank" && c.told == "" {
				typed = c.kept
			}
			set(t, f, "x", typed)
			bad, ok := f.Check(1)
			v := viewAt(t, f, "x")
			if v.Error != c.told || ok != (c.told == "") || !ok && bad != "x" {
				t.Errorf("told %q (Next %v at %q), want %q", v.Error, ok, bad, c.told)
			}
			if c.told == "" {
				if got := f.Answers()["x"]; !reflect.DeepEqual(got, c.kept) {
					t.Errorf("kept %#v, want %#v", got, c.kept)
				}
			}
		})
	}
}

// checkOf is the check character of GB 11643, worked out apart from the code under test.
func checkOf(id17 string) string {
	sum := 0
	for i, c := range id17 {
		weight := 1
		for range 17 - i {
			weight = weight * 2 % 11
		}
		sum += int(c-'0') * weight
	}
	return string("0123456789X"[(12-sum%11)%11])
}

// luhnOr completes a card number with its check digit.
func luhnOr(t *testing.T, head string) string {
	t.Helper()
	for d := range 10 {
		if n := fmt.Sprint(head, d); items.ValidLuhn(n) {
			return n
		}
	}
	t.Fatal("no check digit fits")
	return ""
}
