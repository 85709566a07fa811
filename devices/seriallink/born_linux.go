package seriallink

import (
	"io/fs"
	"syscall"
)

// born tells two nodes of one name apart: a device that went and came back has another inode.
func born(info fs.FileInfo) [2]uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return [2]uint64{s.Ino, uint64(s.Rdev)}
	}
	return [2]uint64{}
}
