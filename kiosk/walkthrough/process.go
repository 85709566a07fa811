package walkthrough

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a program that was started and is waited for. It dies with its parent: nothing is left behind, not even after
// a kill -9 of the parent.
type process struct {
	name string
	cmd  *exec.Cmd
	out  *lines
	done chan struct{}
	err  error // set when done is closed
}

// launch starts a program. What it writes goes to a file below logs; lines of its standard output can be awaited.
func launch(name, logs string, env []string, path string, args ...string) (*process, error) {
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(logs, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	p := &process{name: name, out: newLines(log), done: make(chan struct{})}
	p.cmd = exec.Command(path, args...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout = p.out
	p.cmd.Stderr = log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		_ = log.Close()
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		p.out.end()
		_ = log.Close()
		close(p.done)
	}()
	return p, nil
}

// line waits for a line of standard output that begins with prefix.
func (p *process) line(ctx context.Context, prefix string) (string, error) {
	for i := 0; ; i++ {
		line, err := p.out.at(ctx, i)
		if err != nil {
			return "", fmt.Errorf("waiting for %s to say %q: %w (see its log)", p.name, prefix, err)
		}
		if strings.HasPrefix(line, prefix) {
			return line, nil
		}
	}
}

// stop asks the program to end and kills it when it does not.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	select {
	case <-p.done:
		return nil
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("%s did not end within ten seconds and was killed", p.name)
	}
	return nil
}

// kill ends the program as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// lines keeps what a program wrote, line by line, and copies it to a log.
type lines struct {
	mu      sync.Mutex
	log     io.Writer
	whole   []string
	partial bytes.Buffer
	changed chan struct{}
	ended   bool
}

func newLines(log io.Writer) *lines { return &lines{log: log, changed: make(chan struct{})} }

// Write takes what the program wrote.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.log.Write(p)
	l.partial.Write(p)
	for {
		i := bytes.IndexByte(l.partial.Bytes(), '\n')
		if i < 0 {
			break
		}
		line := string(l.partial.Next(i + 1))
		l.whole = append(l.whole, strings.TrimRight(line, "\r\n"))
	}
	close(l.changed)
	l.changed = make(chan struct{})
	return len(p), nil
}

func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *lines) at(ctx context.Context, i int) (string, error) {
	for {
		l.mu.Lock()
		if i < len(l.whole) {
			defer l.mu.Unlock()
			return l.whole[i], nil
		}
		ended, changed := l.ended, l.changed
		l.mu.Unlock()
		if ended {
			return "", errors.New("it ended")
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// command runs a program to its end and gives its standard output.
func command(ctx context.Context, path string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s %s: %w: %s", filepath.Base(path), strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}
