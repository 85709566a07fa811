package walkthrough

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"
)

// Tree is what stands on the terminal's screen, as the probe of a test build tells it.
type Tree struct {
	Step     string   `json:"step"`
	Revision uint64   `json:"revision"`
	Lang     string   `json:"lang"`
	Elder    bool     `json:"elder"`
	Width    int      `json:"width"`
	Height   int      `json:"height"`
	Nodes    []Node   `json:"nodes"`
	Problem  string   `json:"problem"` // its code, where one stands above the step
	Texts    []string `json:"texts"`
}

// Node is something that can be touched, in pixels of the window.
type Node struct {
	ID      string  `json:"id"`
	Label   string  `json:"label"`
	Kind    string  `json:"kind"`
	Enabled bool    `json:"enabled"`
	X       float32 `json:"x"`
	Y       float32 `json:"y"`
	W       float32 `json:"w"`
	H       float32 `json:"h"`
}

// Node finds what bears an id.
func (t *Tree) Node(id string) (Node, bool) {
	for _, n := range t.Nodes {
		if n.ID == id {
			return n, true
		}
	}
	return Node{}, false
}

// IDs lists what can be touched, for error messages.
func (t *Tree) IDs() []string {
	var ids []string
	for _, n := range t.Nodes {
		ids = append(ids, n.ID)
	}
	return ids
}

// probe asks a terminal that was built with the tag probe what stands on its screen.
type probe struct {
	socket string

	mu   sync.Mutex
	conn net.Conn
	in   *bufio.Reader
}

// tree asks once.
func (p *probe) tree(ctx context.Context) (*Tree, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == nil {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", p.socket)
		if err != nil {
			return nil, fmt.Errorf("asking the terminal what it shows: %w", err)
		}
		p.conn, p.in = conn, bufio.NewReader(conn)
	}
	t, err := p.ask()
	if err != nil {
		_ = p.conn.Close()
		p.conn = nil
		return nil, fmt.Errorf("asking the terminal what it shows: %w", err)
	}
	return t, nil
}

func (p *probe) ask() (*Tree, error) {
	if err := p.conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := p.conn.Write([]byte(`{"cmd":"tree"}` + "\n")); err != nil {
		return nil, err
	}
	line, err := p.in.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	var t Tree
	if err := json.Unmarshal(line, &t); err != nil {
		return nil, err
	}
	return &t, nil
}
