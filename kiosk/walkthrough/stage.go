package walkthrough

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Props says what a Stage is built of.
type Props struct {
	Bin      string   // where the programs are: hall, bench, kiosk, kiosk-probe
	Dir      string   // everything that the programs keep goes below it
	Display  *Display // nil: the display of the session, and nobody touches it
	Windowed bool
	Size     string // of a window, such as 1080x1920
	Scale    string // of what is drawn; empty: one pixel of the screens is one of the display
	Fixed    bool   // the addresses of make run, not free ports
	Visit    string // lines for the [visit] section of kiosk.toml
	Attended string // modules the attendant stands in for, as TOML; empty: the usual
}

// Stage is a hall, a set of simulated devices and a terminal, each its own process.
type Stage struct {
	props Props
	hall  *process
	bench *process
	kiosk *process

	HallReady  HallReady
	BenchReady BenchReady
	enrolled   bool
}

// HallReady is what the hall says once it answers.
type HallReady struct {
	Terminals string `json:"terminals"`
	Admin     string `json:"admin"`
	PublicURL string `json:"public_url"`
	Account   string `json:"account"`
	Password  string `json:"password"`
}

// BenchReady is what the simulated devices say once they answer.
type BenchReady struct {
	Web   string            `json:"web"`
	Links map[string]string `json:"links"`
}

// NewStage lays out a stage; nothing is started.
func NewStage(p Props) (*Stage, error) {
	var err error
	if p.Dir, err = filepath.Abs(p.Dir); err != nil {
		return nil, err
	}
	if p.Bin, err = filepath.Abs(p.Bin); err != nil {
		return nil, err
	}
	for _, d := range []string{"hall", "bench", "kiosk", "log"} {
		if err := os.MkdirAll(filepath.Join(p.Dir, d), 0o700); err != nil {
			return nil, err
		}
	}
	return &Stage{props: p}, nil
}

func (s *Stage) path(parts ...string) string {
	return filepath.Join(append([]string{s.props.Dir}, parts...)...)
}
func (s *Stage) bin(name string) string { return filepath.Join(s.props.Bin, name) }

// KioskDir is the terminal's directory: whatever it wrote is below it.
func (s *Stage) KioskDir() string { return s.path("kiosk") }

// LogDir holds what the programs said.
func (s *Stage) LogDir() string { return s.path("log") }

// StartHall starts the reference hall; after a stop, at the same addresses.
func (s *Stage) StartHall(ctx context.Context) error {
	terminals, people := "127.0.0.1:0", "127.0.0.1:0"
	if s.props.Fixed {
		terminals, people = "127.0.0.1:8443", "127.0.0.1:8444"
	}
	if s.HallReady.Terminals != "" {
		terminals, people = hostOf(s.HallReady.Terminals), hostOf(s.HallReady.Admin)
	}
	p, err := launch("hall", s.LogDir(), nil, s.bin("hall"), "--data", s.path("hall"), "--json", "serve", "--listen", terminals, "--admin", people, "--demo")
	if err != nil {
		return err
	}
	s.hall = p
	line, err := p.line(ctx, "{")
	if err != nil {
		return err
	}
	before := s.HallReady
	if err := json.Unmarshal([]byte(line), &s.HallReady); err != nil {
		return fmt.Errorf("what the hall says is not understood: %w", err)
	}
	if s.HallReady.Password == "" { // it is told at the first start only
		s.HallReady.Account, s.HallReady.Password = before.Account, before.Password
	}
	return nil
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// StopHall stops the hall as its operator would.
func (s *Stage) StopHall() error { return s.hall.stop() }

// StartBench starts the simulated devices.
func (s *Stage) StartBench(ctx context.Context) error {
	web := "127.0.0.1:0"
	if s.props.Fixed {
		web = "127.0.0.1:8445"
	}
	p, err := launch("bench", s.LogDir(), nil, s.bin("bench"), "serve", "--dir", s.path("bench"), "--web", web, "--json")
	if err != nil {
		return err
	}
	s.bench = p
	line, err := p.line(ctx, "{")
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(line), &s.BenchReady); err != nil {
		return fmt.Errorf("what the simulated devices say is not understood: %w", err)
	}
	return nil
}

// Bench gives the simulated devices a command, such as card put DEMO1.
func (s *Stage) Bench(ctx context.Context, args ...string) ([]byte, error) {
	return command(ctx, s.bin("bench"), append([]string{"--dir", s.path("bench")}, args...)...)
}

// Hall gives the hall's command line a command.
func (s *Stage) Hall(ctx context.Context, args ...string) ([]byte, error) {
	return command(ctx, s.bin("hall"), append([]string{"--data", s.path("hall"), "--json"}, args...)...)
}

