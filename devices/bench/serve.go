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
	"path/filepath"
	"strings"
	"time"

	"zizhuban/devices/bench/paper"
	"zizhuban/devices/bench/rig"
	"zizhuban/devices/bench/sam"
	"zizhuban/devices/bench/thermal"
)

// serveCmd is bench serve.
type serveCmd struct {
	Web string `help:"Address of the page: a port, or 127.0.0.1:PORT; port 0 takes a free one; none for no page." default:"127.0.0.1:0"`

	ReaderBaud   int           `help:"The reader's speed." default:"115200"`
	ReaderRF     time.Duration `help:"How long the reader talks to a card before it answers a read." default:"0s" name:"reader-rf"`
	ReaderReread string        `help:"What the reader answers while a card that was read still lies there: free finds it again, lift does not." enum:"free,lift" default:"free"`

	PrinterBaud   int           `help:"The printer's speed." default:"115200"`
	PrinterWidth  int           `help:"Dots across: 576 for 80 mm paper, 384 for 58 mm." default:"576"`
	PrinterSpeed  int           `help:"Millimetres a second." default:"90"`
	PrinterBuffer int           `help:"Receive buffer in bytes." default:"4096"`
	PrinterCut    time.Duration `help:"How long the cutter takes." default:"350ms"`
	PrinterFlow   string        `help:"How it stops the terminal when the buffer is full: none loses bytes, busy blocks the write, xonxoff sends XOFF." enum:"none,busy,xonxoff" default:"none"`
	PrinterFont   string        `help:"Characters that its font has." enum:"gb2312,gbk,gb18030" default:"gbk"`
	PrinterLacks  []string      `help:"Commands that the model does not know, such as 'GS ( H', 'GS ( k', 'DLE DC4', 'DLE ENQ', 'GS a', 'GS r'." sep:"," placeholder:"COMMAND,…"`

	ScannerBaud   int    `help:"The scanner's speed." default:"9600"`
	ScannerSuffix string `help:"What follows every code." enum:"cr,lf,crlf,tab,none" default:"cr"`
}

// place is what serve says when it is ready.
type place struct {
	Links  map[string]string `json:"links"`
	Web    string            `json:"web,omitempty"`
	Socket string            `json:"socket"`
}

// socketName is how the socket is called below the directory.
const socketName = "bench.sock"

func (s *serveCmd) Validate() error {
	for _, n := range []int{s.ReaderBaud, s.PrinterBaud, s.ScannerBaud} {
		if n < 300 || n > 4_000_000 {
			return fmt.Errorf("a speed of %d baud is not possible: take 300 to 4000000", n)
		}
	}
	if s.PrinterWidth < 96 || s.PrinterWidth > 2400 || s.PrinterSpeed < 1 || s.PrinterBuffer < 16 {
		return errors.New("the printer needs at least 96 dots, 1 mm/s and a buffer of 16 bytes")
	}
	return nil
}

