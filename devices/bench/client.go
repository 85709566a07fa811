package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"

	"zizhuban/devices/bench/rig"
)

// do sends one request to the running bench and gives the body of its answer.
func (j *job) do(method, path string, body any) ([]byte, error) {
	socket := filepath.Join(j.global.Dir, socketName)
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(j.ctx, method, "http://bench"+path, in)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return nil, fmt.Errorf("no bench is running in %s: start one with bench serve --dir %[1]s", j.global.Dir)
		}
		return nil, fmt.Errorf("bench: ask the running bench: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read to its end, or the error is told already
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("bench: read the answer: %w", err)
	}
	if answer.StatusCode == http.StatusOK {
		return got, nil
	}
	var p rig.Problem
	if json.Unmarshal(got, &p) != nil || p.Error == "" {
		p.Error = fmt.Sprintf("the running bench answered %s", answer.Status)
	}
	err = errors.New(p.Error)
	if answer.StatusCode == http.StatusBadRequest {
		return nil, usageError{err}
	}
	return nil, err
}

// post sends a wish and says that it was done.
func (j *job) post(path string, wish any, said string) error {
	got, err := j.do(http.MethodPost, path, wish)
	if err != nil {
		return err
	}
	return j.say(got, said)
}

// say prints an answer: as it came with --json, else in words.
func (j *job) say(got []byte, words string) error {
	var err error
	if j.global.JSON {
		_, err = fmt.Fprintf(j.out, "%s\n", bytes.TrimSpace(got))
	} else if words != "" {
		_, err = fmt.Fprintln(j.out, words)
	}
	return err
}

// get asks for something and reads it into v.
func (j *job) get(path string, v any) ([]byte, error) {
	got, err := j.do(http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(got, v); err != nil {
		return nil, fmt.Errorf("bench: the answer is not understood: %w", err)
	}
	return got, nil
}
