package queue_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"zizhuban/sync/queue"
)

// served opens the queue's socket and answers on it until the test ends.
func served(t *testing.T, q *queue.Queue) (socket string) {
	t.Helper()
	ln, err := q.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- q.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return filepath.Join(q.Dir(), queue.SocketFile)
}

// aShortDir is a directory whose path fits into a socket's address.
func aShortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "q")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestAsk_looks_at_a_live_queue(t *testing.T) {
	t.Parallel()
	s := aSealer(t)
	q := open(t, aShortDir(t), options(noon()))
	put(t, q, s)
	socket := served(t, q)
	st, err := queue.Ask(within(t), socket)
	if err != nil {
		t.Fatal(err)
	}
	if want := q.Status(); !reflect.DeepEqual(st, want) {
		t.Errorf("asked %+v\nhas   %+v", st, want)
	}
	r, err := queue.AskVerify(within(t), socket)
	if err != nil || !r.OK || r.Waiting != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %v, %v", info.Mode(), err)
	}
}

func TestAsk_says_when_no_kiosk_is_running(t *testing.T) {
	t.Parallel()
	dir := aShortDir(t)
	if _, err := queue.Ask(within(t), filepath.Join(dir, queue.SocketFile)); !errors.Is(err, queue.ErrNotRunning) {
		t.Errorf("without a socket: %v", err)
	}
	// A socket that a killed process has left behind.
	q := open(t, dir, options(noon()))
	ln, err := q.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := queue.Ask(within(t), filepath.Join(dir, queue.SocketFile)); !errors.Is(err, queue.ErrNotRunning) {
		t.Errorf("with a dead socket: %v", err)
	}
	if _, err := queue.Ask(within(t), served(t, q)); err != nil {
		t.Errorf("the dead socket was not replaced: %v", err)
	}
}

func TestServe_answers_no_other_question_and_waits_for_nobody(t *testing.T) {
	t.Parallel()
	q := open(t, aShortDir(t), options(noon()))
	socket := served(t, q)
	for _, question := range []string{"open sesame\n", strings.Repeat("x", 1000) + "\n", "status"} {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, question); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(conn) // a reset is an answer too
		if strings.Contains(string(answer), "depth") {
			t.Errorf("%.20q was answered with %s", question, answer)
		}
		_ = conn.Close()
	}
	// One that connects and says nothing does not keep Serve from ending; the clean-up of served waits for that.
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
}

func TestInspect_looks_at_a_queue_at_rest_and_changes_nothing(t *testing.T) {
	t.Parallel()
	dir, s := aShortDir(t), aSealer(t)
	aQueueWith(t, dir, s, 3)
	before := readFile(t, filepath.Join(dir, "queue.db"))
	st, r, err := queue.Inspect(within(t), dir, inChildProcess())
	if err != nil || st.Depth != 3 || st.Broken != "" || !r.OK || r.Waiting != 3 {
		t.Errorf("%+v\n%+v\n%v", st, r, err)
	}
	if string(readFile(t, filepath.Join(dir, "queue.db"))) != string(before) {
		t.Error("looking changed the file")
	}
	clear(before[:8192])
	writeFile(t, filepath.Join(dir, "queue.db"), before)
	st, r, err = queue.Inspect(within(t), dir, inChildProcess())
	if err != nil || st.Broken == "" || r.OK || len(r.Problems) != 1 {
		t.Errorf("damaged: %+v\n%+v\n%v", st, r, err)
	}
	if string(readFile(t, filepath.Join(dir, "queue.db"))) != string(before) {
		t.Error("looking changed the damaged file")
	}
}

func TestInspect_asks_a_running_kiosk(t *testing.T) {
	t.Parallel()
	dir, s := aShortDir(t), aSealer(t)
	q := open(t, dir, options(noon()))
	put(t, q, s)
	if _, _, err := queue.Inspect(within(t), dir, options(noon())); !errors.Is(err, queue.ErrLocked) {
		t.Errorf("a kiosk that does not answer: %v, want ErrLocked", err)
	}
	served(t, q)
	st, r, err := queue.Inspect(within(t), dir, options(noon()))
	if err != nil || st.Depth != 1 || !r.OK {
		t.Errorf("%+v, %+v, %v", st, r, err)
	}
}

func TestInspect_makes_no_queue_where_there_is_none(t *testing.T) {
	t.Parallel()
	dir := aShortDir(t)
	if _, _, err := queue.Inspect(within(t), dir, options(noon())); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want ErrNotExist", err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("it made %v, %v", names, err)
	}
}
