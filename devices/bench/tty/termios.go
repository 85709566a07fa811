package tty

import (
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// control runs an ioctl on a file without taking it out of the poller (Fd would).
func control(f *os.File, do func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := conn.Control(func(fd uintptr) { inner = do(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// setRaw switches off everything that a terminal driver does to bytes and sets the speed, as cfmakeraw(3).
func setRaw(slave *os.File, baud int) error {
	return control(slave, func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
		if err != nil {
			return err
		}
		t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
		t.Oflag &^= unix.OPOST
		t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		t.Cflag &^= unix.CSIZE | unix.PARENB | unix.CBAUD | unix.CBAUD<<16
		t.Cflag |= unix.CS8 | unix.CLOCAL | unix.CREAD | unix.BOTHER | unix.BOTHER<<16
		t.Ispeed, t.Ospeed = uint32(baud), uint32(baud)
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		return unix.IoctlSetTermios(fd, unix.TCSETS2, t)
	})
}

// hostBaud is the speed that the terminal set: a master shows its slave's settings.
func hostBaud(master *os.File) int {
	baud := 0
	_ = control(master, func(fd int) error { // a closed master has no speed
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
		if err == nil {
			baud = int(t.Ospeed)
		}
		return err
	})
	return baud
}

// inQueue is how many bytes wait to be read from that end.
func inQueue(f *os.File) (n int, err error) {
	err = control(f, func(fd int) error {
		n, err = unix.IoctlGetInt(fd, unix.TIOCINQ)
		return err
	})
	return n, err
}

// exclusive tells whether the terminal marked the line as its own.
func exclusive(slave *os.File) (marked bool) {
	_ = control(slave, func(fd int) error { // a closed line is nobody's
		n, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL)
		marked = n != 0
		return err
	})
	return marked
}

// share takes the mark away.
func share(slave *os.File) error {
	return control(slave, func(fd int) error { return unix.IoctlSetInt(fd, unix.TIOCNXCL, 0) })
}

// opener finds a process that has the line open, 0 where none can be seen; likely is looked at first. The bench's own
// handle does not count.
func (s *session) opener(likely int) int {
	own := ""
	_ = control(s.slave, func(fd int) error {
		own = filepath.Join("/proc", strconv.Itoa(os.Getpid()), "fd", strconv.Itoa(fd))
		return nil
	})
	holds := func(dir string) bool {
		fds, err := os.ReadDir(dir)
		if err != nil { // another user's process, or one that has ended
			return false
		}
		for _, fd := range fds {
			path := filepath.Join(dir, fd.Name())
			if target, err := os.Readlink(path); err == nil && target == s.name && path != own {
				return true
			}
		}
		return false
	}
	if likely != 0 && holds(filepath.Join("/proc", strconv.Itoa(likely), "fd")) {
		return likely
	}
	procs, err := filepath.Glob("/proc/[0-9]*/fd")
	if err != nil {
		return 0
	}
	for _, dir := range procs {
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(dir))); err == nil && holds(dir) {
			return pid
		}
	}
	return 0
}
