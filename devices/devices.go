// Package devices is the vocabulary that every device of a terminal speaks: which device it is, how it is, what is wrong
// with it and what mends it. The words are those of UPOS (life cycle) and XFS4IoT (device and component status).
//
// Three axes are kept apart and never mixed in one value: the life cycle ([Life]), the device's status ([Status]) and the
// status of its parts (in the drivers' own packages). A change on an axis is one [Event].
package devices

import (
	"errors"
	"time"
)

// Errors that every device may answer. A driver's own errors wrap them, so that one errors.Is finds them all.
var (
	// ErrNoDevice means that this terminal has no such device configured. Only a change of configuration mends it.
	ErrNoDevice = errors.New("this terminal has no such device")
	// ErrDisconnected means that the device is configured and cannot be reached: no cable, no power, no answer. It heals by
	// itself when the device is back.
	ErrDisconnected = errors.New("the device is not connected")
)

// Role is what a device is for on this terminal.
type Role string

// The roles.
const (
	RoleIDCard  Role = "idcard"
	RolePrinter Role = "printer"
	RoleScanner Role = "scanner"
)

// Status is the state of a device, after XFS4IoT Common.
type Status string

// The states of a device.
const (
	Starting      Status = "starting"      // port open, handshake under way
	Online        Status = "online"        // present and working
	Busy          Status = "deviceBusy"    // a command is under way
	PowerOff      Status = "powerOff"      // no power or not connected
	Offline       Status = "offline"       // switched off by an operator or taken by the technician
	NoDevice      Status = "noDevice"      // not part of this terminal
	HardwareError Status = "hardwareError" // the device reports a fault
	UserError     Status = "userError"     // a person prevents operation: cover open, paper in the way
)

// Health is a stable code that a technician can look up, with what mends it.
type Health struct {
	Code   string `json:"code"`             // such as SER-01; empty when all is well
	Action string `json:"action,omitempty"` // XFS4IoT: reset, softwareError, configuration, clear, maintenance, suspend
	Detail string `json:"detail,omitempty"` // for the technician; never personal data
}

// Report is how one device is, at one moment.
type Report struct {
	Role       Role              `json:"role"`
	Driver     string            `json:"driver"`
	Port       string            `json:"port"`
	Status     Status            `json:"status"`
	Health     Health            `json:"health"`
	Parts      map[string]string `json:"parts,omitempty"` // such as paper: full, low, out
	Since      time.Time         `json:"since"`
	Reconnects int               `json:"reconnects"`
	Identity   string            `json:"identity,omitempty"` // such as a SAM number or a printer's model
}

// Event is one change on one axis of one device.
type Event struct {
	Role   Role
	Axis   string // "status" or the name of a part
	Old    string
	New    string
	Health Health
	At     time.Time
}
