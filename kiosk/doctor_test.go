package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jonboulle/clockwork"
	"golang.org/x/sys/unix"

	"zizhuban/devices"
	"zizhuban/devices/bench/rig"
	"zizhuban/devices/seriallink"
	"zizhuban/kiosk/technician"
)

// doctor examines a terminal with the command.
func doctor(t *testing.T, tr *trial, status int) []technician.Finding {
	t.Helper()
	return decode[[]technician.Finding](t, kiosk(t, "--config", tr.file, "--json", "doctor").want(t, status))
}

// finding picks what a check found.
func finding(t *testing.T, found []technician.Finding, check string) technician.Finding {
	t.Helper()
	i := slices.IndexFunc(found, func(f technician.Finding) bool { return f.Check == check })
	if i < 0 {
		t.Fatalf("nothing was found of %s: %+v", check, found)
	}
	return found[i]
}

// aSetting is what the command line makes of its flags, for checks that need another disk or clock.
func aSetting(t *testing.T, tr *trial) *setting {
	t.Helper()
	return &setting{ctx: t.Context(), config: tr.file, lang: "zh", clock: clockwork.NewRealClock(), free: freeBytes, stdout: io.Discard, stderr: io.Discard}
}

// healthy fails the test for everything that is not well.
func healthy(t *testing.T, found []technician.Finding, checks ...string) {
	t.Helper()
	for _, c := range checks {
		if f := finding(t, found, c); f.State != technician.OK || f.What == "" || f.Do != "" {
			t.Errorf("%s is not well: %+v", c, f)
		}
	}
}

var everyCheck = []string{"config", "data", "clock", "identity", "catalogue", "hall", "queue", "device.idcard", "device.printer", "device.scanner"}

func TestDoctor_finds_nothing_where_all_is_well(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.start()
	until(t, "the line to the hall", func() bool { return term.uplink.Status().Online })
	for _, m := range []string{"card", "slip", "scan"} {
		until(t, m, func() bool { return well(term)[m] })
	}
	until(t, "every device to be online", func() bool {
		return !slices.ContainsFunc(term.station.Reports(), func(r devices.Report) bool { return r.Status != devices.Online })
	})
	healthy(t, doctor(t, tr, exitOK), everyCheck...)
	tr.shut(term) // now it opens the devices itself
	healthy(t, doctor(t, tr, exitOK), everyCheck...)
	s := kiosk(t, "--config", tr.file, "--lang", "en", "doctor").want(t, exitOK)
	if n := strings.Count(s.out, "✓ "); n != len(everyCheck) || strings.ContainsAny(s.out, "✗{}") {
		t.Errorf("people read\n%s", s.out)
	}
}

func TestDoctor_of_a_terminal_that_is_not_enrolled_says_how(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	file := write(t, dir, "kiosk.toml", dataLine+hallPart)
	s := kiosk(t, "--config", file, "--json", "doctor").want(t, exitFailed)
	found := decode[[]technician.Finding](t, s)
	if f := finding(t, found, "identity"); f.State != technician.Fail || !strings.Contains(f.Do, "kiosk enrol --code") || !strings.Contains(f.Do, "hall enrol-code") {
		t.Errorf("identity: %+v", f)
	}
	if f := finding(t, found, "devices"); f.State != technician.Fail || !strings.Contains(f.Do, "[[device]]") {
		t.Errorf("devices: %+v", f)
	}
	if f := finding(t, found, "data"); f.State != technician.Warn {
		t.Errorf("data: %+v", f)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("looking left %v, %v", entries, err)
	}
	for _, f := range found {
		if f.State != technician.OK && f.Do == "" || strings.Contains(f.What+f.Do, "technician.") || strings.ContainsAny(f.What+f.Do, "{}") {
			t.Errorf("not in plain words: %+v", f)
		}
	}
}

func TestDoctor_without_the_hall_says_that_visits_go_on(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	tr.shut(tr.open())
	write(t, filepath.Dir(tr.file), "kiosk.toml", strings.Replace(readText(t, tr.file), tr.gate.url, "https://127.0.0.1:1", 1))
	found := doctor(t, tr, exitOK)
	if f := finding(t, found, "hall"); f.State != technician.Warn || !strings.Contains(f.What, "refused") || !strings.Contains(f.Do, "没有网络也能照常办理") {
		t.Errorf("hall: %+v", f)
	}
	healthy(t, found, "config", "data", "identity", "catalogue", "queue")
}

