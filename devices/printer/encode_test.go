package printer_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zizhuban/devices/printer"
)

func profile(t testing.TB, name string) printer.Profile {
	t.Helper()
	p, err := printer.ProfileNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func gb(t testing.TB, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// standardSlip is a receipt as the terminal prints it after a submission.
func standardSlip() printer.Slip {
	return printer.Slip{Blocks: []printer.Block{
		{Kind: printer.KindText, Text: "受理回执", Align: printer.Centre, Wide: true, Tall: true, Bold: true},
		{Kind: printer.KindText, Text: "示例区政务服务自助终端", Align: printer.Centre},
		{Kind: printer.KindRule},
		{Kind: printer.KindField, Label: "事项", Text: "灵活就业人员参保登记"},
		{Kind: printer.KindField, Label: "办件编号", Text: "T7K3M-20260314-0042", Bold: true},
		{Kind: printer.KindField, Label: "申请人", Text: "示*"},
		{Kind: printer.KindField, Label: "证件号码", Text: "330***********0014"},
		{Kind: printer.KindField, Label: "提交时间", Text: "2026-03-14 10:21"},
		{Kind: printer.KindField, Label: "承诺时限", Text: "1个工作日"},
		{Kind: printer.KindField, Label: "受理单位", Text: "示例区人力资源和社会保障局"},
		{Kind: printer.KindField, Label: "容缺材料", Text: "居住证明，请于2026-03-21前补交到任一窗口"},
		{Kind: printer.KindRule},
		{Kind: printer.KindText, Text: "扫描二维码查询办理进度", Align: printer.Centre},
		{Kind: printer.KindQR, Text: "https://hall.example.gov.cn/t/7K3M9Q2W5X8Y4Z1A6B0C"},
		{Kind: printer.KindText, Text: "凭本回执可到任一服务窗口查询。咨询电话：0571-00000000", Align: printer.Centre},
		{Kind: printer.KindFeed, Lines: 1},
		{Kind: printer.KindCut},
	}}
}

func TestEncode_keeps_a_standard_slip_below_a_thousand_bytes(t *testing.T) {
	t.Parallel()
	for _, name := range printer.ProfileNames() {
		b, err := printer.Encode(standardSlip(), profile(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 1000 {
			t.Errorf("%s: %d bytes", name, len(b))
		}
		t.Logf("%s: %d bytes", name, len(b))
	}
}

func TestEncode_writes_the_commands_of_the_manual(t *testing.T) {
	t.Parallel()
	slip := printer.Slip{Blocks: []printer.Block{
		{Kind: printer.KindText, Text: "回执", Align: printer.Centre, Wide: true, Tall: true, Bold: true},
		{Kind: printer.KindField, Label: "姓名", Text: "甲"},
		{Kind: printer.KindFeed, Lines: 2},
		{Kind: printer.KindCut},
	}}
	got, err := printer.Encode(slip, profile(t, "generic-80mm"))
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	want = append(want, "\x1B@\x1C&\x1Ba\x01\x1D!\x11\x1BE\x01"...)
	want = append(want, gb(t, "回执")...)
	want = append(want, "\n\x1Ba\x00\x1D!\x00\x1BE\x00"...)
	want = append(want, gb(t, "姓名  甲")...)
	want = append(want, "\n\x1Bd\x02\x1DVB\x00"...)
	if !bytes.Equal(got, want) {
		t.Errorf("\n% X, want\n% X", got, want)
	}
}

func TestEncode_writes_a_native_qr_code_with_room_around_it(t *testing.T) {
	t.Parallel()
	url := "https://hall.example/t/ABC"
	got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{{Kind: printer.KindQR, Text: url}}}, profile(t, "generic-80mm"))
	if err != nil {
		t.Fatal(err)
	}
	want := "\x1B@\x1C&\x1Ba\x01\n\x1D(k\x04\x001A2\x00\x1D(k\x03\x001C\x06\x1D(k\x03\x001E1\x1D(k" + string(rune(len(url)+3)) + "\x001P0" + url + "\x1D(k\x03\x001Q0\n"
	if string(got) != want {
		t.Errorf("\n%q, want\n%q", got, want)
	}
}

func TestEncode_makes_modules_smaller_where_a_code_would_not_fit(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]byte{20: 5, 200: 5, 400: 4, 900: 3} {
		got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{{Kind: printer.KindQR, Text: strings.Repeat("x", n)}}}, profile(t, "generic-58mm"))
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(got, []byte("\x1D(k\x03\x001C"))
		if at < 0 || got[at+7] != want {
			t.Errorf("%d bytes: module of %d dots, want %d", n, got[at+7], want)
		}
	}
}

