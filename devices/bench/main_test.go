package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zizhuban/devices/bench/rig"
)

// served is a bench that runs as the program would.
type served struct {
	place
	t    *testing.T
	dir  string
	stop context.CancelFunc
	exit chan int
	errs *bytes.Buffer
}

// aServe runs bench serve until the test ends.
func aServe(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &served{t: t, dir: filepath.Join(t.TempDir(), "b"), stop: cancel, exit: make(chan int, 1), errs: new(bytes.Buffer)}
	r, w := io.Pipe()
	go func() {
		s.exit <- run(ctx, append([]string{"serve", "--dir", s.dir, "--json"}, args...), w, s.errs)
		_ = w.Close()
	}()
	if err := json.NewDecoder(r).Decode(&s.place); err != nil {
		cancel()
		t.Fatalf("serve said nothing: %v; exit %d, %s", err, <-s.exit, s.errs)
	}
	t.Cleanup(func() {
		cancel()
		if s.exit != nil {
			<-s.exit
		}
	})
	return s
}

// end stops the bench as SIGTERM does and gives its exit status.
func (s *served) end() int {
	s.stop()
	code := <-s.exit
	s.exit = nil
	return code
}

// bench runs a command against it.
func (s *served) bench(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	return command(s.t, append([]string{"--dir", s.dir}, args...)...)
}

func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestBench_says_where_everything_is_and_takes_it_away_at_the_end(t *testing.T) {
	t.Parallel()
	s := aServe(t)
	for _, d := range rig.Devices {
		if s.Links[d] != filepath.Join(s.dir, d) {
			t.Errorf("the %s is at %q", d, s.Links[d])
		}
		if to, err := os.Readlink(s.Links[d]); err != nil || !strings.HasPrefix(to, "/dev/pts/") {
			t.Errorf("the %s's link leads to %q, %v", d, to, err)
		}
	}
	a, err := http.Get(s.Web)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Body.Close(); err != nil || a.StatusCode != 200 {
		t.Errorf("the page: %s, %v", a.Status, err)
	}
	if code := s.end(); code != exitOK {
		t.Errorf("exit status %d: %s", code, s.errs)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		left, _ := os.ReadDir(s.dir)
		t.Errorf("left behind: %v", left)
	}
	if code, _, errs := s.bench("status"); code != exitFailed || !strings.Contains(errs, "no bench is running") {
		t.Errorf("status of nothing: %d %q", code, errs)
	}
}

func TestBench_commands_tell_what_they_did(t *testing.T) {
	t.Parallel()
	s := aServe(t, "--web", "none", "--printer-speed", "1000", "--printer-cut", "1ms")
	if s.Web != "" {
		t.Errorf("there is a page at %s", s.Web)
	}
	for _, c := range []struct {
		args string
		code int
		out  string // in what is printed, or in what is complained about
	}{
		{"card list", 0, "示例丁"},
		{"card list --json", 0, `"key":"DEMO6"`},
		{"card put DEMO1", 0, "DEMO1"},
		{"card put demo2 --added-address 示例路3号 --json", 0, `"key":"DEMO2"`},
		{"card put DEMO9", 2, "there is no card"},
		{"card put", 2, "expected"},
		{"card lift --after 40ms", 0, "40ms"},
		{"card lift --after 1us", 2, "milliseconds"},
		{"card lift", 0, "nothing"},
		{"card lift --after 40ms", 1, "no card"},
		{"scan hello", 1, "no terminal"},
		{"scan", 2, "expected"},
		{"scan hello --encoding latin1", 2, "encoding"},
		{"paper low", 0, "low"},
		{"paper out --after-bytes 300", 0, "300"},
		{"paper wet", 2, "wet"},
		{"paper low --after-bytes 300", 2, "end of the roll"},
		{"paper full", 0, "full"},
		{"cover open", 0, "open"},
		{"cover close", 0, "closed"},
		{"cover ajar", 2, "ajar"},
		{"unplug reader", 0, "out"},
		{"unplug toaster", 2, "toaster"},
		{"status", 0, "cable out"},
		{"plug reader", 0, "in"},
		{"nonsense reader on", 0, "on"},
		{"nonsense printer on", 2, "printer"},
		{"nonsense reader off --json", 0, `{"ok":true}`},
		{"slow printer on", 0, "slow on"},
		{"slow printer off", 0, "slow off"},
		{"jam printer on", 0, "jam on"},
		{"jam printer off", 0, "jam off"},
		{"stall scanner on", 0, "stall on"},
		{"stall scanner off", 0, "stall off"},
		{"power printer cycle", 0, "off and on"},
		{"slip last", 1, "no slip"},
		{"slip open", 1, "no slip"},
		{"slip show 3", 1, "no slip"},
		{"slip show 0", 2, "not"},
		{"slip list", 0, ""},
		{"slip wait --timeout 60ms", 1, "0 of 1"},
		{"status --json", 0, `"reader":{"link":`},
		{"nothing", 2, "nothing"},
		{"--help", 0, "Usage"},
	} {
		code, out, errs := s.bench(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.out) {
			t.Errorf("bench %s: %d %q %q, want %d and %q", c.args, code, out, errs, c.code, c.out)
		}
		if code == exitOK && errs != "" || code != exitOK && out != "" {
			t.Errorf("bench %s: %d, but said %q and complained %q", c.args, code, out, errs)
		}
	}
}