func TestDoctor_of_a_running_terminal_tells_what_the_hall_says(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	term := tr.start()
	until(t, "the line to the hall", func() bool { return term.uplink.Status().Online })
	tr.gate.set(says(403, "application/problem+json", `{"type":"blocked","title":"停用","status":403}`)(tr.gate))
	tr.submit(term)
	until(t, "the refusal", func() bool { return tr.gate.count() > 0 && term.uplink.Status().Class != "" })
	if f := finding(t, doctor(t, tr, exitFailed), "hall"); f.State != technician.Fail || !strings.Contains(f.What, "403") || !strings.Contains(f.Do, "停用") {
		t.Errorf("hall: %+v", f)
	}
}

func TestDoctor_measures_the_disk(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	tr.shut(tr.open())
	for _, c := range []struct {
		free  uint64
		err   error
		state technician.State
		words string
	}{
		{1 << 30, nil, technician.OK, "1024 MB"},
		{300 << 20, nil, technician.Warn, "300 MB"},
		{10 << 20, nil, technician.Fail, "10 MB"},
		{0, errors.New("no such device"), technician.Fail, "no such device"},
	} {
		s := aSetting(t, tr)
		s.free = func(dir string) (uint64, error) {
			if dir != tr.cfg.Data {
				t.Errorf("the disk of %s is measured", dir)
			}
			return c.free, c.err
		}
		if f := s.checkData(tr.cfg, technician.NewWords("zh")); f.State != c.state || !strings.Contains(f.What, c.words) || (f.State != technician.OK && f.Do == "") {
			t.Errorf("with %d bytes free: %+v", c.free, f)
		}
	}
}

func TestDoctor_names_the_device_and_what_mends_it(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set               func(*testing.T, *trial)
		check, code, word string
	}{
		"reader pulled": {func(t *testing.T, tr *trial) {
			if err := tr.bench.Plug(rig.Reader, false); err != nil {
				t.Fatal(err)
			}
		}, "device.idcard", seriallink.CodeNotFound, "把线插好"},
		"reader taken": {func(t *testing.T, tr *trial) {
			other, err := os.OpenFile(link(tr.bench, rig.Reader), os.O_RDWR|unix.O_NOCTTY, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = other.Close() })
			if err := unix.Flock(int(other.Fd()), unix.LOCK_EX); err != nil {
				t.Fatal(err)
			}
		}, "device.idcard", seriallink.CodeBusy, "别的程序"},
		"no paper": {func(t *testing.T, tr *trial) {
			if err := tr.bench.Paper("out", 0); err != nil {
				t.Fatal(err)
			}
		}, "device.printer", "PRN-02", "装一卷新纸"},
		"no serial port": {func(t *testing.T, tr *trial) {
			write(t, filepath.Dir(tr.file), "kiosk.toml", strings.Replace(readText(t, tr.file), link(tr.bench, rig.Scanner), "/dev/null", 1))
		}, "device.scanner", seriallink.CodeNotSerial, "kiosk.toml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := aTrial(t, "")
			tr.shut(tr.open())
			c.set(t, tr)
			found := doctor(t, tr, exitFailed)
			if f := finding(t, found, c.check); f.State != technician.Fail || f.Code != c.code || !strings.Contains(f.Do, c.word) {
				t.Errorf("%s: %+v", c.check, f)
			}
			others := slices.DeleteFunc(slices.Clone(everyCheck), func(check string) bool { return check == c.check })
			healthy(t, found, others...)
		})
	}
}

func TestDoctor_knows_a_device_that_the_running_terminal_does_not_have_yet(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "")
	tr.start()
	write(t, filepath.Dir(tr.file), "kiosk.toml", strings.Replace(readText(t, tr.file), link(tr.bench, rig.Reader), "/dev/ttyUSB9", 1))
	found := decode[[]technician.Finding](t, kiosk(t, "--config", tr.file, "--json", "doctor"))
	if f := finding(t, found, "device.idcard"); f.State != technician.Warn || !strings.Contains(f.What, "/dev/ttyUSB9") || !strings.Contains(f.Do, "重启终端") {
		t.Errorf("device: %+v", f)
	}
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDoctor_before_the_first_start_says_where_the_catalogue_comes_from(t *testing.T) {
	t.Parallel()
	tr := aTrial(t, "") // enrolled, never started
	found := doctor(t, tr, exitFailed)
	if f := finding(t, found, "catalogue"); f.State != technician.Fail || !strings.Contains(f.Do, "启动终端") {
		t.Errorf("catalogue: %+v", f)
	}
	healthy(t, found, "config", "data", "clock", "identity", "hall", "queue", "device.idcard", "device.printer", "device.scanner")
}
