package paper_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zizhuban/devices/bench/paper"
)

// gb writes a text as a Chinese printer wants it.
func gb(s string) string {
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		panic(err) // the tests' own texts
	}
	return out
}

// qr is the commands of a QR code.
func qr(module, level byte, data string) string {
	n := len(data) + 3
	return "\x1d(k\x04\x001A2\x00" + "\x1d(k\x03\x001C" + string([]byte{module}) + "\x1d(k\x03\x001E" + string([]byte{level}) +
		"\x1d(k" + string([]byte{byte(n), byte(n >> 8)}) + "1P0" + data + "\x1d(k\x03\x001Q0"
}

const cut = "\x1dVB\x00"

// oneSlip parses bytes that make one slip.
func oneSlip(t *testing.T, s string) paper.Slip {
	t.Helper()
	d := paper.Parse([]byte(s))
	if len(d.Slips()) != 1 {
		t.Fatalf("%d slips instead of one; problems %v", len(d.Slips()), d.Problems)
	}
	return d.Slips()[0]
}

func TestParse_reads_a_whole_slip(t *testing.T) {
	t.Parallel()
	url := "https://hall.example/t/ABCDEFGHJKLMNP"
	d := paper.Parse([]byte("\x1b@\x1ba\x01\x1d!\x11" + gb("回执单") + "\n\x1d!\x00\x1ba\x00\x1bE\x01" + gb("姓名") + "\x1bE\x00" +
		gb("：示例*") + "\n" + gb("受理号：") + "ZZ-1\n\x1ba\x01" + qr(6, '1', url) + "\x1ba\x00" + cut))
	if len(d.Problems) != 0 || len(d.Rest) != 0 || d.Line != "" {
		t.Errorf("problems %v, rest % X, line %q", d.Problems, d.Rest, d.Line)
	}
	if len(d.Slips()) != 1 {
		t.Fatalf("%d slips", len(d.Slips()))
	}
	s := d.Slips()[0]
	if want := "回执单\n姓名：示例*\n受理号：ZZ-1\n"; s.Text() != want || d.Text() != want {
		t.Errorf("text %q, want %q", s.Text(), want)
	}
	if wide, tall := s.Lines[0].Size(); wide != 2 || tall != 2 || s.Lines[0].Align != paper.Centre || s.Lines[0].Bold() {
		t.Errorf("title is %+v", s.Lines[0])
	}
	// Three characters of 48 dots in the middle of 576.
	if x := s.Lines[0].Runs[0].X; x != (576-144)/2 {
		t.Errorf("the title begins at %d", x)
	}
	if l := s.Lines[1]; len(l.Runs) != 2 || !l.Runs[0].Bold || l.Runs[1].Bold || l.Bold() || l.Align != paper.Left {
		t.Errorf("the second line is %+v", l)
	}
	if len(s.QRs) != 1 || s.QRs[0].Text() != url || s.QRs[0].Module != 6 || s.QRs[0].Level != "M" || s.QRs[0].Model != 2 {
		t.Fatalf("codes %+v", s.QRs)
	}
	if q := s.QRs[0]; q.Dots != q.Modules*6 || q.X != (576-q.Dots)/2 {
		t.Errorf("the code has %d modules on %d dots at %d", q.Modules, q.Dots, q.X)
	}
	if s.End != paper.EndPartial {
		t.Errorf("it ends %s", s.End)
	}
	if want := paper.CutterGap + 48 + 30 + 30 + s.QRs[0].Dots; s.Height != want {
		t.Errorf("it is %d dots long, want %d", s.Height, want)
	}
}

