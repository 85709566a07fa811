package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/kiosk/technician"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/queue"
	"zizhuban/sync/wire"
)

// offClock runs at the right speed and tells the wrong time.
type offClock struct {
	clockwork.Clock
	by time.Duration
}

func (c offClock) Now() time.Time                  { return c.Clock.Now().Add(c.by) }
func (c offClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }
func (c offClock) Until(t time.Time) time.Duration { return t.Sub(c.Now()) }

func TestClock_that_is_decades_off_keeps_neither_catalogue_nor_case_away(t *testing.T) {
	t.Parallel()
	const years = 365 * 24 * time.Hour
	for name, by := range map[string]time.Duration{"past": -25 * years, "future": 25 * years} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := aTrial(t, "")
			tr.clock = offClock{clockwork.NewRealClock(), by}
			term := tr.start()
			until(t, "the difference to be known", func() bool {
				off := term.uplink.Status().ClockOff
				return off < -by+time.Hour && off > -by-time.Hour
			})
			// A first catalogue that seemed too old or too new is asked for again when the hall has held the question for half a
			// minute of its own time.
			until(t, "the catalogue", func() bool {
				tr.hall.Clock.Advance(time.Second)
				return term.shelf.version() == 1
			})
			// Not by the card reader: its deadlines are moments of the system's clock, which is right here.
			way := &submissions{identity: term.identity, queue: term.queue, sent: term.uplink.Kick}
			ticket, err := way.Submit(t.Context(), func(ticket visit.Ticket) wire.Application {
				app := tr.hall.Application("D17")
				app.Submission, app.LocalNumber, app.SubmittedAt = ticket.Submission, ticket.LocalNumber, tr.clock.Now()
				return app
			})
			if err != nil {
				t.Fatal(err)
			}
			if app := tr.opened(1)[0]; app.LocalNumber != ticket.LocalNumber {
				t.Errorf("the hall has %s, the ticket says %s", app.LocalNumber, ticket.LocalNumber)
			}
			if d := time.Since(term.bestTime()).Abs(); d > time.Hour {
				t.Errorf("the best known time is off by %s", d)
			}
			s := aSetting(t, tr)
			s.clock = tr.clock
			if f := finding(t, technician.Examine(t.Context(), technician.NewWords("zh"), s.checks()), "clock"); f.State != technician.Warn || !strings.Contains(f.Do, "date") {
				t.Errorf("the doctor finds %+v", f)
			}
		})
	}
}

func TestTerminal_that_was_enrolled_starts_without_the_hall(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	tr.shut(tr.start())
	tr.gate.set(cuts(tr.gate))
	term := tr.start()
	slip := tr.submit(term)
	if n := term.queue.Status().Depth; n != 1 || slip.Printed != visit.SlipPrinted {
		t.Errorf("%d wait, the slip is %s", n, slip.Printed)
	}
	tr.gate.set(nil)
	term.uplink.Kick()
	if app := tr.opened(1)[0]; app.LocalNumber != slip.LocalNumber {
		t.Errorf("the hall has %s", app.LocalNumber)
	}
}

func TestItem_whose_rule_does_not_compile_is_left_out_and_told(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.open()
	broken := item(t, term, "D45").Code
	tr.shut(term)
	// A rule that an older program had understood, in the catalogue that lies on the disk.
	spoilItem(t, tr.cfg.catalogueDir(), broken)

	term = tr.start()
	if _, _, ok := term.shelf.Index().Item(broken); ok {
		t.Error("the item is offered")
	}
	if _, _, ok := term.shelf.Index().Item(item(t, term, "D17").Code); !ok {
		t.Error("the others are gone")
	}
	tr.submit(term)
	tr.opened(1)
	running, err := askRunning(t.Context(), tr.cfg.socket())
	if err != nil || !reflect.DeepEqual(running.Rejected, []string{broken}) {
		t.Errorf("the running terminal tells that %v is left out, %v", running.Rejected, err)
	}
	f := finding(t, doctor(t, tr, exitFailed), "catalogue")
	if f.State != technician.Fail || !strings.Contains(f.What, broken) || !strings.Contains(f.What, "1 个事项") || !strings.Contains(f.Do, "重新发布") {
		t.Errorf("the doctor finds %+v", f)
	}
}