func TestBench_shows_the_slip_that_was_printed(t *testing.T) {
	t.Parallel()
	s := aServe(t, "--web", "none", "--printer-speed", "1000", "--printer-cut", "1ms")
	job := "\x1b@\xd7\xd4\xd6\xfa\xb0\xec\n\x1dVB\x00"
	f, err := os.OpenFile(s.Links["printer"], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(job); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := s.bench("slip", "wait"); code != 0 || out != "1 slips\n" {
		t.Fatalf("wait: %d %q %q", code, out, errs)
	}
	dir := t.TempDir()
	picture, raw := filepath.Join(dir, "s.png"), filepath.Join(dir, "s.bin")
	if code, out, errs := s.bench("slip", "last", "--out", picture, "--bytes", raw); code != 0 || out != "" {
		t.Errorf("last: %d %q %q", code, out, errs)
	}
	if got, err := os.ReadFile(raw); err != nil || string(got) != job {
		t.Errorf("bytes %q, %v", got, err)
	}
	p, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if _, err := png.Decode(p); err != nil {
		t.Error(err)
	}
	if code, out, _ := s.bench("slip", "last", "--text"); code != 0 || out != "自助办\n" {
		t.Errorf("text: %d %q", code, out)
	}
	if code, out, _ := s.bench("slip", "show", "1", "--json"); code != 0 || !strings.Contains(out, `"text":"自助办"`) {
		t.Errorf("json: %d %q", code, out)
	}
	if code, out, _ := s.bench("slip", "list"); code != 0 || !strings.Contains(out, "partial") {
		t.Errorf("list: %d %q", code, out)
	}
	if code, _, errs := s.bench("slip", "last", "--out", filepath.Join(dir, "missing", "s.png")); code != exitFailed || errs == "" {
		t.Errorf("into a directory that there is not: %d %q", code, errs)
	}
}

func TestServe_refuses_what_cannot_work(t *testing.T) {
	t.Parallel()
	running := aServe(t, "--web", "none")
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 110))
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a second bench in the same place", []string{"serve", "--dir", running.dir}, exitFailed, "running"},
		{"a page for the whole world", []string{"serve", "--dir", t.TempDir(), "--web", "0.0.0.0:0"}, exitUsage, "this machine"},
		{"a page at no address", []string{"serve", "--dir", t.TempDir(), "--web", "a:b:c"}, exitUsage, "not an address"},
		{"a speed that there is not", []string{"serve", "--dir", t.TempDir(), "--reader-baud", "0"}, exitUsage, "baud"},
		{"a printer without a buffer", []string{"serve", "--dir", t.TempDir(), "--printer-buffer", "1"}, exitUsage, "buffer"},
		{"a socket with too long a name", []string{"serve", "--dir", long}, exitUsage, "too long"},
		{"a flow that there is not", []string{"serve", "--printer-flow", "slow"}, exitUsage, "printer-flow"},
	} {
		code, _, errs := command(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%s: %d %q, want %d and %q", c.name, code, errs, c.code, c.says)
		}
	}
	// The one that runs was not disturbed.
	if code, _, errs := running.bench("status"); code != 0 {
		t.Errorf("status: %d %q", code, errs)
	}
}

func TestServe_takes_over_what_a_killed_bench_left(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink("/dev/pts/999999", filepath.Join(dir, "reader")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, socketName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	exit := make(chan int, 1)
	go func() { exit <- run(ctx, []string{"serve", "--dir", dir, "--json", "--web", "none"}, w, io.Discard) }()
	var p place
	if err := json.NewDecoder(r).Decode(&p); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, socketName))
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode()&fs.ModeSocket == 0 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	cancel()
	if code := <-exit; code != exitOK {
		t.Errorf("exit status %d", code)
	}
	// It was not this bench that made the directory.
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
