//go:build probe

package screens

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"

	"fyne.io/fyne/v2"

	"zizhuban/kiosk/screens/screenstest"
	"zizhuban/kiosk/visit"
)

// ProbeTree is the answer to {"cmd":"tree"}: where the visit is, and what can be touched and read in the window.
type ProbeTree struct {
	Step     visit.Step         `json:"step"`
	Revision uint64             `json:"revision"`
	Lang     string             `json:"lang"`
	Elder    bool               `json:"elder"`
	Problem  string             `json:"problem,omitempty"` // code
	Warning  int                `json:"warning,omitempty"` // seconds
	Width    float32            `json:"width"`
	Height   float32            `json:"height"`
	Nodes    []screenstest.Node `json:"nodes"`
	Texts    []string           `json:"texts"`
	Error    string             `json:"error,omitempty"`
}

// StartProbe lets an end-to-end test see the window: it answers requests of one JSON line on a unix socket, which only its
// owner may open, until the window is closed. It exists in binaries built with the tag probe only.
func StartProbe(w *Window, socketPath string) error {
	if err := os.Remove(socketPath); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("probe: %w", err)
	}
	l, err := net.Listen("unix", socketPath)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if err := os.Chmod(socketPath, 0o600); err != nil {
		l.Close()
		return fmt.Errorf("probe: %w", err)
	}
	p := &probe{w: w, listener: l, conns: map[net.Conn]bool{}, closed: make(chan struct{})}
	p.work.Go(p.accept)
	w.onClose = append(w.onClose, p.Close)
	return nil
}

type probe struct {
	w        *Window
	listener net.Listener
	closed   chan struct{}
	work     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func (p *probe) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.conns[c] = true
		p.mu.Unlock()
		p.work.Go(func() { p.serve(c) })
	}
}

func (p *probe) serve(c net.Conn) {
	defer func() {
		c.Close()
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
	}()
	lines, out := bufio.NewScanner(c), json.NewEncoder(c)
	for lines.Scan() {
		var req struct {
			Cmd string `json:"cmd"`
		}
		var answer ProbeTree
		if err := json.Unmarshal(lines.Bytes(), &req); err != nil || req.Cmd != "tree" {
			answer.Error = `unknown request; send {"cmd":"tree"}`
		} else if !p.look(&answer) {
			return
		}
		if out.Encode(answer) != nil {
			return
		}
	}
}

// look fills an answer on the UI goroutine; it gives up when the window is closed meanwhile.
func (p *probe) look(t *ProbeTree) bool {
	done := make(chan ProbeTree, 1)
	fyne.Do(func() {
		s, size := &p.w.state, p.w.win.Canvas().Size()
		tree := screenstest.Look(p.w.win.Canvas())
		answer := ProbeTree{Step: s.Step, Revision: s.Revision, Lang: s.Lang, Elder: s.Elder, Width: size.Width, Height: size.Height,
			Nodes: tree.Nodes, Texts: tree.Texts}
		if s.Problem != nil {
			answer.Problem = s.Problem.Code
		}
		if s.Warning != nil {
			answer.Warning = s.Warning.Seconds
		}
		done <- answer
	})
	select {
	case *t = <-done:
		return true
	case <-p.closed:
		return false
	}
}

// Close ends all connections and waits for them.
func (p *probe) Close() {
	close(p.closed)
	p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.work.Wait()
}
