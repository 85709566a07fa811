package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"zizhuban/sync/queue"
)

// withQueue asks the running terminal, or opens the queue where none runs.
func withQueue[T any](s *setting, ask func(ctx context.Context, socket string) (T, error), look func(*queue.Queue) (T, error)) (answer T, err error) {
	cfg, err := loadConfig(s.config)
	if err != nil {
		return answer, err
	}
	answer, err = ask(s.ctx, filepath.Join(cfg.queueDir(), queue.SocketFile))
	if !errors.Is(err, queue.ErrNotRunning) {
		return answer, err
	}
	if _, err := os.Stat(cfg.queueDir()); err != nil {
		return answer, fmt.Errorf("there is no queue yet: the terminal makes it at its first start: %w", err)
	}
	exe, err := os.Executable()
	if err != nil {
		return answer, err
	}
	q, err := queue.Open(s.ctx, cfg.queueDir(), queue.Options{Clock: s.clock, Log: slog.New(slog.DiscardHandler), Verify: queue.SelfVerify(exe, verifyWord)})
	if err != nil {
		return answer, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	return look(q)
}

type queueStatusCommand struct{}

// Run tells what waits to be sent.
func (queueStatusCommand) Run(s *setting) error {
	status, err := withQueue(s, queue.Ask, func(q *queue.Queue) (queue.Status, error) { return q.Status(), nil })
	if err != nil {
		return err
	}
	return s.answer(status, func(w io.Writer) {
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
}

type queueVerifyCommand struct{}

// Run checks every record.
func (queueVerifyCommand) Run(s *setting) error {
	report, err := withQueue(s, queue.AskVerify, func(q *queue.Queue) (queue.Report, error) { return q.Verify(s.ctx) })
	if err != nil {
		return err
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
