package queue

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// A record in the file is
//
//	magic    4  F5 'Z' 'Q' 01
//	kind     1  'E' envelope, 'F' facts, 'S' state
//	keyLen   1
//	key      keyLen
//	revision 8  big endian, counts up over all records ever written
//	length   4  big endian
//	payload  length
//	sum      32 SHA-256 of everything before
//
// Bolt has no checksum over values; this is ours. Kind, key and revision stand in the record itself so that a damaged file can
// be searched for records without its tree, and the newest of several versions is known.
const (
	kindEnvelope = 'E'
	kindFacts    = 'F'
	kindState    = 'S'

	headSize   = 4 + 1 + 1
	sumSize    = sha256.Size
	maxKey     = 255
	maxPayload = 32 << 20
)

var recordMagic = []byte{0xF5, 'Z', 'Q', 0x01}

var errRecord = errors.New("record does not match its checksum")

type record struct {
	kind     byte
	key      []byte
	revision uint64
	payload  []byte
}

func (r record) encode() []byte {
	b := make([]byte, 0, headSize+len(r.key)+12+len(r.payload)+sumSize)
	b = append(b, recordMagic...)
	b = append(b, r.kind, byte(len(r.key)))
	b = append(b, r.key...)
	b = binary.BigEndian.AppendUint64(b, r.revision)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.payload)))
	b = append(b, r.payload...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// recordSize reads how long the record is that starts at b, which may be cut short. need is how many bytes must be there to
// say; ok is false where b does not start a record.
func recordSize(b []byte) (size, need int, ok bool) {
	if len(b) < headSize {
		return 0, headSize, true
	}
	if !bytes.HasPrefix(b, recordMagic) {
		return 0, 0, false
	}
	at := headSize + int(b[5]) + 8
	if len(b) < at+4 {
		return 0, at + 4, true
	}
	n := binary.BigEndian.Uint32(b[at:])
	if n > maxPayload {
		return 0, 0, false
	}
	return at + 4 + int(n) + sumSize, 0, true
}

// decodeRecord reads a record and checks its sum. The result shares b's memory. Bytes after the record are an error, since a
// Bolt value holds exactly one.
func decodeRecord(b []byte) (record, error) {
	size, need, ok := recordSize(b)
	if !ok || need != 0 || size != len(b) {
		return record{}, fmt.Errorf("%d bytes: %w", len(b), errRecord)
	}
	sum := sha256.Sum256(b[:size-sumSize])
	if !bytes.Equal(sum[:], b[size-sumSize:]) {
		return record{}, errRecord
	}
	keyLen := int(b[5])
	at := headSize + keyLen
	return record{
		kind:     b[4],
		key:      b[headSize:at],
		revision: binary.BigEndian.Uint64(b[at:]),
		payload:  b[at+12 : size-sumSize],
	}, nil
}

// expect decodes the record that must stand at key.
func expect(kind byte, key, b []byte) (record, error) {
	r, err := decodeRecord(b)
	if err != nil {
		return r, err
	}
	if r.kind != kind || !bytes.Equal(r.key, key) {
		return r, fmt.Errorf("record of another place: %w", errRecord)
	}
	return r, nil
}

func sequenceKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func keySequence(key []byte) uint64 {
	if len(key) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}
