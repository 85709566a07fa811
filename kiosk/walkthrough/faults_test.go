//go:build e2e

package walkthrough_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zizhuban/assets/catalogue"
	"zizhuban/kiosk/walkthrough"
	"zizhuban/sync/items"
)

// nothingPersonal searches every file that the terminal wrote for what the visit was about.
func nothingPersonal(t *testing.T, s *walkthrough.Stage, c aCase) {
	t.Helper()
	a := c.Application
	markers := map[string]string{
		"name": a.Applicant.Name, "identity number": a.Applicant.IDNumber, "address": a.Applicant.Address, "phone": a.Applicant.Phone,
		"account": account, "hospital": "人民医院", "invoice": "3300000001", "authority": a.Applicant.Authority,
	}
	forms := map[string][]byte{}
	for what, m := range markers {
		if m == "" {
			t.Fatalf("the visit has no %s to search for", what)
		}
		gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(m))
		if err != nil {
			t.Fatal(err)
		}
		var le, be []byte
		for _, u := range utf16.Encode([]rune(m)) {
			le = append(le, byte(u), byte(u>>8))
			be = append(be, byte(u>>8), byte(u))
		}
		forms[what+" in UTF-8"], forms[what+" in GB18030"], forms[what+" in UTF-16LE"], forms[what+" in UTF-16BE"] = []byte(m), gb, le, be
	}
	files := 0
	err := filepath.WalkDir(s.KioskDir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for what, form := range forms {
			if strings.Contains(string(data), string(form)) {
				// The catalogue is the hall's: a word that it holds itself is not the visit's.
				if strings.Contains(path, "/catalogue/") && strings.Contains(string(catalogue.JSON()), string(form)) {
					continue
				}
				t.Errorf("%s holds the %s", path, what)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 5 {
		t.Errorf("only %d files were searched in %s", files, s.KioskDir())
	}
	for _, log := range []string{"kiosk.log"} {
		data, err := os.ReadFile(filepath.Join(s.LogDir(), log))
		if err != nil {
			t.Fatal(err)
		}
		for what, form := range forms {
			if strings.Contains(string(data), string(form)) {
				t.Errorf("what the terminal said on its standard output and error holds the %s", what)
			}
		}
	}
}

// The terminal is killed at several moments around the submission. Whenever it happens: one slip and one case, or neither.
func TestVisit_killed_at_submit_leaves_one_slip_and_one_case_or_neither(t *testing.T) {
	for _, delay := range []time.Duration{0, 15 * time.Millisecond, 60 * time.Millisecond, 150 * time.Millisecond, 400 * time.Millisecond, 1500 * time.Millisecond} {
		t.Run(delay.String(), func(t *testing.T) {
			ctx, s, _ := aStage(t, 1080, 1920, "")
			plan := outpatient(t)
			citizen := s.Citizen("")
			citizen.Patience = 20 * time.Second
			plan.Before = func(ctx context.Context, step string) error {
				if step != "sign" {
					return nil
				}
				return errHere
			}
			if _, err := citizen.Visit(ctx, s, plan); err == nil || !strings.Contains(err.Error(), errHere.Error()) {
				t.Fatalf("the visit did not come to the signature: %v", err)
			}
			if err := citizen.SignAnd(ctx, delay, s.KillKiosk); err != nil {
				t.Fatal(err)
			}
			if err := s.StartKiosk(ctx); err != nil {
				t.Fatal(err)
			}
			again := s.Citizen(out(t))
			if _, err := again.AwaitStep(ctx, "idle"); err != nil {
				t.Fatal(err)
			}
			// The citizen still stands there, touches the screen, and is offered the slip that did not come out.
			if _, err := again.TapUntil(ctx, "idle.start", "home", func(t *walkthrough.Tree) bool { return t.Step == "home" }); err != nil {
				t.Fatal(err)
			}
			if err := again.Look(ctx, "after-the-restart"); err != nil {
				t.Fatal(err)
			}
			tree, err := again.See(ctx)
			if err != nil {
				t.Fatal(err)
			}
			before := len(slipsOf(ctx, t, s))
			if n, ok := tree.Node("home.reprint"); ok && n.Enabled && before == 0 {
				if err := again.Tap(ctx, "home.reprint"); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Bench(ctx, "slip", "wait", "--count", "1"); err != nil {
					t.Fatal(err)
				}
			}
			awaitEmptyQueue(ctx, t, s)
			list, slips := cases(ctx, t, s), slipsOf(ctx, t, s)
			t.Logf("killed %s after 提交: %d cases, %d slips before the restart, %d after", delay, len(list), before, len(slips))
			if len(list) > 1 || len(slips) > 1 || len(list) != len(slips) {
				t.Errorf("%d cases and %d slips", len(list), len(slips))
			}
			if len(list) == 1 && len(slips) == 1 && !strings.Contains(slips[0].Text(), list[0].LocalNumber) {
				t.Errorf("the slip bears another number than the case:\n%s", slips[0].Text())
			}
		})
	}
}

type hereError struct{}

func (hereError) Error() string { return "here the test takes over" }

var errHere = hereError{}

// awaitEmptyQueue waits until the terminal has delivered everything.
func awaitEmptyQueue(ctx context.Context, t *testing.T, s *walkthrough.Stage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := s.Kiosk(ctx, "queue", "status")
		if err != nil {
			t.Fatal(err)
		}
		var status struct {
			Depth int `json:"depth"`
		}
		if err := json.Unmarshal(data, &status); err != nil {
			t.Fatal(err)
		}
		if status.Depth == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d submissions still wait", status.Depth)
		}
	}
}

