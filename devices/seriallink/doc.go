// Package seriallink is the one door to serial ports: it opens them, bounds every read and write by a context, notices when a
// cable is pulled, heals when it is put back, and keeps a trace in which no personal data stands.
//
// Read [Conn] first: what a driver talks through. [Open] makes one for a port, once. [Keep] makes a [Link], which opens the port
// again and again for as long as it lives; [Link.Conn] is the connection of the moment, and a conversation that holds one
// fails at once with [ErrDisconnected] when that connection is lost, instead of going on with whatever is plugged in next.
//
// It promises that a port has one owner (within the process by a registry, between processes by flock and TIOCEXCL), that no
// descriptor is used after it was closed, and that bytes of a write that was given up do not come out before the next job.
// It never lists or probes a port by opening it.
//
// Two backends stand behind the same small interface, [Module] (go.bug.st/serial) and [Termios]; README.md tells which is
// used when, and why.
package seriallink
