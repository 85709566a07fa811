package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"

	"zizhuban/assets/catalogue"
	"zizhuban/sync/hall/halltest"
	"zizhuban/sync/hall/office"
	"zizhuban/sync/wire"
)

// TestMain lets the test's own binary stand in for the program: a child process with this variable is hall itself.
func TestMain(m *testing.M) {
	if os.Getenv("HALL_AS_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "HALL_AS_PROGRAM=1")
	return c
}

// hall runs a command to its end and gives its exit status and what it said.
func hall(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	c := program(args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// must runs a command that succeeds, with --json, and reads its answer.
func must(t *testing.T, out any, args ...string) {
	t.Helper()
	status, stdout, stderr := hall(t, append(args, "--json")...)
	if status != 0 {
		t.Fatalf("hall %s: %d\n%s", strings.Join(args, " "), status, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), out); err != nil {
		t.Fatalf("hall %s: %v\n%s", strings.Join(args, " "), err, stdout)
	}
}

// running is a serving hall in a process of its own.
type running struct {
	ready
	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan error
}

func serve(t *testing.T, dir string, more ...string) *running {
	t.Helper()
	r := &running{cmd: program(append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--demo", "--json"}, more...)...), log: new(bytes.Buffer), done: make(chan error, 1)}
	r.cmd.Stderr = r.log
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r.ready)
	}
	go func() { r.done <- r.cmd.Wait() }()
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			r.stop(t, os.Kill)
		}
	})
	if err != nil {
		<-r.done
		t.Fatalf("serve: %v\n%s", err, r.log)
	}
	return r
}

func (r *running) stop(t *testing.T, how os.Signal) error {
	t.Helper()
	if err := r.cmd.Process.Signal(how); err != nil {
		t.Fatal(err)
	}
	return <-r.done
}

// remote gives the network's view of a serving hall.
func remote(t *testing.T, dir string, r *running) *halltest.Hall {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "keys", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	return halltest.Remote(t, r.Terminals, block.Bytes)
}