func TestParse_knows_how_every_command_ends(t *testing.T) {
	t.Parallel()
	commands := []string{
		"\x1b@", "\x1b!\x08", "\x1b \x01", "\x1b$\x01\x00", "\x1b%\x00", "\x1b&\x03AA\x02abcdef", "\x1b*\x21\x02\x00abcdef",
		"\x1b*\x00\x03\x00abc", "\x1b-\x01", "\x1b2", "\x1b3\x18", "\x1b=\x01", "\x1b?A", "\x1bD\x08\x10\x00", "\x1bD\x00", "\x1bE\x01",
		"\x1bG\x01", "\x1bJ\x08", "\x1bM\x01", "\x1bR\x0f", "\x1bT\x00", "\x1bV\x00", "\x1b\\\x01\x00", "\x1ba\x01", "\x1bc3\x01",
		"\x1bd\x01", "\x1bp\x00\x10\x10", "\x1br\x00", "\x1bt\x00", "\x1bu\x00", "\x1bv", "\x1b{\x00",
		"\x1d!\x00", "\x1d$\x00\x00", "\x1d*\x01\x01abcdefgh", "\x1d/\x00", "\x1d:", "\x1dB\x00", "\x1dE\x00", "\x1dH\x00", "\x1dI\x01",
		"\x1dL\x00\x00", "\x1dP\x00\x00", "\x1dT\x00", "\x1dW\x40\x02", "\x1d\\\x00\x00", "\x1d^\x01\x01\x00", "\x1da\x00", "\x1db\x00",
		"\x1dc", "\x1df\x00", "\x1dg2\x00\x01\x00", "\x1dh\x50", "\x1dr\x01", "\x1dw\x02", "\x1dv0\x00\x01\x00\x02\x00ab",
		"\x1d(L\x0c\x000p0\x01\x011\x08\x00\x02\x00ab", "\x1d8L\x0c\x00\x00\x000p0\x01\x011\x08\x00\x02\x00ab", "\x1d(L\x02\x0002",
		"\x1d(A\x02\x00\x00\x01", "\x1d(k\x03\x001C\x03", "\x1d(H\x06\x00000001", "\x1dkI\x05{BABC", "\x1dk\x04ABC\x00", "\x1dV\x00",
		"\x1dVB\x00", "\x1bi", "\x1bm",
		"\x1c!\x00", "\x1c&", "\x1c-\x00", "\x1c2\xfe\xa1" + strings.Repeat("x", 72), "\x1c?\xfe\xa1", "\x1cC\x00", "\x1cS\x00\x00",
		"\x1cW\x00", "\x1cp\x01\x00", "\x1cq\x01\x01\x00\x01\x00abcdefgh", "\x1c(A\x02\x000\x00",
		"\x10\x04\x01", "\x10\x04\x04", "\x10\x05\x01", "\x10\x14\x01\x00\x01", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
	}
	for _, c := range commands {
		// A character after the command, on a line of its own: it must come out as itself, and nothing else must.
		d := paper.Parse([]byte(c + "\nZ\n"))
		text := strings.Fields(strings.ReplaceAll(d.Text(), string(paper.Picture), " "))
		if len(text) == 0 || text[len(text)-1] != "Z" || len(d.Rest) != 0 {
			t.Errorf("%q swallows or spills: text %q, rest % X", c, d.Text(), d.Rest)
		}
		if len(text) > 1 && !strings.Contains(c, "{B") && !strings.Contains(c, "k\x04") {
			t.Errorf("%q spills %q", c, text)
		}
		for _, p := range d.Problems {
			if strings.Contains(p.Text, "not a command") {
				t.Errorf("%q is not known: %+v", c, p)
			}
		}
		// Without its last byte it is not complete: nothing of it may be executed.
		if len(c) > 2 {
			if d := paper.Parse([]byte(c[:len(c)-1])); len(d.Rest) != len(c)-1 && !strings.HasPrefix(c, "\x10") {
				t.Errorf("%q without its end leaves % X", c, d.Rest)
			}
		}
	}
}

func TestParse_reports_what_no_printer_knows_and_goes_on(t *testing.T) {
	t.Parallel()
	d := paper.Parse([]byte("a\n\x1bXb\n\x1d(Z\x03\x00xyzc\n\x01d\n"))
	if got := d.Text(); got != "a\nb\nc\nd\n" {
		t.Errorf("text %q", got)
	}
	if len(d.Problems) != 3 || d.Problems[0].Offset != 2 || d.Problems[0].Command != "ESC X" || d.Problems[1].Command != "GS ( Z" {
		t.Errorf("problems %+v", d.Problems)
	}
}

func TestParse_says_what_was_sent_and_not_printed(t *testing.T) {
	t.Parallel()
	d := paper.Parse([]byte("printed\nnot " + gb("打") + "\x1b$\x00"))
	if d.Line != "not 打" || string(d.Rest) != "\x1b$\x00" || d.Text() != "printed\n" {
		t.Errorf("line %q, rest %q, text %q", d.Line, d.Rest, d.Text())
	}
}

