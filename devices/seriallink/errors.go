package seriallink

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"zizhuban/devices"
)

// The ways in which a port fails. Each has a health code, see [HealthOf].
var (
	// ErrNotFound: no such port. It comes back by itself when the device is plugged in.
	ErrNotFound = fmt.Errorf("serial port not found, check cable and power: %w", devices.ErrDisconnected)
	// ErrPermission: this user may not open the port.
	ErrPermission = errors.New("no permission for the serial port, add this user to the group dialout")
	// ErrBusy: another program, or another device of this terminal, has the port.
	ErrBusy = errors.New("serial port is in use by another program or device")
	// ErrNotSerial: the path is something else than a serial port.
	ErrNotSerial = errors.New("not a serial port, correct the configuration")
	// ErrDisconnected: the port was lost while it was in use.
	ErrDisconnected = fmt.Errorf("serial port lost, check the cable: %w", devices.ErrDisconnected)
	// ErrWriteStalled: the device took no more bytes; it needs its power switched off and on.
	ErrWriteStalled = errors.New("serial port takes no bytes, switch the device off and on")
	// ErrClosed: the connection was closed by its owner.
	ErrClosed = errors.New("serial port closed")
	// ErrFlapping is a health only: the device connects and disconnects again and again.
	ErrFlapping = errors.New("serial port comes and goes, change cable or connector")
)

// The stable health codes of serial ports.
const (
	CodeNotFound     = "SER-01"
	CodePermission   = "SER-02"
	CodeBusy         = "SER-03"
	CodeNotSerial    = "SER-04"
	CodeDisconnected = "SER-05"
	CodeWriteStalled = "SER-06"
	CodeWrongDevice  = "SER-07"
	CodeFlapping     = "SER-08"
)

// HealthOf tells what an error of this package says about the device, and its state. For nil, or for an error of another
// origin, ok is false.
func HealthOf(err error) (status devices.Status, health devices.Health, ok bool) {
	for _, row := range []struct {
		is           error
		status       devices.Status
		code, action string
	}{
		{ErrFlapping, devices.HardwareError, CodeFlapping, "maintenance"},
		{ErrWriteStalled, devices.HardwareError, CodeWriteStalled, "maintenance"},
		{ErrNotFound, devices.PowerOff, CodeNotFound, "clear"},
		{ErrPermission, devices.HardwareError, CodePermission, "configuration"},
		{ErrBusy, devices.Busy, CodeBusy, "configuration"},
		{ErrNotSerial, devices.NoDevice, CodeNotSerial, "configuration"},
		{ErrDisconnected, devices.PowerOff, CodeDisconnected, "suspend"},
	} {
		if errors.Is(err, row.is) {
			return row.status, devices.Health{Code: row.code, Action: row.action, Detail: err.Error()}, true
		}
	}
	return "", devices.Health{}, false
}

// openError says which of the failures err is when it came from opening path.
func openError(path string, err error) error {
	kind := ErrNotSerial
	switch {
	case errors.Is(err, ErrBusy), errors.Is(err, ErrWriteStalled), errors.Is(err, ErrNotSerial):
		return fmt.Errorf("open %s: %w", path, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.EIO):
		// ENXIO, ENODEV and EIO: the node is there for some milliseconds after the device has gone.
		kind = ErrNotFound
	case errors.Is(err, syscall.EBUSY):
		kind = ErrBusy
	case errors.Is(err, fs.ErrPermission):
		kind = ErrPermission
	}
	return fmt.Errorf("open %s: %w (%v)", path, kind, err)
}

// lostError names the failure of a port that was open. At the moment of an unplug the drivers of the kernel answer EIO, ENODEV,
// EPERM (cdc_acm) or an end of file: all of them mean gone, and EPERM does not mean that rights are missing.
func lostError(path string, err error) error {
	if errors.Is(err, ErrDisconnected) || errors.Is(err, ErrClosed) || errors.Is(err, ErrWriteStalled) {
		return err
	}
	if err == nil || errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", path, ErrDisconnected)
	}
	if errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("%s: %w", path, ErrClosed)
	}
	return fmt.Errorf("%s: %w (%v)", path, ErrDisconnected, err)
}