func TestEncode_wraps_between_characters_and_keeps_numbers_whole(t *testing.T) {
	t.Parallel()
	p := profile(t, "generic-58mm") // 32 columns
	got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{
		{Kind: printer.KindText, Text: "请携带居民身份证原件及复印件到330000195803120014号窗口办理。"},
	}}, p)
	if err != nil {
		t.Fatal(err)
	}
	lines := textLines(t, got)
	if strings.Join(lines, "") != "请携带居民身份证原件及复印件到330000195803120014号窗口办理。" {
		t.Fatalf("text was lost: %q", lines)
	}
	for _, l := range lines {
		if n := len(gb(t, l)); n > p.Columns {
			t.Errorf("%q takes %d columns", l, n)
		}
		if strings.HasPrefix(l, "。") {
			t.Errorf("a line begins with %q", l)
		}
	}
	if !strings.Contains(strings.Join(lines, "\n"), "330000195803120014") {
		t.Errorf("the number was torn: %q", lines)
	}
}

func TestEncode_sets_values_in_one_column(t *testing.T) {
	t.Parallel()
	p := profile(t, "generic-58mm")
	got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{
		{Kind: printer.KindField, Label: "事项", Text: "城乡居民基本养老保险待遇领取资格认证申请"},
		{Kind: printer.KindField, Label: "办件编号", Text: "T7K3M-0042"},
	}}, p)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"事项      城乡居民基本养老保险待", "          遇领取资格认证申请", "办件编号  T7K3M-0042"}
	if lines := textLines(t, got); strings.Join(lines, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", lines, want)
	}
}

func TestEncode_gives_a_long_label_lines_of_its_own(t *testing.T) {
	t.Parallel()
	got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{
		{Kind: printer.KindField, Label: "法定代表人或者负责人姓名", Text: "示*"},
	}}, profile(t, "generic-58mm"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := textLines(t, got); len(lines) != 2 || lines[0] != "法定代表人或者负责人姓名" || strings.TrimSpace(lines[1]) != "示*" {
		t.Errorf("%q", lines)
	}
}

// textLines takes the text out of bytes that hold only text, sizes, alignment and weight.
func textLines(t *testing.T, b []byte) []string {
	t.Helper()
	var lines []string
	var line []byte
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == 0x1B && b[i+1] == '@', b[i] == 0x1C:
			i++
		case b[i] == 0x1B, b[i] == 0x1D:
			i += 2
		case b[i] == '\n':
			text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(line)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(text))
			line = nil
		default:
			line = append(line, b[i])
		}
	}
	return lines
}

func TestEncode_draws_what_the_printers_font_may_lack(t *testing.T) {
	t.Parallel()
	for text, drawn := range map[string]int{
		"示例甲": 0, "买买提·示例": 0, "￥100—《》": 0,
		"示例镕":  1, // GBK, not GB 2312
		"示例𬭚":  1, // four bytes in GB 18030
		"示例䶮":  1, // its two-byte code was private-use before 2022
		"示例㐂𠮷": 2,
	} {
		got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{{Kind: printer.KindText, Text: text}}}, profile(t, "generic-80mm"))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(got, []byte{0x1B, 0x2A, 33, 24, 0}); n != drawn {
			t.Errorf("%q: %d characters drawn, want %d", text, n, drawn)
		}
		if bytes.Contains(got, []byte("?")) {
			t.Errorf("%q holds a question mark", text)
		}
	}
}