func TestParse_prints_the_characters_that_the_font_has(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		cfg      paper.Config
		bytes    string
		want     string
		problems int
	}{
		{"GBK", paper.Config{}, gb("中文ABC，·"), "中文ABC，·", 0},
		{"GBK has characters that GB2312 lacks", paper.Config{}, gb("镕瑭"), "镕瑭", 0},
		{"GB2312 does not", paper.Config{Encoding: paper.GB2312}, gb("中"), "中", 0},
		{"GB2312 splits GBK's lead bytes", paper.Config{Encoding: paper.GB2312}, "\x81A", "\uFFFDA", 1},
		{"four bytes are split by a printer that has two", paper.Config{}, "\x95\x34\xb2\x35", "\uFFFD4\uFFFD5", 2},
		{"four bytes", paper.Config{Encoding: paper.GB18030}, gb("𬭚"), "𬭚", 0},
		{"off, on", paper.Config{}, "\x1c.\xd6\xd0\x1c&\xd6\xd0", "╓╨中", 0},
		{"off after power-up", paper.Config{NoChinese: true}, "\xd6\xd0\x1c&\xd6\xd0", "╓╨中", 0},
		{"code page", paper.Config{}, "\x1c.\x1bt\x10\xe9\x1bt\x63\xe9", "é\uFFFD", 1},
		{"dollar is a yuan in China's set", paper.Config{}, "$\x1bR\x0f$\x1bR\x00$", "$¥$", 0},
		{"ESC @ puts the sets back", paper.Config{}, "\x1c.\x1bR\x0f\x1b@$" + gb("中"), "$中", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := paper.ParseAs(c.cfg, []byte(c.bytes+"\n"))
			if got := strings.TrimSuffix(d.Text(), "\n"); got != c.want || len(d.Problems) != c.problems {
				t.Errorf("%q, want %q; problems %v", got, c.want, d.Problems)
			}
		})
	}
}

func TestParse_breaks_lines_where_the_paper_ends(t *testing.T) {
	t.Parallel()
	s := oneSlip(t, strings.Repeat("1234567890", 5)+"\n"+gb(strings.Repeat("字", 25))+"\n"+cut)
	want := strings.Repeat("1234567890", 4) + "12345678\n90\n" + strings.Repeat("字", 24) + "\n字\n"
	if s.Text() != want {
		t.Errorf("text\n%s want\n%s", s.Text(), want)
	}
	narrow := paper.ParseAs(paper.Config{Width: paper.Width58}, []byte(gb(strings.Repeat("字", 17))+"\n"))
	if got := narrow.Text(); got != strings.Repeat("字", 16)+"\n字\n" {
		t.Errorf("on 58 mm: %q", got)
	}
}

func TestParse_places_text(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, bytes string
		x           int
		text        string
	}{
		{"left", "ab\n", 0, "ab"},
		{"centre", "\x1ba\x01ab\n", 276, "ab"},
		{"right", "\x1ba2ab\n", 552, "ab"},
		{"margin", "\x1dL\x30\x00ab\n", 48, "ab"},
		{"margin and width", "\x1dL\x30\x00\x1dW\x78\x00\x1ba\x02ab\n", 48 + 120 - 24, "ab"},
		{"position", "\x1b$\x64\x00ab\n", 100, "ab"},
		{"motion unit", "\x1dP\x65\x00\x1b$\x64\x00ab\n", 100 * 203 / 101, "ab"},
		{"tab", "\tab\n", 96, "ab"},
		{"own tab", "\x1bD\x0a\x00\tab\n", 120, "ab"},
		{"gap is spaces", "\x1ba\x00a\x1b$\x78\x00b\n", 0, "a         b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := oneSlip(t, c.bytes+cut)
			if l := s.Lines[0]; l.Runs[0].X != c.x || l.Text() != c.text {
				t.Errorf("%q at %d, want %q at %d", l.Text(), l.Runs[0].X, c.text, c.x)
			}
		})
	}
}

