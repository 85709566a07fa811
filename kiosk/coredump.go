package main

import (
	"log/slog"

	"golang.org/x/sys/unix"
)

// forbidCoreDumps keeps what is in memory out of a file when the program dies, and out of reach of other processes of the same
// user: a visit's answers are there.
func forbidCoreDumps(log *slog.Logger) {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		log.Warn("core dumps could not be forbidden", "err", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		log.Warn("the memory could not be closed to other processes", "err", err)
	}
}
