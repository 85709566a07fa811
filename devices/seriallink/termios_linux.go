package seriallink

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// termios is our own backend: a non-blocking descriptor under Go's poller, so that reads, writes and Close are released by
// deadlines, and a use after Close is os.ErrClosed and not a stranger's file.
type termios struct {
	file    *os.File
	claim   *claim
	writing sync.Mutex
	closing atomic.Bool
}

// openTermios opens node by termios calls. File.Fd is never used on it: that would make the descriptor blocking again.
func openTermios(node string, c Config, owned *claim) (backend, error) {
	f, err := os.OpenFile(node, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	t := &termios{file: f, claim: owned}
	if err := t.control(func(fd int) error {
		if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
			return flockError(err)
		}
		if err := setUp(fd, c); err != nil {
			return fmt.Errorf("%w (%v)", ErrNotSerial, err)
		}
		return unix.IoctlSetInt(fd, unix.TIOCEXCL, 0)
	}); err != nil {
		f.Close()
		return nil, err
	}
	return t, nil
}

// setUp makes the line raw with the wanted speed, format and flow control. Modem lines are left as they are.
func setUp(fd int, c Config) error {
	a, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		return err
	}
	a.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.IGNPAR | unix.PARMRK | unix.INPCK | unix.ISTRIP | unix.INLCR | unix.IGNCR |
		unix.ICRNL | unix.IUCLC | unix.IXON | unix.IXOFF | unix.IXANY
	a.Oflag &^= unix.OPOST
	a.Lflag &^= unix.ECHO | unix.ECHOE | unix.ECHOK | unix.ECHONL | unix.ECHOCTL | unix.ECHOKE | unix.ICANON | unix.ISIG | unix.IEXTEN
	a.Cflag &^= unix.CSIZE | unix.PARENB | unix.PARODD | unix.CMSPAR | unix.CSTOPB | unix.CRTSCTS | unix.CBAUD
	a.Cflag |= unix.CREAD | unix.CLOCAL | unix.BOTHER // BOTHER: the speed stands in Ispeed and Ospeed as a number
	a.Ispeed, a.Ospeed = uint32(c.Baud), uint32(c.Baud)
	switch c.DataBits {
	case 5:
		a.Cflag |= unix.CS5
	case 6:
		a.Cflag |= unix.CS6
	case 7:
		a.Cflag |= unix.CS7
	default:
		a.Cflag |= unix.CS8
	}
	switch c.Parity {
	case OddParity:
		a.Cflag |= unix.PARENB | unix.PARODD
		a.Iflag |= unix.INPCK
	case EvenParity:
		a.Cflag |= unix.PARENB
		a.Iflag |= unix.INPCK
	}
	if c.StopBits == 2 {
		a.Cflag |= unix.CSTOPB
	}
	switch c.Flow {
	case RTSCTS:
		a.Cflag |= unix.CRTSCTS
	case XONXOFF: // never IXANY: any status byte of a printer would then resume sending
		a.Iflag |= unix.IXON | unix.IXOFF
	}
	a.Cc[unix.VMIN], a.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS2, a)
}

// control runs f with the descriptor, which stays open meanwhile.
func (t *termios) control(f func(fd int) error) error {
	raw, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

func (t *termios) Read(p []byte) (int, error) { return t.file.Read(p) }

func (t *termios) Write(ctx context.Context, p []byte) (int, error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	if err := t.file.SetWriteDeadline(time.Time{}); err != nil {
		return 0, err
	}
	if t.closing.Load() {
		return 0, os.ErrClosed
	}
	given := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(given)
		// Any time in the past releases the write. Its error is that of a closed file, which the write itself reports.
		_ = t.file.SetWriteDeadline(time.Unix(1, 0))
	})
	n, err := t.file.Write(p)
	if !stop() {
		<-given // so that the deadline of the past does not fall upon the next write
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	// What the kernel took and the device did not must not come out before the next job.
	flush := t.control(func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) })
	if ctx.Err() == nil { // given up by Close
		return n, errors.Join(os.ErrClosed, flush)
	}
	return n, errors.Join(fmt.Errorf("%w: %w", ErrWriteStalled, context.Cause(ctx)), flush)
}

func (t *termios) ResetInput() error {
	return t.control(func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) })
}

// Close first gives up a write that is under way, so that it throws away what the kernel holds: closing a real line would
// otherwise wait for the device, up to half a minute.
func (t *termios) Close() error {
	t.closing.Store(true)
	_ = t.file.SetWriteDeadline(time.Unix(1, 0)) // fails only on a file that is closed already
	t.writing.Lock()
	defer t.writing.Unlock()
	err := t.file.Close()
	t.claim.release()
	return err
}

// lockNode takes the flock of a node, on a descriptor of its own, and leaves the line's settings alone.
func lockNode(node string) (*os.File, error) {
	f, err := os.OpenFile(node, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	raw, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) }); err != nil {
		inner = err
	}
	if inner != nil {
		f.Close()
		return nil, flockError(inner)
	}
	return f, nil
}

func flockError(err error) error {
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrBusy
	}
	return err
}