func TestHall_serves_takes_commands_meanwhile_and_stops_when_told(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hall")
	r := serve(t, dir)
	if r.Account != "admin" || len(r.Password) < 20 || r.Catalogue != 1 || r.Event != "ready" {
		t.Fatalf("%+v", r.ready)
	}
	h := remote(t, dir, r)

	var code office.Code
	must(t, &code, "enrol-code", "--data", dir, "--place", "示例村", "--site", "V")
	if code.CASHA256 != r.CASHA256 || code.URL != r.Terminals || code.Ticket != code.URL+"#"+code.Code+"#"+code.CASHA256 {
		t.Errorf("%+v", code)
	}
	term := h.EnrolWith(code.Code)
	app := h.Application("D45")
	if a, res := term.Put(term.Seal(app)); a.Receipt == nil {
		t.Fatalf("%d %s", res.Status, res.Body)
	}

	// The hall opens it in the background; the command waits for no one, so look until it is there.
	var shown shownCase
	for {
		must(t, &shown, "cases", "show", app.Submission, "--data", dir)
		if shown.Application != nil {
			break
		}
	}
	app.LocalNumber = shown.LocalNumber
	if got, want := asAny(t, shown.Application), asAny(t, app); !reflect.DeepEqual(got, want) {
		t.Errorf("the hall opened\n%v\nsent was\n%v", got, want)
	}
	var list []listedCase
	must(t, &list, "cases", "--data", dir)
	if len(list) != 1 || list[0].CaseNumber != shown.CaseNumber || shown.Header.Sequence != 1 {
		t.Errorf("%+v", list)
	}
	must(t, &shown, "cases", "show", shown.CaseNumber, "--data", dir)
	must(t, &shown, "cases", "show", shown.LocalNumber, "--data", dir)

	// A publication by another process reaches terminals that wait at this one.
	var a wire.UpdatesAnswer
	heard := make(chan error, 1)
	go func() {
		_, err := halltest.TrySend(term.HTTP, http.MethodGet, h.URL+wire.PathUpdatesWait+"?have=1", nil, &a)
		heard <- err
	}()
	changed := filepath.Join(t.TempDir(), "changed.json")
	if err := os.WriteFile(changed, bytes.Replace(catalogue.JSON(), []byte("社会保险参保证明打印"), []byte("社会保险参保证明打印二"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	var n map[string]int
	must(t, &n, "items", "import", changed, "--data", dir)
	if n["changed"] != 1 {
		t.Errorf("%d items changed", n["changed"])
	}
	must(t, &n, "items", "publish", "--data", dir)
	if n["catalogue"] != 2 {
		t.Errorf("published as %d", n["catalogue"])
	}
	if err := <-heard; err != nil || a.Catalogue != 2 {
		t.Errorf("heard of %d, %v", a.Catalogue, err)
	}
	if status, _, stderr := hall(t, "items", "publish", "--data", dir); status != exitFailed || !strings.Contains(stderr, "nothing has changed") {
		t.Errorf("publishing nothing: %d %s", status, stderr)
	}
	var all []listedItem
	must(t, &all, "items", "list", "--data", dir)
	if len(all) != 61 || all[0].Published != 2 || all[1].Published != 1 {
		t.Errorf("%d items, the first two are %+v", len(all), all[:2])
	}

	var terms []terminal
	must(t, &terms, "terminals", "--data", dir)
	if len(terms) != 1 || terms[0].ID != term.Terminal || terms[0].Received != 1 || terms[0].LastContact == nil {
		t.Errorf("%+v", terms)
	}
	var blocked map[string]string
	must(t, &blocked, "terminals", "block", term.Terminal, "--data", dir)
	if _, res := term.Put(term.Seal(h.Application("D01"))); res.Status != http.StatusForbidden {
		t.Errorf("blocked by a command: %d", res.Status)
	}
	must(t, &blocked, "terminals", "unblock", term.Terminal, "--data", dir)

	var pw map[string]string
	must(t, &pw, "admin", "password", "--data", dir)
	if pw["password"] == "" || pw["password"] == r.Password {
		t.Errorf("%v", pw)
	}
	if err := r.stop(t, syscall.SIGTERM); err != nil {
		t.Errorf("stopped with %v\n%s", err, r.log)
	}
	for _, secret := range []string{app.Applicant.Name, app.Applicant.IDNumber, app.Applicant.Phone, r.Password} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

func asAny(t *testing.T, v any) (out any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHall_that_is_killed_while_it_receives_loses_nothing_that_it_has_acknowledged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hall")
	r := serve(t, dir)
	h := remote(t, dir, r)
	var code office.Code
	must(t, &code, "enrol-code", "--data", dir, "--place", "示例村", "--site", "V")
	term := h.EnrolWith(code.Code)
	const n = 60
	subs, ids, receipts := make([]wire.Submission, n), make([]string, n), make([]*wire.Receipt, n)
	for i := range subs {
		app := h.Application("D01")
		ids[i], subs[i] = app.Submission, term.Seal(app)
	}
	var wg sync.WaitGroup
	some := make(chan struct{}, n)
	for i := range subs {
		wg.Go(func() {
			var a wire.Answer
			if _, err := halltest.TrySend(term.HTTP, http.MethodPut, term.Path(ids[i]), subs[i], &a); err == nil {
				receipts[i] = a.Receipt
				some <- struct{}{}
			}
		})
	}
	for range 5 { // in the middle of it
		<-some
	}
	if err := r.stop(t, os.Kill); err == nil {
		t.Fatal("it was not killed")
	}
	wg.Wait()

	r = serve(t, dir)
	if r.Password != "" {
		t.Error("a second start made a new password")
	}
	h = remote(t, dir, r)
	term.Hall, term.HTTP = h, h.Client(&tls.Certificate{Certificate: [][]byte{term.Certificate}, PrivateKey: term.Key})
	acknowledged := 0
	for i := range subs {
		a, res := term.Put(subs[i])
		if a.Receipt == nil {
			t.Fatalf("submission %d sent again: %d %s", i, res.Status, res.Body)
		}
		if receipts[i] == nil {
			continue
		}
		acknowledged++
		if !reflect.DeepEqual(receipts[i], a.Receipt) {
			t.Errorf("submission %d has another receipt after the restart:\n%s\n%s", i, receipts[i].Body, a.Receipt.Body)
		}
	}
	var list []listedCase
	must(t, &list, "cases", "--limit", "1000", "--data", dir)
	numbers := map[string]bool{}
	for _, c := range list {
		numbers[c.CaseNumber] = true
	}
	if len(list) != n || len(numbers) != n {
		t.Errorf("%d cases with %d numbers of %d submissions, %d of them acknowledged before the kill", len(list), len(numbers), n, acknowledged)
	}
}

func TestCommands_tell_wrong_usage_from_failure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.json")
	if err := os.WriteFile(empty, []byte("{\n  \"version\": 1,\n  \"itmes\": []\n}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"", exitUsage, ""},
		{"fly", exitUsage, "fly"},
		{"enrol-code --place x", exitUsage, "--site"},
		{"enrol-code --place x --site Q", exitUsage, "Q"},
		{"items import", exitUsage, "FILE or --demo"},
		{"cases list --limit 0", exitUsage, "--limit"},
		{"cases list --state lost", exitUsage, "declined"},
		{"serve --public-url http://x --listen 127.0.0.1:0 --admin 127.0.0.1:0", exitUsage, "--public-url"},
		{"items import " + empty, exitFailed, "itmes"},
		{"items import " + filepath.Join(dir, "absent.json"), exitFailed, "absent.json"},
		{"terminals block T-0000", exitFailed, "not found"},
		{"cases show 1", exitFailed, "not found"},
		{"--help", exitOK, ""},
	} {
		status, _, stderr := hall(t, append(strings.Fields(c.args), "--data", dir)...)
		if status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("hall %s: %d, %s", c.args, status, stderr)
		}
	}
	status, _, stderr := hall(t, "terminals", "--data", filepath.Join(dir, "absent"))
	if status != exitFailed || !strings.Contains(stderr, "hall serve --data") {
		t.Errorf("a directory that is not there: %d %s", status, stderr)
	}
}

func TestServe_says_what_is_wrong_with_its_files(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hall")
	if err := serve(t, dir).stop(t, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string]string{"keys/ca.crt": "certificate authority", "keys/receipt.key": "receipt", "keys/online.pem": "online.pem is damaged", "keys/recovery.json": "recovery.json", "hall.db": "hall.db"} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		status, _, stderr := hall(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
		if status != exitFailed || !strings.Contains(stderr, says) {
			t.Errorf("%s: %d %s", file, status, stderr)
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRun_help_names_every_command(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if status := run(context.Background(), []string{"--help"}, &out, io.Discard); status != exitOK {
		t.Errorf("exit status %d", status)
	}
	for _, c := range []string{"serve", "enrol-code", "terminals block", "cases show", "items import", "items publish", "admin password"} {
		if !strings.Contains(out.String(), c) {
			t.Errorf("the help does not name %s: %s", c, fmt.Sprint(out.String()))
		}
	}
}