func TestParse_knows_the_looks_of_characters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bytes string
		want  paper.Run
	}{
		{"\x1d!\x10a", paper.Run{Wide: 2, Tall: 1, Dots: 24}},
		{"\x1d!\x01a", paper.Run{Wide: 1, Tall: 2, Dots: 12}},
		{"\x1d!\x77a", paper.Run{Wide: 8, Tall: 8, Dots: 96}},
		{"\x1b!\x30a", paper.Run{Wide: 2, Tall: 2, Dots: 24}},
		{"\x1b!\x88a", paper.Run{Wide: 1, Tall: 1, Dots: 12, Bold: true, Underline: 1}},
		{"\x1bM\x01a", paper.Run{Wide: 1, Tall: 1, Dots: 9, Small: true}},
		{"\x1b-\x02a", paper.Run{Wide: 1, Tall: 1, Dots: 12, Underline: 2}},
		{"\x1dB\x01a", paper.Run{Wide: 1, Tall: 1, Dots: 12, Reverse: true}},
		{"\x1bG\x01a", paper.Run{Wide: 1, Tall: 1, Dots: 12, Bold: true}},
		{"\x1c!\x0ca", paper.Run{Wide: 2, Tall: 2, Dots: 24}},
		{"\x1d!\x88a", paper.Run{Wide: 1, Tall: 1, Dots: 12}}, // beyond eight times: no effect
		{"\x1d!\x11\x1b@a", paper.Run{Wide: 1, Tall: 1, Dots: 12}},
	} {
		s := oneSlip(t, c.bytes+"\n"+cut)
		r := s.Lines[0].Runs[0]
		if r.Wide != c.want.Wide || r.Tall != c.want.Tall || r.Dots != c.want.Dots || r.Bold != c.want.Bold || r.Small != c.want.Small ||
			r.Underline != c.want.Underline || r.Reverse != c.want.Reverse {
			t.Errorf("%q looks %+v, want %+v", c.bytes, r, c.want)
		}
	}
}

func TestParse_moves_the_paper(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, bytes string
		dots        int
	}{
		{"a line", "a\n", 30},
		{"an empty line", "\n", 30},
		{"a tall line", "\x1d!\x01a\n", 48},
		{"pitch", "\x1b3\x40a\n", 64},
		{"pitch smaller than the characters", "\x1b3\x00a\n", 24},
		{"pitch back", "\x1b3\x40\x1b2a\n", 30},
		{"ESC d", "a\x1bd\x03", 90},
		{"ESC J", "a\x1bJ\x50", 80},
		{"ESC J less than the line", "a\x1bJ\x01", 24},
		{"motion unit", "\x1dP\x00\x65\x1bJ\x64", 100 * 203 / 101},
	} {
		// The line after it tells how far the paper moved.
		s := oneSlip(t, c.bytes+"end\n"+cut)
		if got := s.Lines[len(s.Lines)-1].Y - paper.CutterGap; got != c.dots {
			t.Errorf("%s: %d dots, want %d", c.name, got, c.dots)
		}
	}
}

