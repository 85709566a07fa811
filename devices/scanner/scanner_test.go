package scanner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zizhuban/devices"
	"zizhuban/devices/scanner"
	"zizhuban/devices/seriallink"
	"zizhuban/devices/seriallink/linktest"
)

func gb(t testing.TB, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFramer_cuts_at_every_line_end_however_it_comes(t *testing.T) {
	t.Parallel()
	stream := "one\rtwo\nthree\r\n\r\n\nfour\r"
	for _, size := range []int{1, 2, 3, 4, 100} {
		var f scanner.Framer
		var got []string
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			for _, c := range f.Feed([]byte(rest[:min(size, len(rest))])) {
				got = append(got, string(c))
			}
		}
		if !slices.Equal(got, []string{"one", "two", "three", "four"}) || f.Pending() {
			t.Errorf("pieces of %d: %q", size, got)
		}
	}
}

func TestFramer_takes_only_the_suffix_that_is_configured(t *testing.T) {
	t.Parallel()
	for suffix, want := range map[scanner.Suffix][]string{
		scanner.CR: {"ab", "cd"}, scanner.LF: {"a", "bc"}, scanner.CRLF: {"abc"}, scanner.None: nil,
	} {
		f := scanner.Framer{Suffix: suffix}
		stream := map[scanner.Suffix]string{scanner.CR: "a\nb\rcd\r", scanner.LF: "a\nb\rc\n", scanner.CRLF: "a\nb\rc\r\n", scanner.None: "a\r\nb"}[suffix]
		var got []string
		for _, c := range f.Feed([]byte(stream)) {
			got = append(got, string(c))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", suffix, got, want)
		}
	}
}

func TestFramer_drops_what_is_no_code(t *testing.T) {
	t.Parallel()
	var f scanner.Framer
	long := strings.Repeat("9", scanner.MaxLength)
	got := f.Feed([]byte("\x00\x00\r\x07\r\r" + long + "8\r" + long + "\rA\x00\x02B\r"))
	if len(got) != 2 || string(got[0]) != long || string(got[1]) != "AB" {
		t.Errorf("%d codes", len(got))
	}
	f.Feed(bytes.Repeat([]byte("x"), 1<<20))
	if _, ok := f.Flush(); ok {
		t.Error("a megabyte of babble became a code")
	}
	if got := f.Feed([]byte("fine\r")); len(got) != 1 || string(got[0]) != "fine" {
		t.Errorf("after the babble: %q", got)
	}
}

func TestDecode_knows_utf8_from_gb18030(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"张三", "示例甲", "https://hall.example/t/1", "12345", "买买提·示例", "示例市示例路3号"} {
		for e, code := range map[scanner.Encoding][]byte{scanner.UTF8: []byte(text), scanner.GB18030: gb(t, text)} {
			got, used, ok := scanner.Decode(code, scanner.Auto)
			if bytes.Equal(code, []byte(text)) {
				e = scanner.UTF8 // all ASCII
			}
			if !ok || got != text || used != e {
				t.Errorf("%q in %s: %q by %s, %v", text, e, got, used, ok)
			}
		}
	}
}

func TestDecode_is_not_deceived_by_hanzi_that_are_valid_utf8(t *testing.T) {
	t.Parallel()
	checked := 0
	for row := byte(0xB0); row <= 0xD7; row++ { // level 1 of GB 2312
		for cell := byte(0xA1); cell <= 0xFE; cell++ {
			code := []byte{row, cell}
			want, err := simplifiedchinese.GB18030.NewDecoder().Bytes(code)
			if err != nil || len([]rune(string(want))) != 1 || !unicode.Is(unicode.Han, []rune(string(want))[0]) {
				continue
			}
			checked++
			if got, _, ok := scanner.Decode(code, scanner.Auto); !ok || got != string(want) {
				t.Fatalf("% X is %q, read as %q", code, want, got)
			}
		}
	}
	if checked != 3755 {
		t.Errorf("%d characters were checked, level 1 has 3755", checked)
	}
}

func TestDecode_obeys_the_encoding_that_is_configured(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code []byte
		e    scanner.Encoding
		want string
		ok   bool
	}{
		{gb(t, "张三"), scanner.UTF8, "", false}, {[]byte("张三"), scanner.UTF8, "张三", true}, {gb(t, "张三"), scanner.GB18030, "张三", true},
		{[]byte{0x81}, scanner.GB18030, "", false}, {[]byte("张三"), scanner.Raw, "", false}, {[]byte("abc"), scanner.Raw, "abc", true},
		{[]byte{0xFF, 0xFE}, scanner.Auto, "", false},
	} {
		if got, _, ok := scanner.Decode(test.code, test.e); got != test.want || ok != test.ok {
			t.Errorf("% X as %q: %q %v", test.code, test.e, got, ok)
		}
	}
}

func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Parallel()
	synctest.Test(t, f)
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// said collects what a scanner says about its health.
type said struct {
	mu    sync.Mutex
	codes []string
}

func (s *said) on(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes = append(s.codes, code)
}

func TestLine_gives_the_code_that_is_scanned_while_it_waits(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		conn := linktest.NewFake(nil)
		var health said
		l := scanner.NewLine(conn, scanner.Options{On: health.on})
		time.AfterFunc(3*time.Second, func() { conn.Send([]byte("https://hall."), []byte("example/t/7\r"), []byte("\n")) })
		c, err := l.Scan(within(t, time.Minute))
		if err != nil || c.Text != "https://hall.example/t/7" || !c.Suffixed || string(c.Raw) != c.Text {
			t.Errorf("%q %v", c.Text, err)
		}
		if len(health.codes) > 0 {
			t.Errorf("%v", health.codes)
		}
	})
}