func TestPaper_that_runs_out_in_the_middle_costs_nobody_a_slip_and_shows_nobody_elses(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, "")
	plan := outpatient(t)
	plan.Before = func(ctx context.Context, step string) error {
		if step != "sign" {
			return nil
		}
		_, err := s.Bench(ctx, "paper", "out", "--after-bytes", "300")
		return err
	}
	citizen := s.Citizen(out(t))
	if _, err := citizen.Visit(ctx, s, plan); err != nil {
		t.Fatal(err)
	}
	if _, err := citizen.Await(ctx, "the problem", func(t *walkthrough.Tree) bool { _, ok := t.Node("problem.retry"); return ok }); err != nil {
		t.Fatal(err)
	}
	if err := citizen.Look(ctx, "paper-out"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bench(ctx, "paper", "full"); err != nil {
		t.Fatal(err)
	}
	if _, err := citizen.TapUntil(ctx, "problem.retry", "the slip", func(t *walkthrough.Tree) bool { return t.Step == "done" }); err != nil {
		t.Fatal(err)
	}
	c := awaitCases(ctx, t, s, 1)
	if len(c) != 1 {
		t.Fatalf("%d cases", len(c))
	}
	whole := 0
	for _, slip := range slipsOf(ctx, t, s) {
		if len(slip.QRs) > 0 {
			whole++
			checkSlip(t, slip, c[0], item(t, "D12"), "示**")
		}
	}
	if whole != 1 {
		t.Errorf("%d whole slips came out", whole)
	}
}

func TestPaper_that_is_out_before_the_slip_leaves_the_number_on_the_screen(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, "")
	plan := outpatient(t)
	plan.Before = func(ctx context.Context, step string) error {
		if step != "sign" {
			return nil
		}
		_, err := s.Bench(ctx, "paper", "out")
		return err
	}
	citizen := s.Citizen(out(t))
	if _, err := citizen.Visit(ctx, s, plan); err != nil {
		t.Fatal(err)
	}
	if err := citizen.Look(ctx, "paper-out"); err != nil {
		t.Fatal(err)
	}
	if _, err := citizen.TapUntil(ctx, "problem.without_slip", "the number", func(t *walkthrough.Tree) bool { return t.Step == "done" }); err != nil {
		t.Fatal(err)
	}
	c := awaitCases(ctx, t, s, 1)[0]
	tree, err := citizen.See(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !says(tree, c.LocalNumber) {
		t.Errorf("the screen does not bear the number %s", c.LocalNumber)
	}
	if err := citizen.Look(ctx, "number"); err != nil {
		t.Fatal(err)
	}
}

// A change that the hall publishes stands on the terminal's screen within ten seconds, without a restart.
func TestHall_publishes_a_change_that_the_terminal_shows_within_ten_seconds(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, "")
	citizen := s.Citizen(out(t))
	if _, err := citizen.AwaitStep(ctx, "idle"); err != nil {
		t.Fatal(err)
	}
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		t.Fatal(err)
	}
	const name = "社保证明打印（新名称）"
	for i := range c.Items {
		if c.Items[i].Hot == 1 {
			c.Items[i].Name.ZH, c.Items[i].Version = name, c.Items[i].Version+1
		}
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "catalogue.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Hall(ctx, "items", "import", file); err != nil {
		t.Fatal(err)
	}
	published := time.Now()
	if _, err := s.Hall(ctx, "items", "publish"); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := citizen.TapUntil(ctx, "idle.start", "home", func(t *walkthrough.Tree) bool { return t.Step == "home" }); err != nil {
			t.Fatal(err)
		}
		tree, err := citizen.Await(ctx, "the home page", func(t *walkthrough.Tree) bool { _, ok := t.Node("home.hot.0"); return ok })
		if err != nil {
			t.Fatal(err)
		}
		if says(tree, name) || strings.Contains(fmt.Sprint(tree.Nodes), name) {
			break
		}
		if time.Since(published) > 10*time.Second {
			t.Fatalf("%s is not on the screen ten seconds after its publication", name)
		}
		if _, err := citizen.TapUntil(ctx, "bar.end", "idle", func(t *walkthrough.Tree) bool { return t.Step == "idle" }); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("on the screen %.1f s after its publication", time.Since(published).Seconds())
	if err := citizen.Look(ctx, "the-change"); err != nil {
		t.Fatal(err)
	}
}

// A citizen who walks away is asked, and then forgotten.
func TestVisit_that_is_left_alone_is_wiped(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, `idle = "4s"`+"\n"+`warn = "3s"`)
	citizen := s.Citizen(out(t))
	if _, err := citizen.AwaitStep(ctx, "idle"); err != nil {
		t.Fatal(err)
	}
	if _, err := citizen.TapUntil(ctx, "idle.start", "home", func(t *walkthrough.Tree) bool { return t.Step == "home" }); err != nil {
		t.Fatal(err)
	}
	if _, err := citizen.Await(ctx, "the question", func(t *walkthrough.Tree) bool { _, ok := t.Node("warning.stay"); return ok }); err != nil {
		t.Fatal(err)
	}
	if err := citizen.Look(ctx, "are-you-there"); err != nil {
		t.Fatal(err)
	}
	if _, err := citizen.AwaitStep(ctx, "idle"); err != nil {
		t.Fatal(err)
	}
}

func TestDoctor_says_what_is_wrong_in_plain_words(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, "")
	if data, err := s.Kiosk(ctx, "doctor"); err != nil {
		t.Fatalf("a terminal that is well: %v\n%s", err, data)
	}
	if _, err := s.Bench(ctx, "unplug", "printer"); err != nil {
		t.Fatal(err)
	}
	deadline, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := s.Kiosk(deadline, "doctor")
		if err != nil && strings.Contains(string(data), "SER-0") && strings.Contains(string(data), "打印机") {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.Done():
			t.Fatalf("the doctor does not see the missing printer: %s", data)
		}
	}
}
