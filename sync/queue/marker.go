package queue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// marker is what queue.mark holds, beside the Bolt file: which queue that file is, and up to where sequence numbers may have
// been used. A file that is silently new, lost, or an older copy does not fit it.
//
// Numbers are reserved in blocks, so that a submission does not have to write this file too: From is what the Bolt file had
// reached when the block was reserved, so a Bolt file with less is an older copy; nothing above Reserved was ever used, so
// numbering may go on there when the Bolt file is lost.
type marker struct {
	Queue    string `json:"queue"`
	From     uint64 `json:"from"`
	Reserved uint64 `json:"reserved"`
}

const (
	reserveBlock = 64 // numbers reserved at once
	reserveLow   = 16 // Room reserves more when fewer are left, so that Put seldom has to
)

var errNoMarker = errors.New("no marker")

// readMarker reads the marker. A missing one is errNoMarker, a damaged one ErrDamaged.
func readMarker(path string) (marker, error) {
	var m marker
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, errNoMarker
	}
	if err != nil {
		return m, fmt.Errorf("read marker: %w", err)
	}
	body, sum, ok := bytes.Cut(data, []byte("\n"))
	want := sha256.Sum256(body)
	if !ok || string(bytes.TrimSpace(sum)) != hex.EncodeToString(want[:]) {
		return m, fmt.Errorf("marker %s: %w", filepath.Base(path), ErrDamaged)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("marker %s: %w: %w", filepath.Base(path), ErrDamaged, err)
	}
	return m, nil
}

func (q *Queue) writeMarker(m marker) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write marker: %w", err)
	}
	sum := sha256.Sum256(body)
	data := fmt.Appendf(body, "\n%s\n", hex.EncodeToString(sum[:]))
	if err := q.opts.fault("marker"); err != nil {
		return fmt.Errorf("write marker: %w", err)
	}
	if err := replaceFile(q.path(markFile), data); err != nil {
		return fmt.Errorf("write marker: %w", err)
	}
	q.mark = m
	return nil
}

// reserve makes sure that at least want numbers above the highest used one are reserved. The caller holds mu.
func (q *Queue) reserve(want uint64) error {
	if q.mark.Reserved >= q.index.sequence+want {
		return nil
	}
	return q.writeMarker(marker{Queue: q.mark.Queue, From: q.index.sequence, Reserved: q.index.sequence + reserveBlock})
}