func TestLine_ends_a_code_without_a_suffix_by_silence_and_says_so(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		conn := linktest.NewFake(nil)
		var health said
		l := scanner.NewLine(conn, scanner.Options{On: health.on, Baud: 115200})
		for i := range 5 { // pieces closer together than the silence
			time.AfterFunc(time.Second+time.Duration(i)*30*time.Millisecond, func() { conn.Send([]byte("part,")) })
		}
		began := time.Now()
		c, err := l.Scan(within(t, time.Minute))
		if err != nil || c.Text != "part,part,part,part,part," || c.Suffixed {
			t.Errorf("%q %v", c.Text, err)
		}
		if took := time.Since(began); took != time.Second+160*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if !slices.Equal(health.codes, []string{scanner.HealthNoSuffix}) {
			t.Errorf("%v", health.codes)
		}
	})
}

func TestLine_drops_what_was_scanned_before_anybody_asked(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		conn := linktest.NewFake(nil)
		var health said
		l := scanner.NewLine(conn, scanner.Options{On: health.on, Baud: 115200})
		conn.Send([]byte("ghost\r"), []byte("second gh"))
		time.AfterFunc(20*time.Millisecond, func() { conn.Send([]byte("ost\r")) })
		time.AfterFunc(time.Second, func() { conn.Send([]byte("real\r")) })
		c, err := l.Scan(within(t, time.Minute))
		if err != nil || c.Text != "real" {
			t.Errorf("%q %v", c.Text, err)
		}
		if !slices.Equal(health.codes, []string{scanner.HealthUnsolicited}) {
			t.Errorf("%v", health.codes)
		}
	})
}

func TestLine_survives_babble(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		conn := linktest.NewFake(nil)
		l := scanner.NewLine(conn, scanner.Options{Baud: 115200})
		time.AfterFunc(time.Second, func() {
			conn.Send(bytes.Repeat([]byte{0xA5}, 1<<20))
			time.AfterFunc(time.Second, func() { conn.Send([]byte("real\r")) })
		})
		if c, err := l.Scan(within(t, time.Minute)); err != nil || c.Text != "real" {
			t.Errorf("%q %v", c.Text, err)
		}
	})
}

func TestLine_names_its_failures(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		conn := linktest.NewFake(nil)
		var health said
		l := scanner.NewLine(conn, scanner.Options{Encoding: scanner.UTF8, On: health.on})
		if _, err := l.Scan(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing scanned: %v", err)
		}
		time.AfterFunc(time.Second, func() { conn.Send(append(gb(t, "张三"), '\r')) })
		if _, err := l.Scan(within(t, time.Minute)); !errors.Is(err, scanner.ErrUndecodable) || !slices.Equal(health.codes, []string{scanner.HealthUndecodable}) {
			t.Errorf("the wrong encoding: %v, %v", err, health.codes)
		}
		time.AfterFunc(time.Second, conn.Lose)
		began := time.Now()
		if _, err := l.Scan(within(t, time.Minute)); !errors.Is(err, scanner.ErrDisconnected) || !errors.Is(err, devices.ErrDisconnected) {
			t.Errorf("a pulled cable: %v", err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestLine_lets_one_wait_at_a_time(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := scanner.NewLine(linktest.NewFake(nil), scanner.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := l.Scan(ctx)
			done <- err
		}()
		synctest.Wait()
		if _, err := l.Scan(ctx); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestCode_tells_nothing_of_itself_to_a_log_or_trace(t *testing.T) {
	t.Parallel()
	c := scanner.Code{Text: "secret", Raw: []byte("secret")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if strings.Contains(fmt.Sprintf(verb, c), "secret") {
			t.Errorf("%s shows the code", verb)
		}
	}
	if scanner.Mask(seriallink.In, []byte("secret")) != 0 {
		t.Error("the trace shows the code")
	}
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte("one\r\ntwo\n"), 3, uint8(0))
	f.Add([]byte("\x00\r\n\r"), 1, uint8(3))
	f.Fuzz(func(t *testing.T, stream []byte, size int, kind uint8) {
		suffixes := []scanner.Suffix{scanner.AnyLine, scanner.CR, scanner.LF, scanner.CRLF, scanner.None}
		suffix := suffixes[int(kind)%len(suffixes)]
		size = max(1, min(size, 4096))
		whole, cut := scanner.Framer{Suffix: suffix}, scanner.Framer{Suffix: suffix}
		want := whole.Feed(stream)
		if last, ok := whole.Flush(); ok {
			want = append(want, last)
		}
		var got [][]byte
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			got = append(got, cut.Feed(rest[:min(size, len(rest))])...)
		}
		if last, ok := cut.Flush(); ok {
			got = append(got, last)
		}
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("cut: %q, whole: %q", got, want)
		}
		for _, c := range got {
			if len(c) == 0 || len(c) > scanner.MaxLength || bytes.ContainsFunc(c, func(r rune) bool { return r < ' ' }) {
				t.Fatalf("no code: %q", c)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("张三"), uint8(0))
	f.Add([]byte{0xD5, 0xC5, 0xC8, 0xFD}, uint8(0))
	f.Fuzz(func(t *testing.T, code []byte, kind uint8) {
		e := []scanner.Encoding{scanner.Auto, scanner.UTF8, scanner.GB18030, scanner.Raw}[int(kind)%4]
		text, used, ok := scanner.Decode(code, e)
		if !ok && text != "" || ok && used == scanner.Auto {
			t.Fatalf("%q by %q, %v", text, used, ok)
		}
		if ok && strings.ContainsRune(text, unicode.ReplacementChar) && !bytes.Contains(code, []byte("\uFFFD")) && used == scanner.GB18030 {
			t.Fatalf("damaged text: %q", text)
		}
	})
}
