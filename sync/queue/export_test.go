package queue

// WithFault has f called around each write of a queue: with "marker", "create", "rename", "compact", and with "update" before
// and "commit" after a transaction. An error that f returns counts as the disk's.
func WithFault(o Options, f func(step string) error) Options {
	o.fault = f
	return o
}
