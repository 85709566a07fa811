package queue

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"

	bolt "go.etcd.io/bbolt"
)

// worthCompacting tells whether the file is large and nearly empty. Bolt never shrinks a file, and writes the list of its
// free pages with every commit. The caller holds mu.
func (q *Queue) worthCompacting() bool {
	info, err := os.Stat(q.path(dbFile))
	return err == nil && info.Size() > q.opts.CompactAbove && info.Size() > 4*q.index.held+1<<20
}

// tryCompact makes the file small again. That it fails is no harm, so it is only logged. The caller holds mu.
func (q *Queue) tryCompact() {
	if err := q.compact(); err != nil {
		q.opts.Log.Warn("the queue file could not be made smaller", "error", err)
	}
}

// compact copies the live content into a new file and puts that in the place of the old. Until the rename the old file is in
// use and whole; after it the new one is, which was durable before.
func (q *Queue) compact() error {
	err := guarded(func() error {
		dst, err := bolt.Open(q.path(newFile), 0o600, q.boltOptions())
		if err != nil {
			return err
		}
		return errors.Join(bolt.Compact(dst, q.db, 1<<20), dst.Close(), settleFile(q.path(newFile)))
	})
	if err == nil {
		err = q.opts.fault("compact")
	}
	if err != nil {
		_ = os.Remove(q.path(newFile))
		return err
	}
	if err := q.closeBolt(); err != nil {
		// The handle is gone either way; the file on the disk is whole as far as its last commit.
		q.opts.Log.Warn("closing the queue file before its replacement failed", "error", err)
	}
	err = os.Rename(q.path(newFile), q.path(dbFile))
	if err == nil {
		err = syncDir(q.dir)
	}
	if loadErr := q.load(); loadErr != nil {
		q.broken = loadErr
		return errors.Join(err, loadErr)
	}
	return err
}

// ballastSize is the room that is kept for deleting: Bolt writes new pages even to delete.
const ballastSize = 256 << 10

// keepBallast makes the ballast file if the disk has room for it. The caller holds mu.
func (q *Queue) keepBallast() {
	if q.ballast {
		return
	}
	if info, err := os.Stat(q.path(ballastFile)); err == nil && info.Size() == ballastSize {
		q.ballast = true
		return
	}
	free, err := q.opts.FreeBytes(q.dir)
	if err != nil || free < uint64(q.opts.MinFree) {
		return
	}
	// Random, so that no file system stores it as a hole or compressed.
	data := make([]byte, ballastSize)
	if _, err := rand.Read(data); err != nil {
		return
	}
	if err := replaceFile(q.path(ballastFile), data); err != nil {
		q.opts.Log.Warn("the ballast could not be written", "error", err)
		return
	}
	q.ballast = true
}

// dropBallast gives the ballast's room to a write that found none, and tells whether there was any. The caller holds mu.
func (q *Queue) dropBallast() bool {
	err := os.Remove(q.path(ballastFile))
	q.ballast = false
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			q.opts.Log.Warn("the ballast could not be removed", "error", err)
		}
		return false
	}
	q.opts.Log.Warn("the disk is full; the ballast was given up", "bytes", ballastSize)
	return true
}
