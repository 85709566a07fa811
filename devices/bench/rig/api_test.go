package rig_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zizhuban/devices/bench/rig"
)

// aPage serves a bench's page.
func aPage(t *testing.T, b *rig.Bench) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.Config.Handler = b.Page(s.Listener.Addr().String())
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// call makes a request and gives status and body.
func call(t *testing.T, method, url, body string, header map[string]string) (int, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		if k == "Host" {
			r.Host = v
		} else {
			r.Header.Set(k, v)
		}
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	got, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, got
}

func TestAPI_moves_the_hand(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	s := aPage(t, b)
	for _, c := range []struct {
		path, body string
		want       int
		is         func(rig.Status) bool
	}{
		{"/api/card/put", `{"card":"demo4"}`, 200, func(s rig.Status) bool { return s.Reader.Card == "DEMO4" && s.Reader.Label == "示例丁" }},
		{"/api/card/put", `{"card":"DEMO1","added_address":"示例路3号"}`, 200, func(s rig.Status) bool { return s.Reader.Card == "DEMO1" }},
		{"/api/card/put", `{"card":"DEMO1","added_address":"` + strings.Repeat("长", 40) + `"}`, 400, nil},
		{"/api/card/put", `{"card":"nobody"}`, 400, nil},
		{"/api/card/put", `{"cards":"DEMO1"}`, 400, nil},
		{"/api/card/put", `nonsense`, 400, nil},
		{"/api/card/lift", `{"after_ms":40}`, 200, func(s rig.Status) bool { return s.Reader.Lifting }},
		{"/api/card/lift", `{"after_ms":-1}`, 400, nil},
		{"/api/card/lift", ``, 200, func(s rig.Status) bool { return s.Reader.Card == "" }},
		{"/api/card/lift", `{"after_ms":40}`, 409, nil},
		{"/api/scan", `{"text":"x"}`, 409, nil}, // nobody has the line open
		{"/api/scan", `{"text":""}`, 400, nil},
		{"/api/paper", `{"state":"low"}`, 200, func(s rig.Status) bool { return s.Printer.Paper == "low" }},
		{"/api/paper", `{"state":"out","after_bytes":300}`, 200, func(s rig.Status) bool { return s.Printer.RunsOut == 300 && s.Printer.Online }},
		{"/api/paper", `{"state":"full","after_bytes":300}`, 400, nil},
		{"/api/paper", `{"state":"wet"}`, 400, nil},
		{"/api/paper", `{"state":"full"}`, 200, func(s rig.Status) bool { return s.Printer.RunsOut == 0 }},
		{"/api/cover", `{"open":true}`, 200, func(s rig.Status) bool { return s.Printer.Cover == "open" && !s.Printer.Online }},
		{"/api/cover", `{"open":false}`, 200, func(s rig.Status) bool { return s.Printer.Cover == "closed" && s.Printer.Online }},
		{"/api/cable", `{"device":"scanner","plugged":false}`, 200, func(s rig.Status) bool { return !s.Scanner.Plugged && s.Reader.Plugged }},
		{"/api/scan", `{"text":"x"}`, 409, nil}, // the cable is out
		{"/api/cable", `{"device":"scanner","plugged":true}`, 200, func(s rig.Status) bool { return s.Scanner.Plugged }},
		{"/api/cable", `{"device":"toaster","plugged":true}`, 400, nil},
		{"/api/fault", `{"device":"reader","fault":"nonsense","on":true}`, 200, func(s rig.Status) bool { return s.Reader.Nonsense }},
		{"/api/fault", `{"device":"printer","fault":"slow","on":true}`, 200, func(s rig.Status) bool { return s.Printer.Slow }},
		{"/api/fault", `{"device":"printer","fault":"jam","on":true}`, 200, func(s rig.Status) bool { return s.Printer.Cutter == "jammed" }},
		{"/api/fault", `{"device":"scanner","fault":"stall","on":true}`, 200, func(s rig.Status) bool { return s.Scanner.Stalled }},
		{"/api/fault", `{"device":"scanner","fault":"jam","on":true}`, 400, nil},
		{"/api/power", `{}`, 200, nil},
	} {
		code, got := call(t, "POST", s.URL+c.path, c.body, nil)
		if code != c.want {
			t.Errorf("%s %s: %d %s, want %d", c.path, c.body, code, got, c.want)
			continue
		}
		var p rig.Problem
		if code != 200 && (json.Unmarshal(got, &p) != nil || p.Error == "") {
			t.Errorf("%s %s: no words in %s", c.path, c.body, got)
		}
		if c.is != nil && !c.is(b.Status()) {
			t.Errorf("%s %s: then %+v", c.path, c.body, b.Status())
		}
	}
}

