package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"zizhuban/kiosk/technician"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/queue"
)

func TestTerminal_takes_a_visit_from_the_card_to_the_case(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.start()
	if v := term.shelf.version(); v != 1 {
		t.Errorf("catalogue version %d is in use, the hall has published 1", v)
	}
	slip := tr.submit(term)
	if slip.Printed != visit.SlipPrinted {
		t.Errorf("the slip is %s", slip.Printed)
	}
	app := tr.opened(1)[0]
	if !reflect.DeepEqual(app.Answers, arrived) {
		t.Errorf("the hall has %v, the citizen gave %v", app.Answers, arrived)
	}
	a := app.Applicant
	got := []string{a.Name, a.Sex, a.Nation, a.Birth, a.Address, a.IDNumber, a.Authority, a.ValidFrom, a.ValidTo, a.Phone, a.Identified}
	want := []string{aName, "女", "汉", "1987-11-05", "浙江省示例市示范区文昌街道学院路88号3幢2单元601室", aNumber, "示例市公安局示范分局", "2019-06-20", "2039-06-20", "13900000000", "card"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the hall has %v of the applicant, want %v", got, want)
	}
	if len(app.Signature) != 1 || app.LocalNumber != slip.LocalNumber || app.ItemCode != item(t, term, "D17").Code {
		t.Errorf("the hall has %d strokes, number %s, item %s", len(app.Signature), app.LocalNumber, app.ItemCode)
	}
	until(t, "the queue to be empty", func() bool { return term.queue.Status().Depth == 0 })

	paper, err := tr.bench.Slip(0)
	if err != nil {
		t.Fatal(err)
	}
	text := paper.Text()
	for _, w := range []string{slip.LocalNumber, "示**", "示例镇便民服务中心"} {
		if !strings.Contains(text, w) {
			t.Errorf("the slip does not bear %s:\n%s", w, text)
		}
	}
	if len(paper.QRs) != 1 || paper.QRs[0].Text() != tr.hall.People+"/t/"+app.Submission {
		t.Errorf("the slip's codes: %+v", paper.QRs)
	}
	nothingPersonal(t, tr.cfg.Data)
}

// nothingPersonal reads every file below dir for what only the citizen and the hall may know.
func nothingPersonal(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, secret := range []string{aName, aNumber, anAccount, "13900000000", anInjury} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %s", path, secret)
			}
		}
		return nil
	})
	if err != nil || files < 5 {
		t.Fatalf("%d files were read: %v", files, err)
	}
}

func TestTerminal_takes_a_newer_catalogue_while_it_runs(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.start()
	until(t, "the line to the hall", func() bool { return term.uplink.Status().Online })
	c, err := tr.hall.Office.Updates.Catalogue()
	tr.hall.Must(err)
	c.Items[0].Name.ZH = "改过名的事项"
	c.Items[0].Version++
	code := c.Items[0].Code
	tr.hall.Must(tr.hall.Office.Updates.Publish(t.Context(), c))
	tr.hall.Office.Bell.Ring(tr.hall.Office.Updates.Version())
	until(t, "the new catalogue", func() bool {
		it, _, ok := term.shelf.Index().Item(code)
		return ok && it.Name.ZH == "改过名的事项"
	})
	if v := term.shelf.version(); v != 2 {
		t.Errorf("catalogue version %d", v)
	}
}

func TestHall_that_answers_otherwise_costs_neither_the_slip_nor_the_case(t *testing.T) {
	t.Parallel()
	page := "<!DOCTYPE html><html><body>请先登录 Wi-Fi</body></html>"
	for name, answer := range map[string]func(*gate) http.HandlerFunc{
		"a portal's page":  says(200, "text/html; charset=utf-8", page),
		"413 with a page":  says(413, "text/html", page),
		"500":              says(500, "application/problem+json", `{"type":"internal","title":"内部错误","status":500}`),
		"502 of a proxy":   says(502, "text/plain", "bad gateway"),
		"200 with nothing": says(200, "application/json", ""),
		"200 with a lie":   says(200, "application/json", `{"receipt":{"body":"e30=","signature":"AAAA"}}`),
		"no answer":        cuts,
		"silence":          silent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := aTrial(t, "")
			term := tr.start()
			until(t, "the line to the hall", func() bool { return term.uplink.Status().Online })
			tr.gate.set(answer(tr.gate))
			slip := tr.submit(term)
			if slip.Printed != visit.SlipPrinted || slip.LocalNumber == "" {
				t.Errorf("the slip is %+v", slip)
			}
			until(t, "the submission to meet that answer", func() bool { return tr.gate.count() > 0 })
			if st := term.queue.Status(); st.Depth != 1 || st.SetAside != 0 {
				t.Errorf("%d wait, %d are set aside; one must wait", st.Depth, st.SetAside)
			}
			tr.gate.set(nil)
			term.uplink.Kick()
			if app := tr.opened(1)[0]; app.LocalNumber != slip.LocalNumber || !reflect.DeepEqual(app.Answers, arrived) {
				t.Errorf("the hall has %s with %v", app.LocalNumber, app.Answers)
			}
			until(t, "the queue to be empty", func() bool { return term.queue.Status().Depth == 0 })
		})
	}
}