func TestParse_cuts_where_the_cutter_stands(t *testing.T) {
	t.Parallel()
	t.Run("after a feed to the cutter everything is on the slip", func(t *testing.T) {
		t.Parallel()
		d := paper.Parse([]byte("one\n\x1dVA\x08two\n\x1dVB\x00three\n"))
		s := d.Slips()
		if len(s) != 3 || s[0].Text() != "one\n" || s[1].Text() != "two\n" || s[2].Text() != "three\n" {
			t.Fatalf("%q", d.Text())
		}
		if s[0].End != paper.EndFull || s[1].End != paper.EndPartial || s[2].End != paper.EndOpen {
			t.Errorf("they end %s, %s, %s", s[0].End, s[1].End, s[2].End)
		}
		if s[0].Height != paper.CutterGap+30+8 {
			t.Errorf("the first is %d dots long", s[0].Height)
		}
	})
	t.Run("without a feed the last 15 mm stay behind", func(t *testing.T) {
		t.Parallel()
		var b strings.Builder
		for _, l := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
			b.WriteString(l + "\n")
		}
		d := paper.Parse([]byte(b.String() + "\x1dV\x00"))
		s := d.Slips()
		if len(s) != 2 || s[0].Text() != "1\n2\n3\n4\n" || s[1].Text() != "5\n6\n7\n8\n" {
			t.Errorf("%q", d.Text())
		}
	})
	t.Run("in the middle of a line nothing is cut", func(t *testing.T) {
		t.Parallel()
		d := paper.Parse([]byte("one" + cut + "\n"))
		if len(d.Slips()) != 1 || d.Slips()[0].End != paper.EndOpen || len(d.Problems) != 1 {
			t.Errorf("%+v, problems %v", d.Slips(), d.Problems)
		}
	})
	t.Run("a blank piece is no slip", func(t *testing.T) {
		t.Parallel()
		if d := paper.Parse([]byte(cut + "\n\n" + cut + "a\n" + cut)); len(d.Slips()) != 1 {
			t.Errorf("%d slips", len(d.Slips()))
		}
	})
	t.Run("the bytes of a slip are its own", func(t *testing.T) {
		t.Parallel()
		d := paper.Parse([]byte("\x1b@one\n" + cut + "\x1dr\x01two\n" + cut))
		if s := d.Slips(); string(s[0].Bytes) != "\x1b@one\n"+cut || string(s[1].Bytes) != "\x1dr\x01two\n"+cut {
			t.Errorf("%q and %q", s[0].Bytes, s[1].Bytes)
		}
	})
}

func TestParse_draws_pictures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ by, bytes string }{
		{"GS v 0", "\x1dv0\x00\x02\x00\x03\x00\x80\x01\x40\x02\x20\x04"},
		{"GS ( L", "\x1d(L\x10\x000p0\x01\x011\x10\x00\x03\x00\x80\x01\x40\x02\x20\x04\x1d(L\x02\x0002"},
		{"GS 8 L", "\x1d8L\x10\x00\x00\x000p0\x01\x011\x10\x00\x03\x00\x80\x01\x40\x02\x20\x04\x1d(L\x02\x0002"},
	} {
		s := oneSlip(t, c.bytes+cut)
		if len(s.Images) != 1 {
			t.Fatalf("%s: %d pictures", c.by, len(s.Images))
		}
		m := s.Images[0].Bitmap
		if m.Width != 16 || m.Height != 3 {
			t.Errorf("%s: %d×%d dots", c.by, m.Width, m.Height)
		}
		for y := range 3 {
			for x := range 16 {
				if want := x == y || x == 15-y; m.Black(x, y) != want {
					t.Errorf("%s: dot %d,%d is %v", c.by, x, y, !want)
				}
			}
		}
	}
	t.Run("magnified and in the middle", func(t *testing.T) {
		t.Parallel()
		s := oneSlip(t, "\x1ba\x01\x1dv0\x03\x01\x00\x01\x00\x80"+cut)
		if i := s.Images[0]; i.Wide != 2 || i.Tall != 2 || i.X != (576-16)/2 || s.Height != paper.CutterGap+2 {
			t.Errorf("%+v on %d dots", i, s.Height)
		}
	})
	t.Run("within a line of text", func(t *testing.T) {
		t.Parallel()
		glyph := "\x1b*\x21\x18\x00" + strings.Repeat("\xff\x00\x01", 24)
		s := oneSlip(t, gb("示例")+glyph+gb("，男")+"\n"+cut)
		l := s.Lines[0]
		if l.Text() != "示例"+string(paper.Picture)+"，男" || len(l.Runs) != 3 {
			t.Fatalf("%q of %d runs", l.Text(), len(l.Runs))
		}
		m := l.Runs[1].Image
		if m == nil || m.Width != 24 || m.Height != 24 || l.Runs[1].X != 48 || l.Runs[2].X != 72 {
			t.Fatalf("%+v", l.Runs)
		}
		if !m.Black(0, 0) || !m.Black(23, 7) || m.Black(0, 8) || !m.Black(5, 23) || m.Black(5, 22) {
			t.Error("the columns are drawn wrong")
		}
	})
	t.Run("in low density every dot is wider and taller", func(t *testing.T) {
		t.Parallel()
		s := oneSlip(t, "\x1b*\x00\x02\x00\x80\x01\n"+cut)
		m := s.Lines[0].Runs[0].Image
		if m.Width != 4 || m.Height != 24 || !m.Black(0, 0) || !m.Black(1, 2) || m.Black(0, 3) || !m.Black(2, 21) || m.Black(2, 20) {
			t.Errorf("%+v", m)
		}
	})
	t.Run("cut off where the line ends", func(t *testing.T) {
		t.Parallel()
		d := paper.Parse([]byte(strings.Repeat("x", 47) + "\x1b*\x21\x18\x00" + strings.Repeat("\xff\xff\xff", 24) + "\n"))
		if m := d.Slips()[0].Lines[0].Runs[1].Image; m.Width != 12 || len(d.Problems) != 1 {
			t.Errorf("%d dots wide, problems %v", m.Width, d.Problems)
		}
	})
	t.Run("a character of the user's own", func(t *testing.T) {
		t.Parallel()
		s := oneSlip(t, "\x1c2\xfe\xa1"+strings.Repeat("\x80\x00\x00", 24)+"\x1d!\x11\xfe\xa1\n"+cut)
		r := s.Lines[0].Runs[0]
		if r.Image == nil || r.Wide != 2 || r.Dots != 48 || r.Text != string(paper.Picture) {
			t.Errorf("%+v", r)
		}
		if d := paper.Parse([]byte("\x1c2\xfe\xa1" + strings.Repeat("\x80\x00\x00", 24) + "\x1b@\xfe\xa1\n")); d.Slips()[0].Lines[0].Runs[0].Image != nil {
			t.Error("it outlived ESC @")
		}
	})
}

