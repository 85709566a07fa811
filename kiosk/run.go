package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"zizhuban/kiosk/screens"
	"zizhuban/sync/queue"
	"zizhuban/sync/uplink"
)

type runCommand struct {
	Windowed bool   `help:"Open a window instead of the full screen."`
	Size     string `help:"Size of the window." default:"1080x1920" placeholder:"WxH"`
	Code     string `help:"One-time code with which this terminal enrols at its first start (hall enrol-code prints it in one line)." placeholder:"TICKET"`
}

// Run runs the terminal until it is told to stop.
func (c *runCommand) Run(s *setting) (err error) {
	var width, height int
	if _, err := fmt.Sscanf(c.Size, "%dx%d", &width, &height); err != nil || width < 640 || height < 480 {
		return fmt.Errorf("--size is %q, such as 1080x1920 is expected: %w", c.Size, errUsage)
	}
	cfg, err := loadConfig(s.config)
	if err != nil {
		return err
	}
	log, file, err := openLog(cfg.logFile(), s.stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	forbidCoreDumps(log)
	// Whoever collects standard error may go away; by Go's custom that would end the program in the middle of a visit.
	signal.Ignore(syscall.SIGPIPE)
	if _, err := uplink.Load(cfg.identityDir()); errors.Is(err, uplink.ErrNotEnrolled) && c.Code != "" {
		id, err := enrol(s.ctx, cfg, c.Code, false, s.clock)
		if err != nil {
			return fmt.Errorf("enrolling this terminal: %w", err)
		}
		log.Info("enrolled", "terminal", id.Enrolment().Terminal)
	}
	if err := settleToolkit(cfg.Data); err != nil {
		return err
	}
	a := app.NewWithID("zizhuban.kiosk")
	opened := make(chan struct{})
	var t *terminal
	var failure error
	go func() {
		defer close(opened)
		t, failure = openTerminal(s.ctx, cfg, s.clock, log)
	}()
	screens.Warm(a) // reads the fonts meanwhile: with two processors the first picture comes sooner
	<-opened
	if failure != nil {
		return failure
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	if err := t.begin(ctx); err != nil {
		return err
	}
	w := screens.New(a, t.visit, screens.Options{
		Clock: s.clock, Log: log.With("component", "screens"), Decoder: t.shelf.writer, FullScreen: !c.Windowed, Size: fyne.NewSize(float32(width), float32(height)),
	})
	a.Lifecycle().SetOnStarted(func() {
		log.Info("the screen is up", "terminal", t.identity.Enrolment().Terminal)
		// Never stopped: to stop it when the context has just ended would lose the order to quit.
		_ = context.AfterFunc(ctx, func() { fyne.Do(a.Quit) })
	})
	if err := startProbe(w); err != nil {
		return err
	}
	w.Show()
	a.Run()
	return nil
}

// settleToolkit keeps what Fyne writes within the terminal's directory, and its sizes as they are: the screens count in pixels
// of the panel, not in what the panel says of its dots per inch.
func settleToolkit(data string) error {
	for name, value := range map[string]string{"FYNE_SCALE": "1", "FYNE_DISABLE_DPI_DETECTION": "1", "XDG_CONFIG_HOME": filepath.Join(data, "toolkit"), "XDG_CACHE_HOME": filepath.Join(data, "toolkit")} {
		if name[0] == 'F' && os.Getenv(name) != "" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("preparing the screen: %w", err)
		}
	}
	return nil
}

type enrolCommand struct {
	Code  string `help:"The one-time code, in one line as hall enrol-code prints it." required:"" placeholder:"TICKET"`
	Again bool   `help:"Enrol anew although this terminal is enrolled: it becomes another terminal to the hall."`
	// A terminal that the hall has blocked never gets rid of what waits.
	StrandWaiting bool `help:"With --again: do so although submissions wait, which the hall takes from this terminal under its present name only."`
}

// Run makes this terminal known to the hall.
func (c *enrolCommand) Run(s *setting) error {
	cfg, err := loadConfig(s.config)
	if err != nil {
		return err
	}
	if c.Again {
		if err := c.mayChangeName(s, cfg); err != nil {
			return err
		}
	}
	id, err := enrol(s.ctx, cfg, c.Code, c.Again, s.clock)
	if err != nil {
		return err
	}
	e := id.Enrolment()
	return s.answer(map[string]string{"terminal": e.Terminal, "place": e.Place, "site": e.Site}, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "已登记 enrolled: %s, %s\n", e.Terminal, e.Place)
	})
}

// mayChangeName says why this terminal may not become another one now: what it has sealed under its present name the hall takes
// from that name only.
func (c *enrolCommand) mayChangeName(s *setting, cfg *config) error {
	if _, err := uplink.Load(cfg.identityDir()); err != nil {
		return nil // whatever waits can be sent by nobody any more
	}
	if _, err := queue.Ask(s.ctx, filepath.Join(cfg.queueDir(), queue.SocketFile)); !errors.Is(err, queue.ErrNotRunning) {
		return errors.New("the terminal is running under its present name; stop it, then enrol again")
	}
	status, err := withQueue(s, queue.Ask, func(status queue.Status, _ queue.Report) queue.Status { return status })
	switch {
	case errors.Is(err, errNoQueue) || c.StrandWaiting:
		return nil
	case err != nil:
		return fmt.Errorf("looking whether submissions wait: %w", err)
	case status.Broken != "":
		return fmt.Errorf("whether submissions wait cannot be seen: %s; start the terminal once, which mends the queue, or add --strand-waiting", status.Broken)
	case status.Depth > 0:
		return fmt.Errorf("%d submission(s) wait, which the hall takes from this terminal under its present name only; start it until they are sent, or add --strand-waiting to leave them", status.Depth)
	}
	return nil
}
