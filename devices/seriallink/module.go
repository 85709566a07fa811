package seriallink

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.bug.st/serial"
)

// tick is how long a read of go.bug.st/serial waits before it says (0, nil). Bytes end it at once; it only bounds how long
// closing takes.
const tick = 100 * time.Millisecond

// maxDescriptor is the highest descriptor that select(2) can watch safely: go.bug.st/serial panics in Read from 1024 on. Some
// are left for what other goroutines open meanwhile.
const maxDescriptor = 960

// module is the backend of go.bug.st/serial.
type module struct {
	port  serial.Port
	lock  *os.File // holds the flock; the module does not give its descriptor
	claim *claim

	reading sync.Mutex // held during a Read of the module, so that Close never pulls its descriptor away
	writing sync.Mutex
	closing chan struct{} // closed by Close
	once    sync.Once
	mu      sync.Mutex
	under   chan struct{} // closed when the write that is under way has come back from the kernel; nil before the first
}

// openModule opens node with go.bug.st/serial.
func openModule(node string, c Config, owned *claim) (backend, error) {
	if free, err := nextDescriptor(); err != nil {
		return nil, err
	} else if free > maxDescriptor {
		// Too many files are open for select(2): the other backend has no such limit.
		return openTermios(node, c, owned)
	}
	lock, err := lockNode(node)
	if err != nil {
		return nil, err
	}
	mode := &serial.Mode{BaudRate: c.Baud, DataBits: c.DataBits}
	switch c.Parity {
	case OddParity:
		mode.Parity = serial.OddParity
	case EvenParity:
		mode.Parity = serial.EvenParity
	}
	if c.StopBits == 2 {
		mode.StopBits = serial.TwoStopBits
	}
	// InitialStatusBits stays nil: on a pseudo-terminal and on some USB devices the modem lines answer ENOTTY and the module
	// then refuses to open.
	port, err := serial.Open(node, mode)
	if err != nil {
		lock.Close()
		return nil, moduleError(err)
	}
	// Set once, before the first Read: changing it during a Read is a data race in the module.
	if err := port.SetReadTimeout(tick); err != nil {
		port.Close()
		lock.Close()
		return nil, moduleError(err)
	}
	return &module{port: port, lock: lock, claim: owned, closing: make(chan struct{})}, nil
}

// moduleError gives the module's codes their meaning; its PortError does not unwrap.
func moduleError(err error) error {
	var code *serial.PortError
	if !errors.As(err, &code) {
		return err
	}
	switch code.Code() {
	case serial.PortBusy:
		return fmt.Errorf("%w (%v)", ErrBusy, err)
	case serial.PortNotFound:
		return fmt.Errorf("%w (%v)", os.ErrNotExist, err)
	case serial.PermissionDenied:
		return fmt.Errorf("%w (%v)", os.ErrPermission, err)
	case serial.PortClosed:
		return fmt.Errorf("%w (%v)", ErrDisconnected, err)
	}
	return fmt.Errorf("%w (%v)", ErrNotSerial, err)
}

// Read gives (0, nil) every tick.
func (m *module) Read(p []byte) (int, error) {
	m.reading.Lock()
	defer m.reading.Unlock()
	if m.isClosing() {
		return 0, os.ErrClosed
	}
	n, err := m.port.Read(p)
	if err != nil {
		err = moduleError(err)
	}
	return n, err
}

// Write cannot take back a write(2) that blocks: when ctx ends first, the port is given up for good and its node stays claimed
// until the kernel lets go, so that the bytes that hang there never come out before somebody else's.
func (m *module) Write(ctx context.Context, p []byte) (int, error) {
	m.writing.Lock()
	defer m.writing.Unlock()
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	under := make(chan struct{})
	m.mu.Lock()
	m.under = under
	m.mu.Unlock()
	go func() {
		defer close(under)
		var r result
		for r.n < len(p) && !m.isClosing() {
			n, err := m.port.Write(p[r.n:])
			r.n += n
			if err != nil || n == 0 { // a short write without an error is followed by an error, or by nothing for ever
				r.err = err
				break
			}
		}
		if r.n < len(p) && r.err == nil {
			r.err = ErrDisconnected
		}
		done <- r
	}()
	why := error(os.ErrClosed)
	select {
	case r := <-done:
		return r.n, r.err
	case <-m.closing:
	case <-ctx.Done():
		why = context.Cause(ctx)
	}
	// A moment's grace: a write that is only just under way is not a stalled one.
	grace := time.NewTimer(tick)
	defer grace.Stop()
	select {
	case r := <-done:
		return r.n, r.err
	case <-grace.C:
	}
	return 0, fmt.Errorf("%w: %w", ErrWriteStalled, why)
}

func (m *module) ResetInput() error { return m.port.ResetInputBuffer() }

// Close ends the Read that is under way within a tick and then closes the port. Where a write hangs in the kernel, the port is
// closed when it comes back: closing it before would leave the number of its descriptor to another file while the write may
// still use it. Until then the node stays claimed.
func (m *module) Close() error {
	var err error
	m.once.Do(func() {
		close(m.closing)
		m.mu.Lock()
		under := m.under
		m.mu.Unlock()
		if under != nil {
			grace := time.NewTimer(tick)
			defer grace.Stop()
			select {
			case <-under:
			case <-grace.C:
				m.claim.stalled()
				go func() { // ends when the device takes the bytes or is unplugged: the kernel offers no other way
					<-under
					_ = m.shut() // nobody is left to tell
				}()
				return
			}
		}
		err = m.shut()
	})
	return err
}

func (m *module) shut() error {
	m.reading.Lock()
	defer m.reading.Unlock()
	err := errors.Join(m.port.Close(), m.lock.Close())
	m.claim.release()
	return err
}

func (m *module) isClosing() bool {
	select {
	case <-m.closing:
		return true
	default:
		return false
	}
}

// nextDescriptor tells the lowest free descriptor, which the next file gets.
func nextDescriptor() (uintptr, error) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Fd(), nil
}