// Kiosk gives the terminal's command line a command.
func (s *Stage) Kiosk(ctx context.Context, args ...string) ([]byte, error) {
	return command(ctx, s.bin("kiosk"), append([]string{"--config", s.configFile(), "--json"}, args...)...)
}

func (s *Stage) configFile() string { return s.path("kiosk.toml") }
func (s *Stage) probeSocket() string {
	return s.path("probe.sock")
}

// Configure writes kiosk.toml for the devices of the bench.
func (s *Stage) Configure() error {
	attended := s.props.Attended
	if attended == "" {
		attended = `["face", "cam", "a4"]`
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Written for a trial on this machine.\ndata = %q\nattended = %s\n\n[hall]\nurl = %q\n", s.KioskDir(), attended, s.HallReady.Terminals)
	if s.props.Visit != "" {
		fmt.Fprintf(&b, "\n[visit]\n%s\n", s.props.Visit)
	}
	for _, d := range []struct{ role, driver, link, more string }{
		{"idcard", "sam", "reader", "baud = 115200"}, {"printer", "escpos", "printer", "baud = 115200\nprofile = \"epson-80mm\""}, {"scanner", "line", "scanner", "baud = 9600"},
	} {
		link, ok := s.BenchReady.Links[d.link]
		if !ok {
			return fmt.Errorf("the simulated devices have no %s: they have %v", d.link, s.BenchReady.Links)
		}
		fmt.Fprintf(&b, "\n[[device]]\nrole = %q\ndriver = %q\nport = %q\n%s\n", d.role, d.driver, link, d.more)
	}
	return os.WriteFile(s.configFile(), []byte(b.String()), 0o600)
}

// StartKiosk starts the terminal; at the first start it is enrolled with a one-time code of the hall.
func (s *Stage) StartKiosk(ctx context.Context) error {
	if _, err := os.Stat(s.configFile()); err != nil {
		if err := s.Configure(); err != nil {
			return err
		}
	}
	args := []string{"--config", s.configFile(), "run"}
	program := "kiosk"
	if s.props.Windowed {
		args = append(args, "--windowed")
		if s.props.Size != "" {
			args = append(args, "--size", s.props.Size)
		}
	}
	var env []string
	if s.props.Scale != "" {
		env = append(env, "FYNE_SCALE="+s.props.Scale)
	}
	if s.props.Display != nil {
		program = "kiosk-probe"
		env = append(env, "DISPLAY="+s.props.Display.Name, "ZIZHUBAN_PROBE="+s.probeSocket())
		_ = os.Remove(s.probeSocket())
	}
	if !s.enrolled && !exists(filepath.Join(s.KioskDir(), "identity", "enrolment.json")) {
		out, err := s.Hall(ctx, "enrol-code", "--place", "示例村便民服务站", "--site", "V")
		if err != nil {
			return err
		}
		var code struct {
			Ticket string `json:"ticket"`
		}
		if err := json.Unmarshal(out, &code); err != nil {
			return fmt.Errorf("the enrolment code is not understood: %w", err)
		}
		args = append(args, "--code", code.Ticket)
	}
	p, err := launch("kiosk", s.LogDir(), env, s.bin(program), args...)
	if err != nil {
		return err
	}
	s.kiosk = p
	if s.props.Display != nil {
		for !exists(s.probeSocket()) {
			if !p.alive() {
				return errors.New("the terminal ended at once: see its log")
			}
			if err := pause(ctx, 50*time.Millisecond); err != nil {
				return fmt.Errorf("waiting for the terminal's window: %w", err)
			}
		}
	}
	s.enrolled = true
	return nil
}

// KillKiosk ends the terminal as a power cut would; StopKiosk asks it to end.
func (s *Stage) KillKiosk() { s.kiosk.kill() }

// StopKiosk asks the terminal to end.
func (s *Stage) StopKiosk() error { return s.kiosk.stop() }

// KioskPID is the terminal's process.
func (s *Stage) KioskPID() int { return s.kiosk.cmd.Process.Pid }

// KioskEnded tells when the terminal's process is gone.
func (s *Stage) KioskEnded() <-chan struct{} { return s.kiosk.done }

// Citizen steps up to the terminal.
func (s *Stage) Citizen(pictures string) *Citizen {
	return &Citizen{display: s.props.Display, probe: &probe{socket: s.probeSocket()}, Pictures: pictures, Patience: 30 * time.Second}
}

// Start starts everything in its order.
func (s *Stage) Start(ctx context.Context) error {
	if err := s.StartHall(ctx); err != nil {
		return err
	}
	if err := s.StartBench(ctx); err != nil {
		return err
	}
	return s.StartKiosk(ctx)
}

// Close stops everything that still runs.
func (s *Stage) Close() error {
	return errors.Join(s.kiosk.stop(), s.bench.stop(), s.hall.stop())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
