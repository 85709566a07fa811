package seriallink

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// owners holds the ports that this process has open, by the node that they resolve to: TIOCEXCL does not bind root, and
// flock is taken per open file, so only this keeps two devices of one terminal from sharing a port.
var owners = struct {
	sync.Mutex
	taken map[string]*claim
}{taken: map[string]*claim{}}

// claim is this process's ownership of a node.
type claim struct {
	node string
	why  error // told to the next who wants the node; ErrBusy, or ErrWriteStalled while a write hangs in the kernel
}

// resolve follows links to the device node and refuses what cannot be a serial port, before anything is opened.
func resolve(path string) (string, error) {
	node, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(node)
	if err != nil {
		return "", err
	}
	if info.Mode()&os.ModeCharDevice == 0 {
		return "", ErrNotSerial
	}
	return node, nil
}

func take(node string) (*claim, error) {
	owners.Lock()
	defer owners.Unlock()
	if held := owners.taken[node]; held != nil {
		return nil, fmt.Errorf("%w: this program already has %s open", held.why, node)
	}
	c := &claim{node: node, why: ErrBusy}
	owners.taken[node] = c
	return c, nil
}

// stalled changes the reason why nobody else may have the node.
func (c *claim) stalled() {
	owners.Lock()
	defer owners.Unlock()
	c.why = ErrWriteStalled
}

func (c *claim) release() {
	owners.Lock()
	defer owners.Unlock()
	if owners.taken[c.node] == c {
		delete(owners.taken, c.node)
	}
}
