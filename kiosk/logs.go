package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"zizhuban/sync/safelog"
)

// logLimit is how large a log file grows before it is turned: two of them, so that a terminal never fills its disk by talking.
const logLimit = 4 << 20

// openLog makes the terminal's logger: to a file below the data directory and to the standard error, through the handler that
// cannot print personal data.
func openLog(file string, stderr io.Writer) (*slog.Logger, io.Closer, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, nil, fmt.Errorf("opening the log: %w", err)
	}
	t := &turning{file: file}
	if err := t.open(); err != nil {
		return nil, nil, fmt.Errorf("opening the log: %w", err)
	}
	return slog.New(safelog.New(slog.NewTextHandler(io.MultiWriter(t, stderr), nil))), t, nil
}

// turning is a file that begins anew when it has grown long, keeping the one before.
type turning struct {
	mu   sync.Mutex
	file string
	f    *os.File
	size int64
}

func (t *turning) open() error {
	f, err := os.OpenFile(t.file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return err
	}
	t.f, t.size = f, info.Size()
	return nil
}

// Write writes a record. A full disk costs log lines, never a visit.
func (t *turning) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.size+int64(len(p)) > logLimit {
		_ = t.f.Close()
		_ = os.Rename(t.file, t.file+".1")
		if err := t.open(); err != nil {
			return len(p), nil
		}
	}
	n, err := t.f.Write(p)
	t.size += int64(n)
	if err != nil {
		return len(p), nil
	}
	return n, nil
}

// Close closes the file.
func (t *turning) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.f.Close()
}