func TestAPI_gives_slips_in_every_form(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	s := aPage(t, b)
	if code, _ := call(t, "GET", s.URL+"/api/slips/last.png", "", nil); code != 404 {
		t.Errorf("before any slip: %d", code)
	}
	ask(t, terminal(t, b, rig.Printer), slip, 7)
	code, got := call(t, "GET", s.URL+"/api/slips/last.png", "", nil)
	if img, err := png.Decode(bytes.NewReader(got)); code != 200 || err != nil || img.Bounds().Dx() != 640 {
		t.Errorf("png: %d, %v", code, err)
	}
	if code, got := call(t, "GET", s.URL+"/api/slips/1.bin", "", nil); code != 200 || !strings.HasPrefix(slip, string(got)) {
		t.Errorf("bin: %d %q", code, got)
	}
	if code, got := call(t, "GET", s.URL+"/api/slips/1.txt", "", nil); code != 200 || string(got) != "hello\n" {
		t.Errorf("txt: %d %q", code, got)
	}
	var one rig.Slip
	if code, got := call(t, "GET", s.URL+"/api/slips/1.json", "", nil); code != 200 || json.Unmarshal(got, &one) != nil ||
		len(one.Lines) != 1 || one.Lines[0].Runs[0].Text != "hello" || one.End != "partial" || one.Number != 1 {
		t.Errorf("json: %d %s", code, got)
	}
	var list []rig.SlipEntry
	if code, got := call(t, "GET", s.URL+"/api/slips", "", nil); code != 200 || json.Unmarshal(got, &list) != nil || len(list) != 1 || list[0].Number != 1 {
		t.Errorf("list: %d %s", code, got)
	}
	for path, want := range map[string]int{"2.png": 404, "open.png": 404, "0.png": 400, "x.png": 400, "1.gif": 400} {
		if code, _ := call(t, "GET", s.URL+"/api/slips/"+path, "", nil); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	var cards []rig.CardEntry
	if code, got := call(t, "GET", s.URL+"/api/cards", "", nil); code != 200 || json.Unmarshal(got, &cards) != nil || len(cards) < 9 {
		t.Errorf("cards: %d %s", code, got)
	}
}

func TestAPI_tells_changes_as_they_happen(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	s := aPage(t, b)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 1<<20)
	put := false
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var st rig.Status
		if err := json.Unmarshal([]byte(text), &st); err != nil {
			t.Fatal(err)
		}
		if st.Reader.Card == "DEMO2" {
			return
		}
		if !put {
			put = true
			if _, err := b.PutCard("DEMO2", ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Errorf("the events ended: %v", lines.Err())
}

func TestPage_answers_only_this_machine_and_its_own_page(t *testing.T) {
	t.Parallel()
	b := aBench(t, nil)
	s := aPage(t, b)
	host := strings.TrimPrefix(s.URL, "http://")
	port := host[strings.LastIndex(host, ":"):]
	for _, c := range []struct {
		name, method, path string
		header             map[string]string
		want               int
	}{
		{"the page", "GET", "/", nil, 200},
		{"by name", "GET", "/", map[string]string{"Host": "localhost" + port}, 200},
		{"rebound name", "GET", "/api/status", map[string]string{"Host": "evil.example" + port}, 403},
		{"rebound name without port", "GET", "/", map[string]string{"Host": "evil.example"}, 403},
		{"other port", "GET", "/", map[string]string{"Host": "127.0.0.1:1"}, 403},
		{"its own post", "POST", "/api/power", map[string]string{"Origin": s.URL, "Sec-Fetch-Site": "same-origin"}, 200},
		{"a program's post", "POST", "/api/power", nil, 200},
		{"another site's post", "POST", "/api/power", map[string]string{"Origin": "http://evil.example"}, 403},
		{"a sandboxed post", "POST", "/api/power", map[string]string{"Origin": "null"}, 403},
		{"another site's fetch", "POST", "/api/power", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"another port's page", "POST", "/api/power", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"another site's image", "GET", "/api/slips/last.png", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a form", "POST", "/api/power", map[string]string{"Content-Type": "text/plain"}, 403},
		{"nothing there", "GET", "/nothing", nil, 404},
	} {
		code, got := call(t, c.method, s.URL+c.path, "", c.header)
		if code != c.want {
			t.Errorf("%s: %d %.80s, want %d", c.name, code, got, c.want)
		}
	}
	_, got := call(t, "GET", s.URL+"/", "", nil)
	for _, foreign := range []string{"http://", "https://", "<link rel=\"stylesheet\"", "src=\"//"} {
		if bytes.Contains(got, []byte(foreign)) {
			t.Errorf("the page fetches something from elsewhere: %s", foreign)
		}
	}
	if n := len(got); n < 1000 {
		t.Errorf("the page has %d bytes", n)
	}
}
