//go:build !linux

package seriallink

import (
	"fmt"
	"os"
)

// openTermios exists on Linux only.
func openTermios(node string, _ Config, _ *claim) (backend, error) {
	return nil, fmt.Errorf("%w: the termios backend needs Linux", ErrNotSerial)
}

// lockNode has nothing to hold here but the file that is asked for; other systems open serial ports exclusively.
func lockNode(string) (*os.File, error) { return os.Open(os.DevNull) }
