package queue

import (
	"bytes"
	"context"
	"testing"
)

// These look inside the package: a record's form is nobody else's business.

func TestRecord_survives_encoding(t *testing.T) {
	t.Parallel()
	for _, r := range []record{
		{kind: kindEnvelope, key: sequenceKey(7), revision: 9, payload: []byte("payload")},
		{kind: kindState, key: []byte("k"), revision: 1 << 60, payload: nil},
		{kind: kindFacts, key: bytes.Repeat([]byte{1}, maxKey), payload: make([]byte, 100_000)},
	} {
		got, err := decodeRecord(r.encode())
		if err != nil || got.kind != r.kind || !bytes.Equal(got.key, r.key) || got.revision != r.revision || !bytes.Equal(got.payload, r.payload) {
			t.Errorf("%c came back as %c, %v", r.kind, got.kind, err)
		}
	}
}

func TestRecord_notices_every_flipped_bit_and_every_cut(t *testing.T) {
	t.Parallel()
	good := record{kind: kindEnvelope, key: sequenceKey(7), revision: 9, payload: []byte("a payload of some length")}.encode()
	for i := range len(good) * 8 {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := decodeRecord(bad); err == nil {
			t.Fatalf("bit %d", i)
		}
	}
	for n := range good {
		if _, err := decodeRecord(good[:n]); err == nil {
			t.Fatalf("cut to %d bytes", n)
		}
	}
	if _, err := decodeRecord(append(bytes.Clone(good), 0)); err == nil {
		t.Fatal("a byte more")
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(record{kind: kindState, key: []byte("key"), revision: 3, payload: []byte("{}")}.encode())
	f.Add(recordMagic)
	f.Add([]byte{0xF5, 'Z', 'Q', 1, 'E', 255, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRecord(data)
		if err != nil {
			return
		}
		if !bytes.Equal(r.encode(), data) {
			t.Fatal("a record has two forms")
		}
	})
}

// FuzzSalvage searches arbitrary files. Whatever they hold, it ends, and gives back only whole records.
func FuzzSalvage(f *testing.F) {
	state := record{kind: kindState, key: []byte("catalogue"), revision: 3, payload: []byte("7")}.encode()
	f.Add(append(append(make([]byte, 4096), state...), 1, 2, 3))
	f.Add(append(bytes.Clone(state[:len(state)-1]), state...))
	f.Add(bytes.Repeat(recordMagic, 100))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := search(context.Background(), bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range x.state {
			if !bytes.Contains(data, r.encode()) {
				t.Fatal("it found a record that is not there")
			}
		}
	})
}

// A record that lies across the border of two windows must be found, and found once.
func TestSalvage_finds_a_record_at_every_place_around_a_window(t *testing.T) {
	t.Parallel()
	r := record{kind: kindState, key: []byte("catalogue"), revision: 3, payload: []byte("7")}.encode()
	for at := window - len(r) - 2; at <= window+2; at++ {
		data := make([]byte, window+len(r)+10)
		copy(data[at:], r)
		x, err := search(context.Background(), bytes.NewReader(data), int64(len(data)))
		if err != nil || len(x.state) != 1 {
			t.Fatalf("at %d: %d found, %v", at, len(x.state), err)
		}
	}
}