func TestEncode_sends_only_codes_that_two_byte_printers_know(t *testing.T) {
	t.Parallel()
	for r := rune(0x20); r < 0x323B0; r++ {
		if r >= 0xD800 && r < 0xE000 || r > 0x3000 && r < 0x9000 && r%37 != 0 || r > 0x9FFF && r%151 != 0 {
			continue // a sample of the large blocks is enough
		}
		got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{{Kind: printer.KindText, Text: "甲" + string(r) + "乙"}}}, profile(t, "epson-80mm"))
		if err != nil {
			t.Fatalf("U+%04X: %v", r, err)
		}
		body := got[4:] // behind ESC @ and FS &
		if !bytes.HasPrefix(body, gb(t, "甲")) || !bytes.HasSuffix(body, append(gb(t, "乙"), '\n')) {
			t.Fatalf("U+%04X disturbs its neighbours: % X", r, body)
		}
		mid := body[2 : len(body)-3]
		switch {
		case len(mid) == 0, len(mid) == 77 && mid[0] == 0x1B, bytes.HasPrefix(mid, []byte("[U+")):
		case len(mid) == 1 && mid[0] >= 0x20 && mid[0] < 0x7F:
		case len(mid) == 2 && mid[0] >= 0x81 && mid[0] <= 0xFD && mid[1] >= 0x40 && mid[1] != 0x7F:
		default:
			t.Fatalf("U+%04X goes out as % X", r, mid)
		}
	}
}

func TestEncode_draws_every_character_for_a_printer_without_chinese(t *testing.T) {
	t.Parallel()
	p := profile(t, "generic-58mm")
	p.Charset, p.Chinese = "ascii", "none"
	got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{{Kind: printer.KindText, Text: "甲 A", Wide: true}}}, p)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(got, []byte{0x1B, 0x2A, 33, 48, 0}) != 1 || !bytes.Contains(got, []byte(" A\n")) {
		t.Errorf("% X", got)
	}
}

func TestEncode_draws_glyphs_that_look_like_the_character(t *testing.T) {
	t.Parallel()
	p := profile(t, "generic-80mm")
	p.Charset = "ascii"
	// 一 is one bar across the middle, 十 has one upright too, 口 is hollow.
	ink := func(text string) (dots int, columns []int) {
		got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{{Kind: printer.KindText, Text: text}}}, p)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(got, []byte{0x1B, 0x2A, 33, 24, 0})
		if at < 0 {
			t.Fatalf("%s is not drawn", text)
		}
		for c := range 24 {
			n := 0
			for _, b := range got[at+5+3*c : at+8+3*c] {
				for ; b != 0; b &= b - 1 {
					n++
				}
			}
			dots += n
			columns = append(columns, n)
		}
		return dots, columns
	}
	bar, columns := ink("一")
	if bar < 20 || bar > 90 || columns[12] == 0 || columns[12] > 4 {
		t.Errorf("一 has %d dots, columns %v", bar, columns)
	}
	if cross, columns := ink("十"); cross <= bar || columns[11]+columns[12] < 20 {
		t.Errorf("十 has %d dots, columns %v", cross, columns)
	}
	if _, columns := ink("口"); columns[12] > 6 || columns[4]+columns[5]+columns[3] < 12 {
		t.Errorf("口 is not hollow: %v", columns)
	}
}

func TestEncode_shows_the_code_point_of_what_no_font_has(t *testing.T) {
	t.Parallel()
	got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{{Kind: printer.KindText, Text: "示例\U000F1234"}}}, profile(t, "generic-80mm"))
	if err != nil || !bytes.Contains(got, []byte("[U+F1234]")) {
		t.Errorf("%q %v", got, err)
	}
}

