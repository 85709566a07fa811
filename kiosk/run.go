package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"zizhuban/kiosk/screens"
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
		if stop := context.AfterFunc(ctx, func() { fyne.Do(a.Quit) }); ctx.Err() != nil {
			stop()
		}
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
}

// Run makes this terminal known to the hall.
func (c *enrolCommand) Run(s *setting) error {
	cfg, err := loadConfig(s.config)
	if err != nil {
		return err
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