// spoilItem gives an item of the stored catalogue a rule that does not compile, and signs for it as the disk does.
func spoilItem(t *testing.T, dir, code string) {
	t.Helper()
	file := filepath.Join(dir, "versions", "1.json")
	var catalogue map[string]any
	readJSON(t, file, &catalogue)
	spoilt := 0
	for _, it := range catalogue["items"].([]any) {
		if it := it.(map[string]any); it["code"] == code {
			it["rules"].([]any)[0].(map[string]any)["when"] = "later_function(income) > 1"
			spoilt++
		}
	}
	if spoilt != 1 {
		t.Fatalf("%d items were spoilt", spoilt)
	}
	data := writeJSON(t, file, catalogue)
	pointer := map[string]any{}
	readJSON(t, filepath.Join(dir, "current.json"), &pointer)
	sum := sha256.Sum256(data)
	pointer["sha256"] = hex.EncodeToString(sum[:])
	writeJSON(t, filepath.Join(dir, "current.json"), pointer)
}

func readJSON(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t *testing.T, file string, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSecond_kiosk_on_a_queue_ends_with_plain_words_and_the_first_goes_on(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.start()
	s := kioskProcess(t, "--config", tr.file, "run", "--windowed").want(t, exitFailed, "another kiosk is running on this queue", "stop it first")
	if strings.Contains(s.err, "goroutine") {
		t.Errorf("the second one fell over: %s", s.err)
	}
	if _, err := askRunning(t.Context(), tr.cfg.socket()); err != nil {
		t.Errorf("the first one answers no longer: %v", err)
	}
	kiosk(t, "--config", tr.file, "queue", "status").want(t, exitOK)
	tr.submit(term)
	tr.opened(1)
}

func TestQueue_commands_tell_an_empty_and_a_filled_queue(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	kiosk(t, "--config", tr.file, "queue", "status").want(t, exitFailed, "there is no queue yet", "first start")
	kiosk(t, "--config", tr.file, "queue", "verify").want(t, exitFailed, "there is no queue yet")
	if _, err := os.Stat(tr.cfg.queueDir()); err == nil {
		t.Error("looking at the queue made one")
	}
	term := tr.open()
	tr.shut(term)
	look := func(depth int) {
		t.Helper()
		status := decode[queue.Status](t, kiosk(t, "--config", tr.file, "--json", "queue", "status").want(t, exitOK))
		if status.Depth != depth || status.SetAside != 0 || status.Broken != "" || status.MaxEntries == 0 || (status.Oldest.IsZero() != (depth == 0)) {
			t.Errorf("status of a queue of %d: %+v", depth, status)
		}
		report := decode[queue.Report](t, kiosk(t, "--config", tr.file, "--json", "queue", "verify").want(t, exitOK))
		if !report.OK || report.Waiting != depth || len(report.Problems) != 0 {
			t.Errorf("report of a queue of %d: %+v", depth, report)
		}
	}
	look(0)
	term = tr.open()
	tr.submit(term)
	tr.submit(term)
	// While a kiosk has the queue and does not answer yet, nobody else looks into it.
	kiosk(t, "--config", tr.file, "queue", "verify").want(t, exitFailed, "another kiosk is running on this queue")
	tr.shut(term)
	look(2)
	if s := kiosk(t, "--config", tr.file, "queue", "status").want(t, exitOK); !strings.Contains(s.out, "等待发送 waiting: 2 (") || !strings.Contains(s.out, "最早一份 oldest: ") {
		t.Errorf("people read %s", s.out)
	}
	if s := kiosk(t, "--config", tr.file, "queue", "verify").want(t, exitOK); !strings.Contains(s.out, "没有问题") {
		t.Errorf("people read %s", s.out)
	}
	// While it runs, the running one answers; the hall is away, so that both still wait.
	tr.gate.set(cuts(tr.gate))
	term = tr.start()
	look(2)
	tr.gate.set(nil)
	term.uplink.Kick()
	tr.opened(2)
}

func TestQueue_file_that_is_damaged_is_told_kept_and_survived(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(*testing.T, []byte) []byte{
		"overwritten": func(_ *testing.T, b []byte) []byte {
			for i := range b {
				b[i] = byte(i * 7)
			}
			return b
		},
		"cut short": func(_ *testing.T, b []byte) []byte { return b[:10_000] },
		"emptied":   func(*testing.T, []byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := aTrial(t, "")
			term := tr.open()
			tr.submit(term)
			tr.shut(term)
			file := filepath.Join(tr.cfg.queueDir(), "queue.db")
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, damage(t, whole), 0o600); err != nil {
				t.Fatal(err)
			}
			before := sums(t, tr.cfg.queueDir())
			status := decode[queue.Status](t, kiosk(t, "--config", tr.file, "--json", "queue", "status").want(t, exitFailed))
			if !strings.Contains(status.Broken, "damaged") {
				t.Errorf("status tells %q", status.Broken)
			}
			if report := decode[queue.Report](t, kiosk(t, "--config", tr.file, "--json", "queue", "verify").want(t, exitFailed)); report.OK || len(report.Problems) == 0 {
				t.Errorf("verify reports %+v", report)
			}
			if s := kiosk(t, "--config", tr.file, "queue", "verify").want(t, exitFailed); !strings.Contains(s.out, "问题 problem: ") {
				t.Errorf("people read %s", s.out)
			}
			if f := finding(t, doctor(t, tr, exitFailed), "queue"); f.State != technician.Fail || !strings.Contains(f.Do, "不要删除任何文件") {
				t.Errorf("the doctor finds %+v", f)
			}
			if after := sums(t, tr.cfg.queueDir()); !reflect.DeepEqual(before, after) {
				t.Errorf("looking changed the directory from %v to %v", before, after)
			}
			// The terminal starts, keeps the file under another name, and serves.
			term = tr.start()
			if len(term.queue.Status().Quarantined) == 0 {
				t.Error("nothing is told of what happened")
			}
			if kept, err := filepath.Glob(file + ".damaged-*"); err != nil || len(kept) == 0 {
				t.Errorf("the damaged file was not kept: %v", err)
			}
			if f := finding(t, doctor(t, tr, exitOK), "queue"); f.State != technician.Warn || !strings.Contains(f.What, "queue.db.damaged-") {
				t.Errorf("the doctor finds %+v", f)
			}
			tr.submit(term)
			until(t, "the new submission at the hall", func() bool { return term.queue.Status().Depth == 0 })
		})
	}
}

