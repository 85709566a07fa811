//go:build !linux

package seriallink

// List knows no ports here: they are read from Linux's sysfs.
func List() ([]Found, error) { return nil, nil }
