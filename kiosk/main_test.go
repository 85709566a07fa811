package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices/bench/rig"
	"zizhuban/devices/bench/thermal"
)

// asKiosk in the environment makes this test binary the terminal's program.
const asKiosk = "ZIZHUBAN_TEST_AS_KIOSK"

func TestMain(m *testing.M) {
	// The terminal starts itself to look at a queue file; here that is the test binary.
	if os.Getenv(asKiosk) != "" || len(os.Args) == 3 && os.Args[1] == verifyWord {
		main()
		return
	}
	os.Exit(m.Run())
}

// said is what a command answered.
type said struct {
	status   int
	out, err string
}

// kiosk runs a command within the test.
func kiosk(t *testing.T, args ...string) said {
	t.Helper()
	var out, err bytes.Buffer
	status := run(t.Context(), args, &out, &err)
	return said{status, out.String(), err.String()}
}

// kioskProcess runs a command in a process of its own.
func kioskProcess(t *testing.T, args ...string) said {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(os.Environ(), asKiosk+"=1", "DISPLAY=", "WAYLAND_DISPLAY=")
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), words.String()}
}

// want checks the exit status and words of standard error; other than 0 must say something.
func (s said) want(t *testing.T, status int, words ...string) said {
	t.Helper()
	if s.status != status {
		t.Errorf("exit status %d, want %d; it said:\n%s%s", s.status, status, s.out, s.err)
	}
	for _, w := range words {
		if !strings.Contains(s.err, w) {
			t.Errorf("standard error does not say %q:\n%s", w, s.err)
		}
	}
	return s
}

// decode reads the answer as one JSON value.
func decode[T any](t *testing.T, s said) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(strings.NewReader(s.out))
	if err := dec.Decode(&v); err != nil || dec.More() {
		t.Fatalf("not one JSON value (%v): %q, and on standard error %q", err, s.out, s.err)
	}
	return v
}

// shortDir is a directory with a short name: t.TempDir puts the test's name into it, and a socket's name has little room.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kiosk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// write puts text into a file of dir and gives its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// aBench is a bench with a quick printer.
func aBench(t *testing.T) *rig.Bench {
	t.Helper()
	b, err := rig.Open(rig.Config{
		Dir: filepath.Join(shortDir(t), "b"), Clock: clockwork.NewRealClock(), Log: slog.New(slog.DiscardHandler),
		Reader:  rig.ReaderConfig{Baud: 115200},
		Printer: rig.PrinterConfig{Baud: 115200, Config: thermal.Config{Speed: 2000, Cut: time.Millisecond}},
		Scanner: rig.ScannerConfig{Baud: 9600, Suffix: "\r"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestCommand_that_makes_no_sense_is_wrong_usage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for args, words := range map[string]string{
		"dance":                    "unexpected argument dance",
		"--dance":                  "unknown flag --dance",
		"devices":                  "read-card",
		"devices read-card":        "--port",
		"devices read-card --port": "--port",
		"devices read-card --port /dev/null --baud fast":    "--baud",
		"devices read-card --port /dev/null --timeout soon": "--timeout",
		"devices read-card --port /dev/null --timeout -1s":  "--timeout",
		"devices read-card --port /dev/null --driver magic": `driver "magic" is not known`,
		"devices read-card --port /dev/null --baud 7":       "baud 7",
		"devices print --port /dev/null":                    "--slip",
		"queue":                                             "status",
		"queue clear":                                       "unexpected argument clear",
		"doctor --lang fr":                                  "--lang",
		"run --size large":                                  "1080x1920",
		"run --size 10x10":                                  "1080x1920",
		"enrol":                                             "--code",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			s := kiosk(t, append([]string{"--config", filepath.Join(dir, "none.toml")}, strings.Fields(args)...)...)
			s.want(t, exitUsage, words)
			if s.out != "" {
				t.Errorf("standard output: %q", s.out)
			}
		})
	}
}

func TestHelp_names_every_command_and_is_no_failure(t *testing.T) {
	t.Parallel()
	s := kiosk(t, "--help").want(t, exitOK)
	for _, command := range []string{"run", "enrol", "doctor", "devices list", "devices read-card", "devices print", "queue status", "queue verify", "--config", "--json", "--lang"} {
		if !strings.Contains(s.out, command) {
			t.Errorf("help does not name %s:\n%s", command, s.out)
		}
	}
	one := kiosk(t, "devices", "read-card", "--help").want(t, exitOK)
	if !strings.Contains(one.out, "--timeout=10s") || !strings.Contains(one.out, "--baud=115200") {
		t.Errorf("help of read-card does not tell the defaults:\n%s", one.out)
	}
}

func TestVersion_tells_the_commit_of_a_build_that_is_no_release(t *testing.T) {
	t.Parallel()
	settings := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		{"development", nil, "development"},
		{"development", settings[:2], "development 0123456789ab of 2026-01-02T03:04:05Z"},
		{"development", settings, "development 0123456789ab of 2026-01-02T03:04:05Z, changed since"},
		{"1.2.3", settings, "1.2.3"},
	} {
		if got := versionOf(c.version, c.settings); got != c.want {
			t.Errorf("version %q, want %q", got, c.want)
		}
	}
	if s := kiosk(t, "--version").want(t, exitOK); !strings.HasPrefix(s.out, programVersion()) || !strings.Contains(s.out, "go1.") {
		t.Errorf("--version says %q", s.out)
	}
	if n := len(programVersion()); n > 100 {
		t.Errorf("the version has %d bytes; the hall takes 100", n)
	}
}

func TestProgram_ends_with_the_status_of_its_command(t *testing.T) {
	t.Parallel()
	kioskProcess(t, "--version").want(t, exitOK)
	kioskProcess(t, "dance").want(t, exitUsage, "unexpected argument dance")
	none := filepath.Join(t.TempDir(), "none.toml")
	kioskProcess(t, "--config", none, "queue", "status").want(t, exitFailed, none)
	// Without a command it is the terminal that starts; without a configuration it does not get as far as a window.
	kioskProcess(t, "--config", none).want(t, exitFailed, none)
}
