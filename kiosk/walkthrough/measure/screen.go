package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"zizhuban/kiosk/walkthrough"
)

// spot is where the pictures are compared: large enough to catch a change, small enough to be fetched in a millisecond.
func spot(d *walkthrough.Display, x, y int) image.Rectangle {
	return image.Rect(x-16, y-16, x+16, y+16).Intersect(image.Rect(0, 0, d.Width, d.Height))
}

// changed waits until a part of the screen differs from before.
func changed(ctx context.Context, d *walkthrough.Display, r image.Rectangle, before *image.RGBA) error {
	for {
		now, err := d.Part(r)
		if err != nil {
			return err
		}
		if string(now.Pix) != string(before.Pix) {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("nothing changes on the screen: %w", ctx.Err())
		}
		time.Sleep(2 * time.Millisecond) // looking without a pause would take the processors from what is measured
	}
}

// still waits until the screen has not changed for a while.
func still(ctx context.Context, d *walkthrough.Display) error {
	last, err := d.Picture()
	if err != nil {
		return err
	}
	quiet := time.Now()
	for time.Since(quiet) < 700*time.Millisecond {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(50 * time.Millisecond)
		now, err := d.Picture()
		if err != nil {
			return err
		}
		if string(now.Pix) != string(last.Pix) {
			last, quiet = now, time.Now()
		}
	}
	return nil
}

// emptyWindow measures what Fyne alone takes: from start to the first frame, and from touch to changed pixels.
func emptyWindow(ctx context.Context, bin string, d *walkthrough.Display, idle time.Duration) (start, touch time.Duration, busy float64, err error) {
	middle := spot(d, d.Width/2, d.Height/2)
	before, err := d.Part(middle)
	if err != nil {
		return 0, 0, 0, err
	}
	cmd := exec.Command(filepath.Join(bin, "emptywindow"))
	cmd.Env = append(os.Environ(), "DISPLAY="+d.Name, "FYNE_SCALE=1", "FYNE_DISABLE_DPI_DETECTION=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	if err := changed(ctx, d, middle, before); err != nil {
		return 0, 0, 0, err
	}
	start = time.Since(began)
	if err := still(ctx, d); err != nil {
		return 0, 0, 0, err
	}
	if busy, err = idleCPU(ctx, cmd.Process.Pid, idle); err != nil {
		return 0, 0, 0, err
	}
	touch, err = touches(ctx, d, d.Width/2, d.Height/2, false)
	return start, touch, busy, err
}

// touches measures from touch to changed pixels, at a place that answers each touch with a change of its own look.
func touches(ctx context.Context, d *walkthrough.Display, x, y int, held bool) (time.Duration, error) {
	r := spot(d, x, y)
	var all []time.Duration
	for range 9 {
		if err := d.Move(x, y); err != nil {
			return 0, err
		}
		if err := still(ctx, d); err != nil {
			return 0, err
		}
		before, err := d.Part(r)
		if err != nil {
			return 0, err
		}
		began := time.Now()
		if err := d.Press(); err != nil {
			return 0, err
		}
		if !held {
			// The bare window answers when the finger is lifted.
			if err := d.Release(); err != nil {
				return 0, err
			}
		}
		if err := changed(ctx, d, r, before); err != nil {
			return 0, err
		}
		all = append(all, time.Since(began))
		if held {
			// The finger slides off before it is lifted, so that the button is not pressed.
			if err := errors.Join(d.Move(2, d.Height/2), d.Release()); err != nil {
				return 0, err
			}
		}
	}
	return median(all), nil
}

// screen measures what a citizen waits for at the screen, and what the terminal costs while it waits for citizens.
func screen(ctx context.Context, bin, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	d, err := walkthrough.StartDisplay(ctx, 1080, 1920)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	// Once to have the program in the page cache, once to measure.
	if _, _, _, err := emptyWindow(ctx, bin, d, 0); err != nil {
		return err
	}
	emptyStart, emptyTouch, emptyIdle, err := emptyWindow(ctx, bin, d, 10*time.Second)
	if err != nil {
		return err
	}
	s, err := walkthrough.NewStage(walkthrough.Props{Bin: bin, Dir: filepath.Join(dir, "screen"), Display: d})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if err := s.Start(ctx); err != nil {
		return err
	}
	citizen := s.Citizen("")
	if _, err := citizen.AwaitStep(ctx, "idle"); err != nil {
		return err
	}
	if err := s.StopKiosk(); err != nil {
		return err
	}
	middle := spot(d, d.Width/2, d.Height/2)
	before, err := d.Part(middle)
	if err != nil {
		return err
	}
	began := time.Now()
	started := make(chan error, 1)
	go func() { started <- s.StartKiosk(ctx) }()
	if err := changed(ctx, d, middle, before); err != nil {
		return err
	}
	report("cold-start-to-first-frame", ms(time.Since(began)), "ms", ms(emptyStart))
	if err := <-started; err != nil {
		return err
	}
	if _, err := citizen.AwaitStep(ctx, "idle"); err != nil {
		return err
	}
	if err := still(ctx, d); err != nil {
		return err
	}
	busy, err := idleCPU(ctx, s.KioskPID(), 10*time.Second)
	if err != nil {
		return err
	}
	report("idle-cpu", busy, "percent", emptyIdle)
	if _, err := citizen.TapUntil(ctx, "idle.start", "home", func(t *walkthrough.Tree) bool { return t.Step == "home" }); err != nil {
		return err
	}
	n, err := citizen.AwaitNode(ctx, "home.hot.0")
	if err != nil {
		return err
	}
	took, err := touches(ctx, d, int(n.X+n.W/2), int(n.Y+n.H/2), true)
	if err != nil {
		return err
	}
	report("touch-to-pixels", ms(took), "ms", ms(emptyTouch))
	rss, err := resident(s.KioskPID())
	if err != nil {
		return err
	}
	report("resident-memory-home", rss, "MB", 300)
	if err := citizen.GoIdle(ctx); err != nil {
		return err
	}
	plan, err := walkthrough.DemoPlan()
	if err != nil {
		return err
	}
	if _, err := citizen.Visit(ctx, s, plan); err != nil {
		return err
	}
	if rss, err = resident(s.KioskPID()); err != nil {
		return err
	}
	report("resident-memory-after-a-visit", rss, "MB", 300)
	return nil
}

// idleCPU is how many per cent of one processor a process takes while nobody uses it.
func idleCPU(ctx context.Context, pid int, watch time.Duration) (float64, error) {
	if watch == 0 {
		return 0, nil
	}
	before, err := cpu(pid)
	if err != nil {
		return 0, err
	}
	select {
	case <-time.After(watch):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	after, err := cpu(pid)
	return (after - before).Seconds() / watch.Seconds() * 100, err
}

// cpu is how much time a process has had of the processors.
func cpu(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// After the name in brackets: state, then fields from the fourth on; user and system time are the 14th and 15th.
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("the process's statistics are not understood")
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2) // in hundredths of a second
}

// resident is a process's resident memory in MB.
func resident(pid int) (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) / 1024, err
		}
	}
	return 0, errors.New("the process has no resident memory")
}
