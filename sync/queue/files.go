package queue

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

// The files of a queue.
const (
	dbFile      = "queue.db"
	newFile     = "queue.db.new"
	markFile    = "queue.mark"
	lockFile    = "queue.lock"
	ballastFile = "queue.ballast"
	damagedFile = "queue.db.damaged-" // and a time
)

var systemRandom = rand.Reader

// takeLock takes the queue for this process. The lock goes with the process, however it ends; so there is nothing to wait for.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder := readHolder(f)
		_ = f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock: %w", err)
		}
		return nil, fmt.Errorf("%w%s; stop it first, or look at it with: kiosk queue status", ErrLocked, holder)
	}
	// Who holds it is only for the other's message, so failures do not matter.
	_ = f.Truncate(0)
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return f, nil
}

// releaseLock gives the lock up at once, also where a process that is just being started still holds a copy of the file.
func releaseLock(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}

func readHolder(f *os.File) string {
	buf := make([]byte, 32)
	n, _ := f.ReadAt(buf, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}

// replaceFile writes a small file so that either the old or the new content is there after a power cut.
func replaceFile(path string, data []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return err
	}
	return syncDir(filepath.Dir(path))
}

// roomAhead is the size that a queue file has from the beginning, in blocks that are really written. Writing into a hole or
// into reserved blocks makes a file system commit its own books with each sync, which can double the time of a submission;
// a queue that reaches its hall never needs more than this.
const roomAhead = 512 << 10

// settleFile gives a new, closed Bolt file its room ahead and makes it durable. Bolt does not mind a file that is longer than
// it needs.
func settleFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < roomAhead {
		_, err = f.WriteAt(make([]byte, roomAhead-info.Size()), info.Size())
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDir makes names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// isNoSpace tells errors that mean "no room". EFBIG comes from a limit on file sizes, ErrMaxSizeReached from our own last fence.
func isNoSpace(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, bolterrors.ErrMaxSizeReached) {
		return true
	}
	for _, none := range []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EFBIG} {
		// Bolt hides the cause of a failed resize and of the sync after it in its text.
		if errors.Is(err, none) || strings.HasSuffix(err.Error(), none.Error()) {
			return true
		}
	}
	return false
}

// isHarmless tells failures after which a Bolt file may be used as before: there was no room, and that came out before
// anything was synced. When it comes out at a sync, the system has already dropped what it could not write.
func isHarmless(err error) bool {
	if !isNoSpace(err) {
		return false
	}
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Op != "sync"
	}
	return errors.Is(err, bolterrors.ErrMaxSizeReached) || strings.HasPrefix(err.Error(), "file resize error")
}

func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}