// sums gives what every file of a directory holds, but for the lock, into which each looker writes who it is.
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if !e.Type().IsRegular() || e.Name() == "queue.lock" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		all[e.Name()] = hex.EncodeToString(sum[:4])
	}
	return all
}

func TestEnrol_says_what_is_wrong(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	good := tr.ticket()
	parts := strings.Split(good, "#")
	kiosk(t, "--config", tr.file, "enrol", "--code", good).want(t, exitFailed, "enrolled already")
	fresh := *tr
	fresh.file = ""
	fresh.configure("")
	for name, c := range map[string]struct {
		code   string
		status int
		words  string
	}{
		"no ticket":    {"K7QX", exitUsage, "not an enrolment ticket"},
		"short pin":    {parts[0] + "#" + parts[1] + "#00ff", exitUsage, "64 hexadecimal digits"},
		"another hall": {parts[0] + "#" + parts[1] + "#" + strings.Repeat("0", 64), exitFailed, "enrol"},
		"wrong code":   {parts[0] + "#ZZZZZZZZZZ#" + parts[2], exitFailed, "enrol"},
		"nobody there": {"https://127.0.0.1:1#" + parts[1] + "#" + parts[2], exitFailed, "refused"},
	} {
		s := kiosk(t, "--config", fresh.file, "enrol", "--code", c.code).want(t, c.status, c.words)
		if strings.Contains(s.err, parts[1]) {
			t.Errorf("%s: the one-time code is told: %s", name, s.err)
		}
	}
	if _, err := openTerminal(t.Context(), fresh.cfg, fresh.clock, slog.New(slog.NewTextHandler(io.Discard, nil))); err == nil || !strings.Contains(err.Error(), "kiosk enrol") {
		t.Errorf("a terminal that is not enrolled opens with %v", err)
	}
	// None of that has spent the code.
	s := kiosk(t, "--config", fresh.file, "--json", "enrol", "--code", good).want(t, exitOK)
	if told := decode[map[string]string](t, s); told["terminal"] == "" || told["place"] != "示例镇便民服务中心" || told["site"] != "H" {
		t.Errorf("it tells %v", told)
	}
	kiosk(t, "--config", fresh.file, "enrol", "--again", "--code", good).want(t, exitFailed, "enrol")
}

// What was sealed under one name the hall takes from that terminal only, so a new name would strand it.
func TestEnrol_again_does_not_strand_what_waits(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.open() // sends nothing yet
	tr.submit(term)
	tr.shut(term)
	again := tr.ticket()
	kiosk(t, "--config", tr.file, "enrol", "--again", "--code", again).want(t, exitFailed, "1 submission", "wait")
	term = tr.start()
	kiosk(t, "--config", tr.file, "enrol", "--again", "--code", again).want(t, exitFailed, "is running", "stop it")
	tr.opened(1)
	until(t, "an empty queue", func() bool { return term.queue.Status().Depth == 0 })
	tr.shut(term)
	kiosk(t, "--config", tr.file, "enrol", "--again", "--code", again).want(t, exitOK) // the code is not spent
}

func TestEnrol_again_can_be_insisted_on(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.open()
	tr.submit(term)
	tr.shut(term)
	kiosk(t, "--config", tr.file, "enrol", "--again", "--strand-waiting", "--code", tr.ticket()).want(t, exitOK)
}
