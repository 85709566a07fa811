//go:build e2e

package walkthrough_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"zizhuban/assets/catalogue"
	"zizhuban/devices/bench/paper"
	"zizhuban/kiosk/walkthrough"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

const top = "../.."

// aStage starts a hall, devices and a terminal on a display of its own.
func aStage(t *testing.T, width, height int, visit string) (context.Context, *walkthrough.Stage, *walkthrough.Display) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	d, err := walkthrough.StartDisplay(ctx, width, height)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	s, err := walkthrough.NewStage(walkthrough.Props{Bin: filepath.Join(top, "bin"), Dir: t.TempDir(), Display: d, Visit: visit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			_ = d.Save(filepath.Join(out(t), "at-failure.png"))
			keepLogs(t, s)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx, s, d
}

// out is where a test leaves its pictures.
func out(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(top, "out", "e2e", strings.TrimPrefix(t.Name(), "Test"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func keepLogs(t *testing.T, s *walkthrough.Stage) {
	t.Helper()
	logs, _ := filepath.Glob(filepath.Join(s.LogDir(), "*.log"))
	for _, l := range logs {
		data, err := os.ReadFile(l)
		if err == nil {
			_ = os.WriteFile(filepath.Join(out(t), filepath.Base(l)), data, 0o644)
		}
	}
}

// item finds an item of the demo catalogue by its reference.
func item(t *testing.T, ref string) *items.Item {
	t.Helper()
	c, err := items.Parse(catalogue.JSON())
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Items {
		if c.Items[i].Ref == ref {
			return &c.Items[i]
		}
	}
	t.Fatalf("the demo catalogue has no %s", ref)
	return nil
}

// What the plan of the visit answers.
const (
	phone   = "13900000000"
	account = "6222020000000000000"
)

// outpatient is 门诊费用报销, with a form of many kinds of field.
func outpatient(t *testing.T) walkthrough.Plan {
	t.Helper()
	p, err := walkthrough.DemoPlan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func wantOutpatient() map[string]any {
	return map[string]any{
		"treat_place": "浙江省/杭州市/西湖区", "hospital": "人民医院", "visit_date": time.Now().In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly), "invoice_kind": "电子票据",
		"invoice_no": "3300000001", "total_fee": "1234.50", "reason": "异地急诊", "bank_account": account, "agent": false,
	}
}

// aCase is a case as the hall's command line tells it.
type aCase struct {
	Submission  string            `json:"submission"`
	CaseNumber  string            `json:"case_number"`
	LocalNumber string            `json:"local_number"`
	ItemCode    string            `json:"item_code"`
	OpenedAt    *time.Time        `json:"opened_at"`
	OpenError   string            `json:"open_error"`
	Application *wire.Application `json:"application"`
}

func cases(ctx context.Context, t *testing.T, s *walkthrough.Stage) []aCase {
	t.Helper()
	data, err := s.Hall(ctx, "cases", "list")
	if err != nil {
		t.Fatal(err)
	}
	var list []aCase
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// awaitCases waits until the hall has n opened cases, and gives them with their contents.
func awaitCases(ctx context.Context, t *testing.T, s *walkthrough.Stage, n int) []aCase {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		list := cases(ctx, t, s)
		opened := 0
		for _, c := range list {
			if c.OpenedAt != nil {
				opened++
			}
		}
		if opened >= n {
			for i := range list {
				data, err := s.Hall(ctx, "cases", "show", list[i].Submission)
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(data, &list[i]); err != nil {
					t.Fatal(err)
				}
			}
			return list
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the hall has %d cases, %d are expected", len(list), n)
		}
	}
}

// slipsOf reads every slip that has come out, by the reader that was written apart from the driver.
func slipsOf(ctx context.Context, t *testing.T, s *walkthrough.Stage) []paper.Slip {
	t.Helper()
	data, err := s.Bench(ctx, "--json", "slip", "list")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Number int `json:"number"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	var all []paper.Slip
	for _, e := range list {
		file := filepath.Join(t.TempDir(), "slip.bin")
		if _, err := s.Bench(ctx, "slip", "show", fmt.Sprint(e.Number), "--bytes", file); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, slip := range paper.Parse(raw).Slips() {
			if strings.TrimSpace(slip.Text()) != "" {
				all = append(all, slip)
			}
		}
	}
	return all
}

// checkSlip reads a slip as a citizen and a telephone do.
func checkSlip(t *testing.T, slip paper.Slip, c aCase, it *items.Item, masked string) {
	t.Helper()
	text := slip.Text()
	for what, want := range map[string]string{"item": it.Name.ZH, "number": c.LocalNumber, "masked name": masked} {
		if !strings.Contains(text, want) {
			t.Errorf("the slip bears no %s (%s):\n%s", what, want, text)
		}
	}
	for what, never := range map[string]string{"name": c.Application.Applicant.Name, "identity number": c.Application.Applicant.IDNumber, "account": account} {
		if strings.Contains(text, never) {
			t.Errorf("the slip bears the %s", what)
		}
	}
	var picture bytes.Buffer
	if err := slip.PNG(&picture); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out(t), "slip.png"), picture.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&picture)
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("no telephone could read the QR code: %v", err)
	}
	if want := "/t/" + c.Submission; !strings.HasPrefix(read.GetText(), "https://") || !strings.HasSuffix(read.GetText(), want) {
		t.Errorf("the QR code leads to %s, not to …%s", read.GetText(), want)
	}
}

func checkAnswers(t *testing.T, got *wire.Application, want map[string]any) {
	t.Helper()
	if got == nil {
		t.Fatal("the hall has not opened the case")
	}
	if len(got.Answers) != len(want) {
		t.Errorf("the hall has %d answers, %d were given: %v", len(got.Answers), len(want), keys(got.Answers))
	}
	for key, w := range want {
		g, ok := got.Answers[key]
		if !ok || fmt.Sprint(g) != fmt.Sprint(w) {
			t.Errorf("%s: the hall has %v, the citizen gave %v", key, g, w)
		}
	}
}

func keys(m map[string]any) []string {
	var k []string
	for key := range m {
		k = append(k, key)
	}
	return k
}

func TestVisit_portrait_is_equal_at_the_hall_field_by_field(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, "")
	plan := outpatient(t)
	if _, err := s.Citizen(out(t)).Visit(ctx, s, plan); err != nil {
		t.Fatal(err)
	}
	c := awaitCases(ctx, t, s, 1)[0]
	checkAnswers(t, c.Application, wantOutpatient())
	a := c.Application.Applicant
	got := []string{a.Name, a.Sex, a.Nation, a.Birth, a.IDNumber, a.Phone, a.Identified, c.ItemCode}
	want := []string{"示例乙", "女", "汉", "1987-11-05", "330000198711050024", phone, "card", plan.Item}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("the hall has %q, %q was on the card or typed", got[i], want[i])
		}
	}
	if len(c.Application.Signature) != walkthrough.SignatureStrokes {
		t.Errorf("the signature has %d strokes", len(c.Application.Signature))
	}
	slips := slipsOf(ctx, t, s)
	if len(slips) != 1 {
		t.Fatalf("%d slips came out", len(slips))
	}
	checkSlip(t, slips[0], c, item(t, "D12"), "示**")
	nothingPersonal(t, s, c)
}

// says tells whether the screen bears one of some words.
func says(t *walkthrough.Tree, words ...string) bool {
	for _, text := range t.Texts {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
	}
	return false
}

func TestVisit_landscape_in_English(t *testing.T) {
	ctx, s, _ := aStage(t, 1920, 1080, "")
	plan := outpatient(t)
	plan.English = true
	if _, err := s.Citizen(out(t)).Visit(ctx, s, plan); err != nil {
		t.Fatal(err)
	}
	c := awaitCases(ctx, t, s, 1)[0]
	checkAnswers(t, c.Application, wantOutpatient())
	if n := len(slipsOf(ctx, t, s)); n != 1 {
		t.Errorf("%d slips came out", n)
	}
}

func TestVisit_in_elder_mode(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, "")
	plan := outpatient(t)
	plan.Elder = true
	if _, err := s.Citizen(out(t)).Visit(ctx, s, plan); err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, awaitCases(ctx, t, s, 1)[0].Application, wantOutpatient())
}

func TestVisit_with_the_hall_down_is_delivered_when_it_is_back(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, "")
	plan := outpatient(t)
	plan.Before = func(ctx context.Context, step string) error {
		if step == "guide" {
			return s.StopHall()
		}
		return nil
	}
	if _, err := s.Citizen("").Visit(ctx, s, plan); err != nil {
		t.Fatal(err)
	}
	if n := len(slipsOf(ctx, t, s)); n != 1 {
		t.Fatalf("%d slips came out while the hall was down", n)
	}
	if err := s.StartHall(ctx); err != nil {
		t.Fatal(err)
	}
	list := awaitCases(ctx, t, s, 1)
	if len(list) != 1 {
		t.Fatalf("%d cases", len(list))
	}
	checkAnswers(t, list[0].Application, wantOutpatient())
}

func TestVisit_goes_on_when_the_reader_is_unplugged_and_plugged_in_again(t *testing.T) {
	ctx, s, _ := aStage(t, 1080, 1920, "")
	plan := outpatient(t)
	citizen := s.Citizen(out(t))
	plan.Before = func(ctx context.Context, step string) error {
		if step != "card" {
			return nil
		}
		if _, err := s.Bench(ctx, "unplug", "reader"); err != nil {
			return err
		}
		if err := citizen.Look(ctx, "reader-unplugged"); err != nil {
			return err
		}
		// A cable lies on the floor until the screen has said so.
		if _, err := citizen.Await(ctx, "the screen to say that the reader is away", func(t *walkthrough.Tree) bool { return says(t, "阅读器", "读卡器") }); err != nil {
			return err
		}
		if err := citizen.Look(ctx, "reader-unplugged-later"); err != nil {
			return err
		}
		_, err := s.Bench(ctx, "plug", "reader")
		return err
	}
	if _, err := citizen.Visit(ctx, s, plan); err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, awaitCases(ctx, t, s, 1)[0].Application, wantOutpatient())
	if n := len(slipsOf(ctx, t, s)); n != 1 {
		t.Errorf("%d slips came out", n)
	}
}