// Run is the command.
func (s *serveCmd) Run(j *job) (err error) {
	dir, err := filepath.Abs(j.global.Dir)
	if err != nil {
		return fmt.Errorf("bench: the directory: %w", err)
	}
	made, err := makeDir(dir)
	if err != nil {
		return err
	}
	if made {
		defer func() { _ = os.Remove(dir) }() // only when it is empty: others may have put something there
	}
	socket, err := listenSocket(filepath.Join(dir, socketName))
	if err != nil {
		return err
	}
	defer func() { _ = socket.Close() }() // closed already when everything went well
	b, err := rig.Open(s.config(j, dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()

	p := place{Links: map[string]string{}, Socket: socket.Addr().String()}
	for _, d := range rig.Devices {
		p.Links[d] = filepath.Join(dir, d)
	}
	servers := []server{{socket, b.API()}}
	if s.Web != "none" {
		web, err := listenWeb(j.ctx, s.Web)
		if err != nil {
			return err
		}
		p.Web = fmt.Sprintf("http://%s/", web.Addr())
		servers = append(servers, server{web, b.Page(web.Addr().String())})
	}
	if err := s.announce(j, p); err != nil {
		return errors.Join(err, closeAll(servers))
	}
	return serve(j.ctx, servers)
}

func closeAll(servers []server) error {
	var errs []error
	for _, s := range servers {
		errs = append(errs, s.listener.Close())
	}
	return errors.Join(errs...)
}

func (s *serveCmd) config(j *job, dir string) rig.Config {
	suffix := map[string]string{"cr": "\r", "lf": "\n", "crlf": "\r\n", "tab": "\t", "none": ""}[s.ScannerSuffix]
	return rig.Config{
		Dir: dir, Clock: j.clock, Log: j.log,
		Reader: rig.ReaderConfig{Baud: s.ReaderBaud, Reread: sam.Reread(s.ReaderReread), RF: s.ReaderRF},
		Printer: rig.PrinterConfig{Baud: s.PrinterBaud, Config: thermal.Config{
			Paper: paper.Config{Width: s.PrinterWidth, Encoding: paper.Encoding(s.PrinterFont), Lacks: s.PrinterLacks},
			Speed: s.PrinterSpeed, Buffer: s.PrinterBuffer, Cut: s.PrinterCut, Flow: thermal.Flow(s.PrinterFlow),
		}},
		Scanner: rig.ScannerConfig{Baud: s.ScannerBaud, Suffix: suffix},
	}
}

// announce tells where everything is.
func (s *serveCmd) announce(j *job, p place) error {
	if j.global.JSON {
		return json.NewEncoder(j.out).Encode(p)
	}
	var b strings.Builder
	for _, d := range rig.Devices {
		fmt.Fprintf(&b, "%-8s %s\n", d, p.Links[d])
	}
	if p.Web != "" {
		fmt.Fprintf(&b, "%-8s %s\n", "page", p.Web)
	}
	_, err := fmt.Fprint(j.out, b.String())
	return err
}

// makeDir makes the directory for this user alone, and tells whether it was missing.
func makeDir(dir string) (made bool, err error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		made = true
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("bench: make the directory: %w", err)
	}
	return made, nil
}

// listenSocket opens the commands' socket. One that a bench which died has left is taken over; one that is answered is not.
func listenSocket(path string) (net.Listener, error) {
	const longest = 107 // of a socket's path on Linux
	if len(path) > longest {
		return nil, usageError{fmt.Errorf("the path %s is too long for a socket: take a directory with a shorter name", path)}
	}
	if c, err := net.Dial("unix", path); err == nil {
		_ = c.Close() // it only had to answer
		return nil, fmt.Errorf("a bench is running in %s already: stop it, or choose another --dir", filepath.Dir(path))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("bench: remove the old socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("bench: open the socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("bench: keep the socket to this user: %w", err), l.Close())
	}
	return l, nil
}

// listenWeb opens the page's port, on this machine only.
func listenWeb(ctx context.Context, address string) (net.Listener, error) {
	if !strings.Contains(address, ":") {
		address = "127.0.0.1:" + address
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usageError{fmt.Errorf("--web %s is not an address: take a port, or 127.0.0.1:PORT", address)}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usageError{fmt.Errorf("--web %s: the page is for this machine only: take 127.0.0.1", address)}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("bench: open the page's port: %w", err)
	}
	return l, nil
}

// server is a listener and what answers on it.
type server struct {
	listener net.Listener
	handler  http.Handler
}

// serve answers until the context ends.
func serve(ctx context.Context, servers []server) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, len(servers))
	var all []*http.Server
	for _, s := range servers {
		h := &http.Server{
			Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
			BaseContext: func(net.Listener) context.Context { return inner },
		}
		all = append(all, h)
		go func() { failed <- h.Serve(s.listener) }()
	}
	var errs []error
	running := len(servers)
	select {
	case <-ctx.Done():
	case err := <-failed:
		running--
		errs = append(errs, fmt.Errorf("bench: serve: %w", err))
	}
	cancel() // streams of events end by this
	for _, h := range all {
		grace, done := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		errs = append(errs, h.Shutdown(grace))
		done()
	}
	for range running {
		if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
