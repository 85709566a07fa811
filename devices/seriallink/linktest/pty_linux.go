package linktest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// PTY is a pseudo-terminal behind a stable link, which stands for a device with a cable. A driver opens Path; the test is the
// device and talks through Read and Write.
type PTY struct {
	t    testing.TB
	path string

	mu            sync.Mutex
	master, slave *os.File
}

// NewPTY makes a pseudo-terminal that is plugged in.
func NewPTY(t testing.TB) *PTY {
	t.Helper()
	p := &PTY{t: t, path: filepath.Join(t.TempDir(), "device")}
	p.Plug()
	t.Cleanup(p.Unplug)
	return p
}

// Path is the link that a driver opens.
func (p *PTY) Path() string { return p.path }

// Plug makes a new pseudo-terminal behind the link.
func (p *PTY) Plug() {
	p.t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		p.t.Fatalf("no pseudo-terminal: %v", err)
	}
	// Raw at once: a driver that has not opened it yet must not see its input echoed and translated.
	if err := makeRaw(slave); err != nil {
		p.t.Fatalf("pseudo-terminal not raw: %v", err)
	}
	next := p.path + ".next"
	if err := os.Symlink(slave.Name(), next); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Rename(next, p.path); err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.master, p.slave = master, slave
}

func makeRaw(slave *os.File) error {
	fd := int(slave.Fd())
	a, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	a.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.ISTRIP | unix.BRKINT | unix.PARMRK
	a.Oflag &^= unix.OPOST
	a.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	return unix.IoctlSetTermios(fd, unix.TCSETS, a)
}

// Unplug hangs up and takes the link away, as udev does. A link that stayed would soon lead to somebody else's pseudo-terminal:
// their numbers are given out again.
func (p *PTY) Unplug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.master == nil {
		return
	}
	if err := os.Remove(p.path); err != nil {
		p.t.Error(err)
	}
	p.slave.Close()
	p.master.Close()
	p.master, p.slave = nil, nil
}

// Master is the device's end.
func (p *PTY) Master() *os.File {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.master
}

// Node is the device node that the link leads to now.
func (p *PTY) Node() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slave.Name()
}

// Serve reads what the driver writes and gives it to device, until the cable is pulled. It answers through Master. The returned channel is
// closed when it has ended.
func (p *PTY) Serve(device func(master *os.File, written []byte)) <-chan struct{} {
	ended := make(chan struct{})
	master := p.Master()
	go func() {
		defer close(ended)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			device(master, append([]byte(nil), buf[:n]...))
		}
	}()
	return ended
}

// Pace writes b at the pace of a line of 10 bits a byte, to within a few bytes.
func Pace(w *os.File, b []byte, baud int) error {
	begin, sent := time.Now(), 0
	for sent < len(b) {
		due := int(time.Since(begin) * time.Duration(baud) / (10 * time.Second))
		if due <= sent {
			time.Sleep(time.Duration(sent+1-due) * 10 * time.Second / time.Duration(baud))
			continue
		}
		n, err := w.Write(b[sent:min(due, len(b))])
		sent += n
		if err != nil {
			return err
		}
	}
	return nil
}
