// Command tour is make run: it starts the reference hall, the simulated devices and the terminal, and leaves nothing behind
// when it is stopped. With a display the terminal opens its window; without one it stands on a virtual display, a visit is
// made by real pointer events, and the tour says where the pictures are.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"zizhuban/kiosk/walkthrough"
)

func main() {
	dir := flag.String("dir", "out/run", "where everything is kept; it is made anew at each start")
	bin := flag.String("bin", "bin", "where the programs are")
	windowed := flag.Bool("windowed", true, "a window instead of the full screen")
	headless := flag.Bool("headless", os.Getenv("DISPLAY") == "", "a virtual display, and a visit by itself")
	once := flag.Bool("once", false, "end after the visit instead of waiting to be stopped")
	landscape := flag.Bool("landscape", false, "1920×1080 instead of 1080×1920")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := tour(ctx, *dir, *bin, *windowed, *headless, *once, *landscape); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "make run:", err)
		stop()
		os.Exit(1)
	}
}

func tour(ctx context.Context, dir, bin string, windowed, headless, once, landscape bool) (err error) {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("making room for the run: %w", err)
	}
	props := walkthrough.Props{Bin: bin, Dir: dir, Windowed: windowed, Fixed: free("127.0.0.1:8443") && free("127.0.0.1:8444") && free("127.0.0.1:8445"), Size: "1080x1920"}
	width, height := 1080, 1920
	if landscape {
		width, height = height, width
		props.Size = "1920x1080"
	}
	if windowed && !headless {
		props.Scale = "0.5" // a terminal's panel is larger than a desk's window
	}
	if headless {
		if props.Display, err = walkthrough.StartDisplay(ctx, width, height); err != nil {
			return err
		}
		props.Windowed = false
		defer func() { err = errors.Join(err, props.Display.Close()) }()
	}
	s, err := walkthrough.NewStage(props)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	start, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.Start(start); err != nil {
		return fmt.Errorf("%w\nlook into %s", err, s.LogDir())
	}
	say(s, dir)
	if headless {
		if err := visit(ctx, s, dir); err != nil {
			return fmt.Errorf("%w\nlook into %s", err, s.LogDir())
		}
		if once {
			return nil
		}
	}
	fmt.Println("\nCtrl-C stops everything. 按 Ctrl-C 全部停止。")
	select {
	case <-ctx.Done():
	case <-s.KioskEnded():
		if !headless {
			fmt.Println("the terminal's window was closed")
		}
	}
	return nil
}

// visit makes one visit and tells what it left.
func visit(ctx context.Context, s *walkthrough.Stage, dir string) error {
	plan, err := walkthrough.DemoPlan()
	if err != nil {
		return err
	}
	pictures := filepath.Join(dir, "screens")
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		return err
	}
	fmt.Println("\nA visit is being made by real touches on a virtual display …")
	began := time.Now()
	if _, err := s.Citizen(pictures).Visit(ctx, s, plan); err != nil {
		return err
	}
	slip := filepath.Join(dir, "slip.png")
	if _, err := s.Bench(ctx, "slip", "last", "--out", slip); err != nil {
		return err
	}
	fmt.Printf("Done in %.0f s.\n  screens    %s\n  slip       %s\n", time.Since(began).Seconds(), pictures, slip)
	return nil
}

func say(s *walkthrough.Stage, dir string) {
	fmt.Printf(`
自助办 is up. 已启动。
  hall       %s   account %s, password %s   (its certificate is its own: the browser asks once)
  devices    %s   put a card, take the slip; or: bin/bench --dir %s card put DEMO1
  terminal   %s
  logs       %s
`, s.HallReady.Admin, s.HallReady.Account, s.HallReady.Password, s.BenchReady.Web, filepath.Join(dir, "bench"), s.KioskDir(), s.LogDir())
}

func free(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