func TestHall_that_refuses_a_submission_has_it_set_aside_and_told(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.start()
	tr.gate.set(says(413, "application/problem+json", `{"type":"too-large","title":"太大","status":413}`)(tr.gate))
	slip := tr.submit(term)
	if slip.Printed != visit.SlipPrinted {
		t.Errorf("the slip is %s", slip.Printed)
	}
	until(t, "the submission to be set aside", func() bool { return term.queue.Status().SetAside == 1 })
	status := decode[queue.Status](t, kiosk(t, "--config", tr.file, "--json", "queue", "status").want(t, exitOK))
	if len(status.Aside) != 1 || status.Aside[0].LocalNumber != slip.LocalNumber || status.Aside[0].Reason == "" || status.Depth != 0 {
		t.Errorf("queue status tells %+v", status)
	}
	if s := kiosk(t, "--config", tr.file, "queue", "status").want(t, exitOK); !strings.Contains(s.out, "被退回 set aside: "+slip.LocalNumber) {
		t.Errorf("people read %s", s.out)
	}
	if f := finding(t, doctor(t, tr, exitOK), "queue"); f.State != technician.Warn || !strings.Contains(f.Do, "kiosk queue status") {
		t.Errorf("the doctor finds %+v", f)
	}
}

func TestFull_queue_refuses_a_visit_before_the_citizen_types(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "queue.max_entries = 1\n")
	term := tr.open() // nothing is sent: what is submitted waits
	tr.submit(term)
	m := term.visit
	m.Start()
	await(t, m, "home", on(visit.Home))
	m.Choose(item(t, term, "D17").Code)
	await(t, m, "the guide", on(visit.Guide))
	m.Begin()
	s := await(t, m, "the word that there is no room", trouble("no-room"))
	if s.Step != visit.Consent || s.FormView != nil || s.Problem.Title.Key != "visit.problem.no-room.title" || s.Problem.Body.Key != "visit.problem.no-room.body" {
		t.Errorf("on step %s the citizen is told %+v", s.Step, s.Problem)
	}
	m.Act(visit.ActEnd)
	await(t, m, "idle", on(visit.Idle))
	if n := term.queue.Status().Depth; n != 1 {
		t.Errorf("%d submissions wait", n)
	}
	tr.shut(term)
	if f := finding(t, doctor(t, tr, exitFailed), "queue"); f.State != technician.Fail || !strings.Contains(f.What, "at most 1 are kept") {
		t.Errorf("the doctor finds %+v", f)
	}
	// With the hall, the terminal empties and serves again.
	again := tr.start()
	tr.opened(1)
	until(t, "the queue to be empty", func() bool { return again.queue.Status().Depth == 0 })
	tr.submit(again)
	tr.opened(2)
}

func TestPaper_that_is_out_leaves_the_submission_safe_and_its_slip_for_later(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.open()
	if err := tr.bench.Paper("out", 0); err != nil {
		t.Fatal(err)
	}
	m := tr.toSign(term)
	m.Submit()
	s := await(t, m, "the word that there is no paper", trouble("printer-paper-out"))
	if s.SlipView == nil || s.SlipView.LocalNumber == "" || term.queue.Status().Depth != 1 {
		t.Fatalf("the citizen is told %+v, %d wait", s.SlipView, term.queue.Status().Depth)
	}
	number := s.SlipView.LocalNumber
	// The power goes: what is on the disk at this moment is all that is left, and nobody has seen a slip.
	disk := filepath.Join(shortDir(t), "data")
	if err := os.CopyFS(disk, os.DirFS(tr.cfg.Data)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(disk, "identity", "terminal.key"), 0o600); err != nil { // CopyFS gives what the umask leaves
		t.Fatal(err)
	}
	tr.shut(term)
	tr.cfg.Data = disk

	again := tr.start()
	s = await(t, again.visit, "the slip that was lost", func(s visit.State) bool { return s.HomeView != nil && s.HomeView.Unfinished != nil })
	if u := s.HomeView.Unfinished; u.LocalNumber != number || u.Doubt || u.ItemName != item(t, again, "D17").Name.ZH {
		t.Errorf("the screen shows %+v, of %s nothing has gone to the printer", u, number)
	}
	if err := tr.bench.Paper("full", 0); err != nil {
		t.Fatal(err)
	}
	until(t, "the printer to be well", func() bool { return well(again)["slip"] })
	again.visit.PrintUnfinished()
	until(t, "the slip", func() bool { return len(tr.bench.Slips()) > 0 })
	if slip, err := tr.bench.Slip(0); err != nil || !strings.Contains(slip.Text(), number) {
		t.Errorf("the slip says %q, %v", slip.Text(), err)
	}
	if app := tr.opened(1)[0]; app.LocalNumber != number {
		t.Errorf("the hall has %s", app.LocalNumber)
	}
}

func well(term *terminal) map[string]bool { return modules(term.cfg, term.station)() }
