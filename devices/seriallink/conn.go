package seriallink

import "context"

// Conn is an open connection to a device. One conversation uses it at a time; its methods may be called from any goroutine.
type Conn interface {
	// Read waits for at least one byte and gives what has come in so far. It ends with the context's error, or with
	// ErrDisconnected when the connection is lost. It never gives 0 bytes without an error. What is there already is given
	// even when the context has ended, so a context that has ended makes it a look without a wait.
	Read(ctx context.Context, p []byte) (int, error)
	// Write gives all of p to the port. Where it cannot before the context ends, it tells how much the port took and fails with
	// the context's error; the connection is then lost for good (ErrWriteStalled), and what had not left the computer is
	// thrown away.
	Write(ctx context.Context, p []byte) (int, error)
	// Discard throws away what has come in and has not been read, and tells how many bytes that was.
	Discard() int
}

// Source gives the connection of the moment.
type Source interface {
	// Conn gives the open connection, or the reason why there is none.
	Conn() (Conn, error)
}

// Fixed is a Source that always gives the same connection, for a port that is opened once.
func Fixed(c Conn) Source { return fixed{c} }

type fixed struct{ c Conn }

func (f fixed) Conn() (Conn, error) { return f.c, nil }

// backend is what a way of opening ports must be able to do. Read may give (0, nil) as a tick; every error means that the port
// is lost. Close may be called while Read is blocked and releases it; nothing else is called after it.
type backend interface {
	Read(p []byte) (int, error)
	// Write gives up when ctx ends, having thrown away what the computer still held.
	Write(ctx context.Context, p []byte) (int, error)
	ResetInput() error
	Close() error
}
