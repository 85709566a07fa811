package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"zizhuban/sync/queue"
	"zizhuban/sync/uplink"
)

// withQueue asks the running terminal, or looks at the queue where none runs; that changes nothing: a damaged file is told,
// not set aside, which is the terminal's own doing at its next start.
func withQueue[T any](s *setting, ask func(ctx context.Context, socket string) (T, error), of func(queue.Status, queue.Report) T) (answer T, err error) {
	cfg, err := loadConfig(s.config)
	if err != nil {
		return answer, err
	}
	dir := cfg.queueDir()
	answer, err = ask(s.ctx, filepath.Join(dir, queue.SocketFile))
	if !errors.Is(err, queue.ErrNotRunning) {
		return answer, err
	}
	exe, err := os.Executable()
	if err != nil {
		return answer, fmt.Errorf("finding this program: %w", err)
	}
	terminal := ""
	if id, err := uplink.Load(cfg.identityDir()); err == nil { // whose queue it is; one who may not read the key may look all the same
		terminal = id.Enrolment().Terminal
	}
	status, report, err := queue.Inspect(s.ctx, dir, queue.Options{
		Terminal: terminal, Clock: s.clock, Log: slog.New(slog.DiscardHandler), Verify: queue.SelfVerify(exe, verifyWord),
		MaxEntries: cfg.Queue.MaxEntries, MaxBytes: cfg.Queue.MaxBytes,
	})
	if errors.Is(err, fs.ErrNotExist) {
		return answer, fmt.Errorf("%w in %s: the terminal makes it at its first start", errNoQueue, dir)
	}
	return of(status, report), err
}

// errNoQueue says that this terminal has not run yet.
var errNoQueue = errors.New("there is no queue yet")

type queueStatusCommand struct{}

// Run tells what waits to be sent.
func (queueStatusCommand) Run(s *setting) error {
	status, err := withQueue(s, queue.Ask, func(status queue.Status, _ queue.Report) queue.Status { return status })
	if err != nil {
		return err
	}
	err = s.answer(status, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "等待发送 waiting: %d (%d bytes)\n", status.Depth, status.Bytes)
		if !status.Oldest.IsZero() {
			_, _ = fmt.Fprintf(w, "最早一份 oldest: %s (%s)\n", status.Oldest.Local().Format(time.DateTime), (time.Duration(status.OldestSeconds) * time.Second).String())
		}
		if status.Broken != "" {
			_, _ = fmt.Fprintf(w, "队列不能用 broken: %s\n", status.Broken)
		}
		if status.Full != "" {
			_, _ = fmt.Fprintf(w, "队列已满 full: %s\n", status.Full)
		}
		for _, a := range status.Aside {
			_, _ = fmt.Fprintf(w, "被退回 set aside: %s (%s) %s\n", a.LocalNumber, a.At.Local().Format(time.DateTime), a.Reason)
		}
		for _, i := range status.Quarantined {
			_, _ = fmt.Fprintf(w, "队列文件出过事 incident: %s %s %s, salvaged %d\n", i.At.Local().Format(time.DateTime), i.Kind, i.File, i.Salvaged)
		}
	})
	if err == nil && status.Broken != "" {
		return errFound
	}
	return err
}

type queueVerifyCommand struct{}

// Run checks every record.
func (queueVerifyCommand) Run(s *setting) error {
	report, err := withQueue(s, queue.AskVerify, func(_ queue.Status, report queue.Report) queue.Report { return report })
	if err != nil {
		return err
	}
	if report.Problems == nil {
		report.Problems = []string{} // an empty list in JSON, not null
	}
	err = s.answer(report, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "等待发送 waiting %d, 被退回 set aside %d, %d bytes\n", report.Waiting, report.SetAside, report.Bytes)
		for _, p := range report.Problems {
			_, _ = fmt.Fprintf(w, "问题 problem: %s\n", p)
		}
		if report.OK {
			_, _ = fmt.Fprintln(w, "没有问题。 All is well.")
		}
	})
	if err == nil && !report.OK {
		return errFound
	}
	return err
}