func TestParse_leaves_out_what_a_printer_would_not_print(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, bytes string }{
		{"a code without contents", "\x1d(k\x03\x001Q0"},
		{"a code wider than the paper", qr(16, '3', strings.Repeat("x", 300))},
		{"a code too large for any", qr(3, '3', strings.Repeat("x", 3000))},
		{"a code in the middle of a line", "abc" + qr(3, '0', "x")},
		{"a picture in the middle of a line", "abc\x1dv0\x00\x01\x00\x01\x00\x80"},
		{"a bar code without its set", "\x1dkI\x03ABC"},
		{"an alignment in the middle of a line", "abc\x1ba\x01"},
		{"a picture that was not stored", "\x1d(L\x02\x0002"},
		{"a stored picture of the wrong size", "\x1d(L\x0b\x000p0\x01\x011\x08\x00\x02\x00a"},
	} {
		d := paper.Parse([]byte(c.bytes + "\nend\n"))
		if len(d.Problems) == 0 || !strings.HasSuffix(d.Text(), "end\n") {
			t.Errorf("%s: problems %v, text %q", c.name, d.Problems, d.Text())
		}
		for _, s := range d.Slips() {
			if len(s.QRs)+len(s.Images)+len(s.Barcodes) > 0 {
				t.Errorf("%s: it was printed", c.name)
			}
		}
	}
}

func TestParse_as_a_model_that_lacks_commands_prints_their_parameters(t *testing.T) {
	t.Parallel()
	d := paper.ParseAs(paper.Config{Lacks: []string{"GS ( k"}}, []byte(qr(3, '0', "secret")+"\n"))
	if got := d.Text(); !strings.Contains(got, "k1C") || !strings.Contains(got, "secret") {
		t.Errorf("text %q", got)
	}
	if len(d.Slips()[0].QRs) != 0 {
		t.Error("it printed a code")
	}
}

func TestInterpreter_does_the_same_whatever_the_pieces(t *testing.T) {
	t.Parallel()
	b := []byte("\x1b@\x1ba\x01\x1d!\x11" + gb("回执单") + "\n\x1d!\x00" + qr(4, '1', "https://x") + "\x1dv0\x00\x01\x00\x08\x00abcdefgh" +
		"\x1b*\x21\x02\x00abcdef" + gb("字") + "\n\x10\x04\x01" + cut + "more\n")
	whole := paper.Parse(b)
	for size := 1; size < 40; size++ {
		i := paper.New(paper.Config{})
		var got []string
		for rest := b; len(rest) > 0; {
			piece := rest[:min(size, len(rest))]
			rest = rest[len(piece):]
			for len(piece) > 0 {
				n, _, _ := i.Step(piece)
				piece = piece[n:]
			}
			for _, s := range i.Finished() {
				got = append(got, s.Text())
			}
		}
		if s, ok := i.Open(); ok {
			got = append(got, s.Text())
		}
		if strings.Join(got, "\n") != whole.Text() || len(i.Problems()) != len(whole.Problems) {
			t.Errorf("in pieces of %d it is %q", size, got)
		}
	}
}

