package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Store keeps small values of the rest of the terminal durably: which catalogue it has, how often a PIN was tried. Never
// personal data.
type Store struct{ q *Queue }

// maxState bounds a value's JSON.
const maxState = 64 << 10

// ErrKey is returned for a name that cannot be used: empty, longer than 100 bytes, or beginning with "queue.".
var ErrKey = errors.New("not a usable name for a value")

// State is the store in the queue's file.
func (q *Queue) State() *Store { return &Store{q} }

// Get reads the value of key into v, as JSON, and tells whether there is one. It does not touch the disk.
func (s *Store) Get(key string, v any) (bool, error) {
	s.q.mu.Lock()
	data, ok := s.q.state[key]
	s.q.mu.Unlock()
	if !ok {
		return false, nil
	}
	// Values are replaced, never changed, so data may be read without the lock.
	if err := json.Unmarshal(data, v); err != nil {
		return false, fmt.Errorf("state %s: %w", key, err)
	}
	return true, nil
}

// Set stores v as JSON under key. When it has returned, the value is durable. Setting what is there already writes nothing.
func (s *Store) Set(key string, v any) error {
	if key == "" || len(key) > 100 || strings.HasPrefix(key, ownState) {
		return fmt.Errorf("state %.100q: %w", key, ErrKey)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("state %s: %w", key, err)
	}
	if len(data) > maxState {
		return fmt.Errorf("state %s: %d bytes, at most %d are allowed", key, len(data), maxState)
	}
	q := s.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.usable(); err != nil {
		return fmt.Errorf("state %s: %w", key, err)
	}
	if old, ok := q.state[key]; ok && bytes.Equal(old, data) {
		return nil
	}
	return q.setState(key, data)
}

// Delete removes the value of key.
func (s *Store) Delete(key string) error {
	if strings.HasPrefix(key, ownState) {
		return fmt.Errorf("state %.100q: %w", key, ErrKey)
	}
	q := s.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.usable(); err != nil {
		return fmt.Errorf("state %s: %w", key, err)
	}
	if _, ok := q.state[key]; !ok {
		return nil
	}
	if err := q.update(func(tx *bolt.Tx) error { return tx.Bucket(bucketState).Delete([]byte(key)) }); err != nil {
		return fmt.Errorf("state %s: %w", key, err)
	}
	delete(q.state, key)
	return nil
}

// setState stores a value. The caller holds mu.
func (q *Queue) setState(key string, data []byte) error {
	r := record{kind: kindState, key: []byte(key), revision: q.index.revision + 1, payload: data}
	if err := q.update(func(tx *bolt.Tx) error { return tx.Bucket(bucketState).Put(r.key, r.encode()) }); err != nil {
		return fmt.Errorf("state %s: %w", key, err)
	}
	q.index.revision++
	q.state[key] = data
	return nil
}

// ClearIncidents forgets the incidents of Status.Quarantined, after a technician has dealt with them. The files that were set
// aside stay.
func (q *Queue) ClearIncidents() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.usable(); err != nil {
		return err
	}
	if err := q.setState(keyJournal, []byte("[]")); err != nil {
		return err
	}
	q.journal = nil
	return nil
}
