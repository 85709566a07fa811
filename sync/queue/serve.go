package queue

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

// SocketFile is the name that a program gives the socket on which it serves its queue, in the queue's directory.
const SocketFile = "queue.sock"

// ErrNotRunning is returned by Ask where no kiosk serves the socket.
var ErrNotRunning = errors.New("no kiosk is running on this queue")

// The questions of the socket: one line in, one JSON object out, then the connection is closed.
const (
	askStatus = "status"
	askVerify = "verify"
)

type reply struct {
	Status *Status `json:"status,omitempty"`
	Report *Report `json:"report,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// Listen opens the socket for Serve below the queue's directory, readable for this user only, and removes what an earlier
// process left there: the queue's lock says that there is no other.
func (q *Queue) Listen() (net.Listener, error) {
	path := q.path(SocketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listen for questions about the queue: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for questions about the queue: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen for questions about the queue: %w", err), ln.Close())
	}
	return ln, nil
}

// Serve answers other processes' questions about the live queue until ctx ends, then closes ln and waits for what it was
// answering. The file itself is locked, so this is how a command looks at it.
func (q *Queue) Serve(ctx context.Context, ln net.Listener) error {
	var answering sync.WaitGroup
	defer answering.Wait()
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return errors.Join(fmt.Errorf("answer questions about the queue: %w", err), ln.Close())
		}
		answering.Go(func() {
			defer conn.Close()
			unblock := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
			defer unblock()
			q.answer(ctx, conn)
		})
	}
}

func (q *Queue) answer(ctx context.Context, conn net.Conn) {
	// A question that does not come, or an answer that is not read, must not stay for ever. Deadlines of sockets are the
	// system's time, not the queue's clock.
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	line, err := bufio.NewReader(io.LimitReader(conn, 64)).ReadString('\n')
	if err != nil {
		return
	}
	var r reply
	switch line {
	case askStatus + "\n":
		s := q.Status()
		r.Status = &s
	case askVerify + "\n":
		report, err := q.Verify(ctx)
		if err != nil {
			r.Error = err.Error()
		} else {
			r.Report = &report
		}
	default:
		r.Error = "unknown question"
	}
	_ = conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = json.NewEncoder(conn).Encode(r) // a questioner who went away needs no answer
}

// Ask asks a running kiosk for the status of its queue, through the socket at path.
func Ask(ctx context.Context, path string) (Status, error) {
	r, err := ask(ctx, path, askStatus)
	if err != nil || r.Status == nil {
		return Status{}, errors.Join(err, missing(r.Status == nil && err == nil))
	}
	return *r.Status, nil
}

// AskVerify has a running kiosk verify its queue.
func AskVerify(ctx context.Context, path string) (Report, error) {
	r, err := ask(ctx, path, askVerify)
	if err != nil || r.Report == nil {
		return Report{}, errors.Join(err, missing(r.Report == nil && err == nil))
	}
	return *r.Report, nil
}

func missing(is bool) error {
	if is {
		return errors.New("ask the queue: the answer is empty")
	}
	return nil
}

func ask(ctx context.Context, path, question string) (reply, error) {
	var r reply
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return r, fmt.Errorf("ask the queue at %s: %w", path, ErrNotRunning)
	}
	if err != nil {
		return r, fmt.Errorf("ask the queue: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(conn, question+"\n"); err != nil {
		return r, fmt.Errorf("ask the queue: %w", err)
	}
	if err := json.NewDecoder(io.LimitReader(conn, 16<<20)).Decode(&r); err != nil {
		return r, fmt.Errorf("ask the queue: %w", errors.Join(err, ctx.Err()))
	}
	if r.Error != "" {
		return r, fmt.Errorf("ask the queue: %s", r.Error)
	}
	return r, nil
}

// Inspect looks at the queue in dir whether or not a kiosk is running on it, and changes nothing: no file is made, none is set
// aside. A damaged file is told in the report.
func Inspect(ctx context.Context, dir string, opts Options) (Status, Report, error) {
	socket := filepath.Join(dir, SocketFile)
	status, err := Ask(ctx, socket)
	if err == nil {
		report, err := AskVerify(ctx, socket)
		return status, report, err
	}
	if !errors.Is(err, ErrNotRunning) {
		return Status{}, Report{}, err
	}
	opts = opts.withDefaults()
	q := &Queue{dir: dir, opts: opts}
	if _, err := os.Stat(q.path(dbFile)); err != nil {
		return Status{}, Report{}, fmt.Errorf("look at the queue in %s: %w", dir, err)
	}
	lock, err := takeLock(q.path(lockFile))
	if err != nil {
		return Status{}, Report{}, fmt.Errorf("look at the queue in %s: %w", dir, err)
	}
	defer func() { _ = releaseLock(lock) }()
	if err := q.verifyFirst(ctx); err != nil {
		if !errors.Is(err, ErrDamaged) {
			return Status{}, Report{}, fmt.Errorf("look at the queue in %s: %w", dir, err)
		}
		return Status{Broken: err.Error(), FreeBytes: -1, Aside: []Aside{}, Quarantined: []Incident{}}, Report{Problems: []string{err.Error()}}, nil
	}
	var c content
	var report Report
	err = guarded(func() error {
		db, err := bolt.Open(q.path(dbFile), 0o600, &bolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: 2 * time.Second, FreelistType: bolt.FreelistMapType})
		if err != nil {
			return err
		}
		if c, err = readAll(db, opts.Log.Warn); err == nil {
			report, err = verifyDB(ctx, db)
		}
		return errors.Join(err, db.Close())
	})
	if err != nil {
		return Status{}, Report{}, fmt.Errorf("look at the queue in %s: %w", dir, err)
	}
	q.index, q.journal, q.terminal = c.index, c.journal, opts.Terminal
	q.closed = true
	status = q.Status()
	status.Broken = ""
	if err := q.full(); err != nil {
		status.Full = err.Error()
	}
	return status, report, nil
}
