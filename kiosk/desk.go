package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"zizhuban/devices"
	"zizhuban/sync/uplink"
)

// desk answers technicians' commands while the terminal runs, on a socket that only the terminal's user can open. It tells
// states and figures, nothing of a visit.
type desk struct {
	t        *terminal
	listener net.Listener
}

// Running is what a running terminal tells of itself.
type Running struct {
	Terminal  string           `json:"terminal"`
	Catalogue int              `json:"catalogue"`
	Rejected  []string         `json:"rejected,omitempty"` // codes of items that cannot be used
	Items     int              `json:"items"`
	Devices   []devices.Report `json:"devices"`
	Uplink    uplink.Status    `json:"uplink"`
}

func (t *terminal) openDesk() (*desk, error) {
	path := t.cfg.socket()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the technicians' socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the technicians' socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the technicians' socket: %w", err), l.Close())
	}
	return &desk{t, l}, nil
}

func (d *desk) serve(ctx context.Context) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /running", func(w http.ResponseWriter, _ *http.Request) {
		index := d.t.shelf.Index()
		r := Running{
			Terminal: d.t.identity.Enrolment().Terminal, Catalogue: index.Catalogue().Version, Items: len(index.Catalogue().Items),
			Devices: d.t.station.Reports(), Uplink: d.t.uplink.Status(),
		}
		for _, x := range index.Rejected() {
			r.Rejected = append(r.Rejected, x.Code)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(r) // a questioner who went away needs no answer
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
		d.t.log.Warn("technicians' commands are no longer answered", "err", err)
	}
}

// errNotRunning says that no terminal answers on the socket.
var errNotRunning = errors.New("the terminal is not running")

// askRunning asks a running terminal how it is.
func askRunning(ctx context.Context, socket string) (Running, error) {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://terminal/running", nil)
	if err != nil {
		return Running{}, err
	}
	res, err := client.Do(req)
	if err != nil {
		return Running{}, fmt.Errorf("%w: %w", errNotRunning, err)
	}
	defer func() { _ = res.Body.Close() }()
	var r Running
	if err := json.NewDecoder(res.Body).Decode(&r); err != nil {
		return Running{}, fmt.Errorf("what the running terminal says is not understood: %w", err)
	}
	return r, nil
}