func TestInterpreter_forgets_on_clear_what_is_not_printed(t *testing.T) {
	t.Parallel()
	i := paper.New(paper.Config{})
	for _, part := range []string{"kept\nlost", "\x1dv0\x00\x48\x00\xff\x00half a picture"} {
		for b := []byte(part); len(b) > 0; {
			n, _, _ := i.Step(b)
			b = b[n:]
		}
	}
	i.Clear()
	for b := []byte("new\n"); len(b) > 0; {
		n, _, _ := i.Step(b)
		b = b[n:]
	}
	if s, _ := i.Open(); s.Text() != "kept\nnew\n" {
		t.Errorf("text %q", s.Text())
	}
}

func TestRealTime_tells_commands_from_data(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[string]int{
		"": -1, "\x10": 0, "\x10\x04": 0, "\x10\x04\x01": 3, "\x10\x04\x04": 3, "\x10\x04\x05": -1, "\x10\x04\x07": 0, "\x10\x04\x07\x01": 4,
		"\x10\x05\x02": 3, "\x10\x05\x03": -1, "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08": 10, "\x10\x14\x08\x01\x03": 0,
		"\x10\x14\x08\x02": -1, "\x10\x14\x01\x00\x01": 5, "\x10\x11": -1, "a": -1,
	} {
		if got := paper.RealTime([]byte(bytes)); got != want {
			t.Errorf("%q: %d, want %d", bytes, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"hello\n" + cut, "\x1b@" + gb("中文") + "\n", qr(3, '1', "https://hall.example/t/X"), "\x1dkI\x05{BABC", "\x1dkI\x03{C\x63",
		"\x1b*\x21\x18\x00" + strings.Repeat("\xff", 72), "\x1d(L\x0c\x000p0\x01\x011\x08\x00\x02\x00ab\x1d(L\x02\x0002",
		"\x1dv0\x03\x02\x00\x02\x00abcd", "\x1c2\xfe\xa1" + strings.Repeat("x", 72) + "\xfe\xa1\n", "\x1bD\x08\x10\x00\t\ta\n",
		"\x1dL\xff\xff\x1dW\x00\x00\x1d!\x77" + gb("大") + "\n", "\x1d8L\xff\xff\xff\xff", "\x1cq\x02\x01\x00\x01\x00abcdefgh",
		"\x1b&\x03AB\x01abc\x01abc", "\x1b\\\xff\xff\x1b$\xff\xff\n", "\x1dk\x05123\x00\x1dk\x00123456789012\x00\x1dk\x02\x00",
		"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", "\x1dB\x01\x1b-\x02\x1dB\x01x\n", "\x1d*\x02\x02" + strings.Repeat("a", 32) + "\x1d/\x03",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4096 {
			return
		}
		d := paper.Parse(b)
		total := len(d.Rest)
		for n, s := range d.Slips() {
			total += len(s.Bytes)
			if s.Height < 0 || len(s.Text()) > 100*len(b)+100 {
				t.Fatalf("%d dots, %d bytes of text", s.Height, len(s.Text()))
			}
			if n < 2 && s.Height < 2000 { // more and longer ones are only slow
				s.Image()
			}
		}
		if total > len(b) {
			t.Fatalf("%d bytes came out of %d", total, len(b))
		}
		// In pieces it must be the same.
		i, size := paper.New(paper.Config{}), 1+len(b)%7
		n := 0
		for rest := b; len(rest) > 0; {
			piece := rest[:min(size, len(rest))]
			rest = rest[len(piece):]
			for len(piece) > 0 {
				k, _, _ := i.Step(piece)
				piece = piece[k:]
			}
			n += len(i.Finished())
		}
		if _, ok := i.Open(); ok {
			n++
		}
		if n != len(d.Slips()) {
			t.Fatalf("in pieces of %d there are %d slips instead of %d", size, n, len(d.Slips()))
		}
	})
}