func TestEncode_refuses_what_cannot_be_printed(t *testing.T) {
	t.Parallel()
	for what, b := range map[string]printer.Block{
		"an unknown kind":        {Kind: "table"},
		"an empty QR code":       {Kind: printer.KindQR},
		"Chinese in a QR code":   {Kind: printer.KindQR, Text: "回执"},
		"a QR code too long":     {Kind: printer.KindQR, Text: strings.Repeat("x", 1001)},
		"a feed of many lines":   {Kind: printer.KindFeed, Lines: 1000},
		"a feed of minus a line": {Kind: printer.KindFeed, Lines: -1},
	} {
		if _, err := printer.Encode(printer.Slip{Blocks: []printer.Block{b}}, profile(t, "generic-80mm")); !errors.Is(err, printer.ErrContent) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// realtime finds a command that a printer would obey at once, wherever it stands.
func realtime(b []byte) int {
	for i := 0; i+1 < len(b); i++ {
		if b[i] == 0x10 && (b[i+1] == 0x04 || b[i+1] == 0x05 || b[i+1] == 0x14) {
			return i
		}
	}
	return -1
}

func TestEncode_holds_no_realtime_command_in_drawn_text_and_raster_codes(t *testing.T) {
	t.Parallel()
	p := profile(t, "generic-80mm")
	p.Charset, p.Chinese, p.QR = "ascii", "none", "raster"
	rng := rand.New(rand.NewPCG(20260314, 1))
	for range 60 {
		var text strings.Builder
		for range 200 {
			text.WriteRune(rune(0x4E00 + rng.IntN(20000)))
		}
		got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{
			{Kind: printer.KindText, Text: text.String(), Wide: rng.IntN(2) == 0},
			{Kind: printer.KindQR, Text: strings.Repeat(string(rune('A'+rng.IntN(26))), 1+rng.IntN(150))},
		}}, p)
		if err != nil {
			t.Fatal(err)
		}
		if at := realtime(got); at >= 0 {
			t.Fatalf("a real-time command at byte %d", at)
		}
	}
}

func TestProfiles_are_strict(t *testing.T) {
	t.Parallel()
	good := "[[profile]]\nname='x'\ncolumns=32\ndots=384\ncharset='gbk'\nchinese='none'\nqr='native'\nqr_module=4\nconfirm='none'\nclear='none'\nbuffer=4096\n"
	if ps, err := printer.ParseProfiles([]byte(good)); err != nil || len(ps) != 1 {
		t.Fatalf("%v", err)
	}
	for _, bad := range []string{good + "colour=1\n", strings.Replace(good, "gbk", "utf-8", 1), strings.Replace(good, "32", "2", 1), "[[profile]]\n", "x"} {
		if _, err := printer.ParseProfiles([]byte(bad)); err == nil {
			t.Errorf("accepted: %q", bad)
		}
	}
	if _, err := printer.ProfileNamed("no-such"); err == nil || !strings.Contains(err.Error(), "generic-80mm") {
		t.Errorf("%v", err)
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("示例甲", "姓名", true, false, uint8(0))
	f.Add("示𬭚例\x10\x04\x01", "a\nb", false, true, uint8(1))
	f.Add(strings.Repeat("长", 200), strings.Repeat("标签", 30), true, true, uint8(2))
	f.Fuzz(func(t *testing.T, text, label string, wide, tall bool, kind uint8) {
		kinds := []string{printer.KindText, printer.KindField, printer.KindQR}
		b := printer.Block{Kind: kinds[int(kind)%len(kinds)], Text: text, Label: label, Wide: wide, Tall: tall}
		for _, name := range []string{"generic-80mm", "kiosk-58mm"} {
			got, err := printer.Encode(printer.Slip{Blocks: []printer.Block{b, {Kind: printer.KindCut}}}, profile(t, name))
			if err != nil {
				if !errors.Is(err, printer.ErrContent) {
					t.Fatal(err)
				}
				continue
			}
			if at := realtime(got); at >= 0 {
				t.Fatalf("a real-time command at byte %d", at)
			}
			if !bytes.HasSuffix(got, []byte("\x1DVB\x00")) {
				t.Fatal("no cut at the end")
			}
		}
	})
}
