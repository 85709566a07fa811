// Package walkthrough uses the terminal as a citizen does: a real window on an X display, real pointer events, real bytes
// on pseudo-terminals, a real hall. The end-to-end tests and the tour of `make run` are made of it.
//
// Read [Stage] first: it starts the reference hall, the simulated devices and the terminal. [Display] is the screen that the
// terminal's window stands on, [Citizen] is the finger.
package walkthrough

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// Display is an X display with a pointer.
type Display struct {
	Name          string // such as :93
	Width, Height int

	mu     sync.Mutex
	conn   *xgb.Conn
	root   xproto.Window
	server *exec.Cmd
	done   chan struct{}
}

// The X client writes to standard error by itself, such as that there is no .Xauthority, which a virtual display needs none of;
// what goes wrong comes back as errors.
func init() { xgb.Logger.SetOutput(io.Discard) }

// StartDisplay starts a virtual X server of the given size. It is stopped by Close.
func StartDisplay(ctx context.Context, width, height int) (*Display, error) {
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		return nil, fmt.Errorf("the virtual display: %w: install it with: make setup", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = read.Close() }()
	cmd := exec.Command(path, "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp", "-noreset", "-dpi", "96")
	cmd.ExtraFiles = []*os.File{write}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("starting the virtual display: %w", err)
	}
	_ = write.Close()
	d := &Display{Width: width, Height: height, server: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(d.done)
	}()
	number := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(read).ReadString('\n')
		number <- strings.TrimSpace(line)
	}()
	select {
	case n := <-number:
		d.Name = ":" + n
	case <-d.done:
		return nil, errors.New("the virtual display ended at once: run Xvfb by hand to see why")
	case <-ctx.Done():
		_ = d.Close()
		return nil, ctx.Err()
	}
	if err := d.connect(); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Display) connect() error {
	conn, err := xgb.NewConnDisplay(d.Name)
	if err != nil {
		return fmt.Errorf("connecting to the display %s: %w", d.Name, err)
	}
	if err := xtest.Init(conn); err != nil {
		conn.Close()
		return fmt.Errorf("the display %s takes no test input: %w", d.Name, err)
	}
	d.conn = conn
	d.root = xproto.Setup(conn).DefaultScreen(conn).Root
	return nil
}

// Close stops the display.
func (d *Display) Close() error {
	if d.conn != nil {
		d.conn.Close()
	}
	_ = d.server.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.done:
	case <-time.After(5 * time.Second):
		_ = d.server.Process.Kill()
		<-d.done
	}
	return nil
}

// Move puts the pointer at x, y in pixels.
func (d *Display) Move(x, y int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.event(xproto.MotionNotify, 0, x, y)
}

// Press puts the finger down; Release lifts it.
func (d *Display) Press() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.event(xproto.ButtonPress, 1, 0, 0)
}

// Release lifts the finger.
func (d *Display) Release() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.event(xproto.ButtonRelease, 1, 0, 0)
}

func (d *Display) event(kind, detail byte, x, y int) error {
	if err := xtest.FakeInputChecked(d.conn, kind, detail, 0, d.root, int16(x), int16(y), 0).Check(); err != nil {
		return fmt.Errorf("pointer event on %s: %w", d.Name, err)
	}
	return nil
}

// Picture is what the display shows.
func (d *Display) Picture() (*image.RGBA, error) {
	return d.Part(image.Rect(0, 0, d.Width, d.Height))
}

// Part is what a part of the display shows.
func (d *Display) Part(r image.Rectangle) (*image.RGBA, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	img := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	// In strips: one answer of the X server holds at most 16 MB and is cheaper to handle when small.
	const strip = 256
	for y := 0; y < r.Dy(); y += strip {
		h := min(strip, r.Dy()-y)
		got, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.root), int16(r.Min.X), int16(r.Min.Y+y), uint16(r.Dx()), uint16(h), 0xffffffff).Reply()
		if err != nil {
			return nil, fmt.Errorf("taking a picture of %s: %w", d.Name, err)
		}
		out := img.Pix[y*img.Stride:]
		for i := 0; i+3 < len(got.Data) && i+3 < len(out); i += 4 {
			out[i], out[i+1], out[i+2], out[i+3] = got.Data[i+2], got.Data[i+1], got.Data[i], 255
		}
	}
	return img, nil
}

// Save writes a picture of the display to a PNG file.
func (d *Display) Save(file string) error {
	img, err := d.Picture()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	return errors.Join(enc.Encode(f, img), f.Close())
}
