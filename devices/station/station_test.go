package station_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/devices/seriallink/linktest"
	"zizhuban/devices/station"
)

// aReader answers as a security module without a card.
func aReader(master *os.File, w []byte) {
	for len(w) >= 10 {
		answer := idcard.Reply{SW3: idcard.StatusOK}
		switch (idcard.Command{w[7], w[8]}) {
		case idcard.CmdFind:
			answer.SW3 = idcard.StatusNoCard
		case idcard.CmdID:
			answer.Data = []byte{5, 0, 3, 0, 0xA5, 0x3A, 0x34, 0x01, 0x87, 0xD6, 0x12, 0, 0x79, 0x38, 0x4E, 5}
		}
		if _, err := master.Write(answer.Bytes()); err != nil {
			return // unplugged
		}
		w = w[10:]
	}
}

// aPrinter answers status requests of all kinds, and keeps what it was sent.
type aPrinter struct {
	mu   sync.Mutex
	out  bool
	sent []byte
	rest []byte
}

func (p *aPrinter) set(out bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out = out
}

func (p *aPrinter) got() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.sent)
}

func (p *aPrinter) serve(master *os.File, w []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, w...)
	p.rest = append(p.rest, w...)
	for len(p.rest) > 0 {
		b := p.rest
		answer := []byte(nil)
		switch {
		case b[0] == 0x10 && len(b) < 3, b[0] == 0x1D && len(b) < 3:
			return
		case b[0] == 0x10 && b[1] == 4:
			answer = []byte{map[bool]byte{false: 0x12, true: map[byte]byte{1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x7E}[b[2]]}[p.out]}
			b = b[2:]
		case b[0] == 0x1D && b[1] == 'r' && !p.out:
			answer, b = []byte{0}, b[2:]
		}
		p.rest = b[1:]
		if answer != nil {
			if _, err := master.Write(answer); err != nil {
				return // unplugged
			}
		}
	}
}

func open(t *testing.T, c station.Config) *station.Station {
	t.Helper()
	s, err := station.Open(t.Context(), c, station.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// eventually waits until a report is as wanted.
func eventually(t *testing.T, s *station.Station, role devices.Role, what string, is func(devices.Report) bool) devices.Report {
	t.Helper()
	woken := make(chan struct{}, 1)
	stop := s.Watch(func(devices.Event) {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	defer stop()
	limit := time.After(20 * time.Second)
	for {
		r := s.Report(role)
		if is(r) {
			return r
		}
		select {
		case <-woken:
		case <-limit:
			t.Fatalf("%s not %s: %+v", role, what, r)
		}
	}
}

func online(r devices.Report) bool { return r.Status == devices.Online && r.Health.Code == "" }
func away(r devices.Report) bool   { return r.Status == devices.PowerOff }

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestStation_heals_every_device_when_its_cable_is_put_back(t *testing.T) {
	t.Parallel()
	reader, paper, codes := linktest.NewPTY(t), linktest.NewPTY(t), linktest.NewPTY(t)
	p := &aPrinter{}
	reader.Serve(aReader)
	paper.Serve(p.serve)
	s := open(t, station.Config{Devices: []station.DeviceConfig{
		{Role: devices.RoleIDCard, Port: reader.Path()},
		{Role: devices.RolePrinter, Port: paper.Path()},
		{Role: devices.RoleScanner, Port: codes.Path()},
	}})
	var mu sync.Mutex
	var seen []devices.Status
	defer s.Watch(func(e devices.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Role == devices.RoleIDCard && e.Axis == "status" {
			seen = append(seen, devices.Status(e.New))
		}
	})()
	for _, role := range []devices.Role{devices.RoleIDCard, devices.RolePrinter, devices.RoleScanner} {
		eventually(t, s, role, "online", online)
	}
	if r := s.Report(devices.RoleIDCard); r.Identity != "05.03-20200101-0001234567-0089012345" || r.Driver != "sam" {
		t.Errorf("%+v", r)
	}
	if r := eventually(t, s, devices.RolePrinter, "full of paper", func(r devices.Report) bool { return r.Parts["paper"] != "" }); r.Parts["paper"] != "full" || r.Parts["cover"] != "closed" {
		t.Errorf("%+v", r)
	}
	for _, tty := range []*linktest.PTY{reader, paper, codes} {
		tty.Unplug()
	}
	for _, role := range []devices.Role{devices.RoleIDCard, devices.RolePrinter, devices.RoleScanner} {
		r := eventually(t, s, role, "away", away)
		if r.Health.Code != "SER-05" && r.Health.Code != "SER-01" || r.Health.Action == "" || len(r.Parts) != 0 {
			t.Errorf("%+v", r)
		}
	}
	reader.Plug()
	paper.Plug()
	codes.Plug()
	reader.Serve(aReader)
	paper.Serve(p.serve)
	for _, role := range []devices.Role{devices.RoleIDCard, devices.RolePrinter, devices.RoleScanner} {
		if r := eventually(t, s, role, "online again", online); r.Reconnects != 1 {
			t.Errorf("%s: %d reconnects", role, r.Reconnects)
		}
	}
	scanned := make(chan string, 1)
	go func() {
		c, err := s.Scanner().Scan(t.Context())
		if err != nil {
			t.Error(err)
		}
		scanned <- c.Text
	}()
	// The scan may begin a moment later than the code is shown; it is shown until it is taken, as a citizen does.
	for done := false; !done; {
		if _, err := codes.Master().Write([]byte("hello\r")); err != nil {
			t.Fatal(err)
		}
		select {
		case text := <-scanned:
			if done = true; text != "hello" {
				t.Errorf("%q", text)
			}
		case <-time.After(200 * time.Millisecond):
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if i := slices.Index(seen, devices.PowerOff); i < 0 || !slices.Contains(seen[i:], devices.Online) {
		t.Errorf("events told %v", seen)
	}
}

func TestStation_answers_a_command_under_way_within_a_second_of_an_unplug(t *testing.T) {
	t.Parallel()
	reader, codes := linktest.NewPTY(t), linktest.NewPTY(t)
	reader.Serve(aReader)
	s := open(t, station.Config{Devices: []station.DeviceConfig{
		{Role: devices.RoleIDCard, Port: reader.Path()}, {Role: devices.RoleScanner, Port: codes.Path()},
	}})
	eventually(t, s, devices.RoleIDCard, "online", online)
	eventually(t, s, devices.RoleScanner, "online", online)
	type answer struct {
		err  error
		when time.Time
	}
	reading := make(chan struct{})
	answers := make(chan answer, 2)
	go func() {
		_, err := s.IDCard().Read(t.Context(), func(idcard.Phase) { close(reading) })
		answers <- answer{err, time.Now()}
	}()
	<-reading
	go func() {
		_, err := s.Scanner().Scan(t.Context())
		answers <- answer{err, time.Now()}
	}()
	pulled := time.Now()
	reader.Unplug()
	codes.Unplug()
	for range 2 {
		a := <-answers
		if !errors.Is(a.err, devices.ErrDisconnected) {
			t.Errorf("%v", a.err)
		}
		if took := a.when.Sub(pulled); took > time.Second {
			t.Errorf("answered after %v", took)
		}
	}
	began := time.Now()
	if _, err := s.IDCard().Present(within(t, 10*time.Second)); !errors.Is(err, devices.ErrDisconnected) {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("a command to a device that is away took %v", took)
	}
}

func TestStation_answers_for_devices_that_the_terminal_has_not(t *testing.T) {
	t.Parallel()
	s := open(t, station.Config{})
	if _, err := s.IDCard().Read(t.Context(), nil); !errors.Is(err, devices.ErrNoDevice) {
		t.Error(err)
	}
	if _, err := s.IDCard().Present(t.Context()); !errors.Is(err, devices.ErrNoDevice) {
		t.Error(err)
	}
	if _, err := s.Printer().Status(t.Context()); !errors.Is(err, devices.ErrNoDevice) {
		t.Error(err)
	}
	if o, err := s.Printer().Print(t.Context(), printer.Slip{}); !errors.Is(err, devices.ErrNoDevice) || o.Confirmation != printer.Failed {
		t.Error(o, err)
	}
	if _, err := s.Scanner().Scan(t.Context()); !errors.Is(err, devices.ErrNoDevice) {
		t.Error(err)
	}
	if r := s.Report(devices.RolePrinter); r.Status != devices.NoDevice || len(s.Reports()) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestStation_tells_when_paper_runs_out_and_when_it_is_back(t *testing.T) {
	t.Parallel()
	paper := linktest.NewPTY(t)
	p := &aPrinter{}
	paper.Serve(p.serve)
	s := open(t, station.Config{Devices: []station.DeviceConfig{{Role: devices.RolePrinter, Port: paper.Path()}}})
	eventually(t, s, devices.RolePrinter, "online", online)
	p.set(true)
	if _, err := s.Printer().Status(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	r := eventually(t, s, devices.RolePrinter, "out of paper", func(r devices.Report) bool { return r.Parts["paper"] == "out" })
	if r.Status != devices.UserError || r.Health.Code != "PRN-02" || r.Health.Action != "clear" {
		t.Errorf("%+v", r)
	}
	o, err := s.Printer().Print(within(t, 5*time.Second), printer.Slip{Blocks: []printer.Block{{Kind: printer.KindText, Text: "slip"}}})
	if !errors.Is(err, printer.ErrPaperOut) || o.Reason != printer.ReasonPaperOut {
		t.Errorf("%+v %v", o, err)
	}
	p.set(false)
	eventually(t, s, devices.RolePrinter, "online again, by itself", online)
	o, err = s.Printer().Print(within(t, 10*time.Second), printer.Slip{Blocks: []printer.Block{{Kind: printer.KindText, Text: "slip"}}})
	if err != nil || o.Confirmation != printer.Processed || !bytes.Contains(p.got(), []byte("slip\n")) {
		t.Errorf("%+v %v", o, err)
	}
}

func TestStation_names_a_device_that_says_nothing(t *testing.T) {
	t.Parallel()
	mute := linktest.NewPTY(t)
	s := open(t, station.Config{Devices: []station.DeviceConfig{{Role: devices.RoleIDCard, Port: mute.Path()}}})
	r := eventually(t, s, devices.RoleIDCard, "without an answer", func(r devices.Report) bool { return r.Health.Code == "PRO-01" })
	if r.Status != devices.PowerOff {
		t.Errorf("%+v", r)
	}
	mute.Serve(aReader)
	eventually(t, s, devices.RoleIDCard, "online", online)
}

func TestStation_names_a_port_that_another_has(t *testing.T) {
	t.Parallel()
	tty := linktest.NewPTY(t)
	tty.Serve(aReader)
	config := station.Config{Devices: []station.DeviceConfig{{Role: devices.RoleIDCard, Port: tty.Path()}}}
	first := open(t, config)
	eventually(t, first, devices.RoleIDCard, "online", online)
	second := open(t, config)
	eventually(t, second, devices.RoleIDCard, "busy", func(r devices.Report) bool { return r.Status == devices.Busy && r.Health.Code == "SER-03" })
	first.Close()
	eventually(t, second, devices.RoleIDCard, "online", online)
}

func TestStation_trace_holds_the_conversation(t *testing.T) {
	t.Parallel()
	tty := linktest.NewPTY(t)
	tty.Serve(aReader)
	s := open(t, station.Config{Devices: []station.DeviceConfig{{Role: devices.RoleIDCard, Port: tty.Path()}}})
	eventually(t, s, devices.RoleIDCard, "online", online)
	for _, e := range s.Trace(devices.RoleIDCard) {
		if bytes.Equal(e.Shown, idcard.Request(idcard.CmdStatus)) {
			return
		}
	}
	t.Errorf("no status request in %v", s.Trace(devices.RoleIDCard))
}

func TestConfig_reads_toml_and_names_every_mistake(t *testing.T) {
	t.Parallel()
	var good station.Config
	if err := toml.Unmarshal([]byte(`
[[device]]
role = "idcard"
port = "/dev/reader"
reread = "lift"
[[device]]
role = "printer"
driver = "escpos"
port = "/dev/printer"
baud = 19200
profile = "generic-58mm"
flow = "rtscts"
[[device]]
role = "scanner"
port = "/dev/scanner"
suffix = "crlf"
encoding = "gb18030"
`), &good); err != nil {
		t.Fatal(err)
	}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	if d := good.Devices[1]; d.Baud != 19200 || d.Profile != "generic-58mm" || d.Flow != "rtscts" {
		t.Errorf("%+v", d)
	}
	for _, test := range []struct {
		d    station.DeviceConfig
		says string
	}{
		{station.DeviceConfig{Role: "camera", Port: "/x"}, "camera"},
		{station.DeviceConfig{Role: "idcard"}, "port is missing"},
		{station.DeviceConfig{Role: "idcard", Port: "/dev/reader"}, "another device of this role"},
		{station.DeviceConfig{Role: "idcard", Port: "/x", Driver: "escpos"}, "driver"},
		{station.DeviceConfig{Role: "idcard", Port: "/x", Baud: 7}, "baud"},
		{station.DeviceConfig{Role: "idcard", Port: "/x", Profile: "generic-80mm"}, "belong to a printer"},
		{station.DeviceConfig{Role: "idcard", Port: "/x", Reread: "twice"}, "reread"},
		{station.DeviceConfig{Role: "idcard", Port: "/x", PollMillis: -1}, "poll_ms"},
		{station.DeviceConfig{Role: "idcard", Port: "/x", Suffix: "cr"}, "belong to a scanner"},
		{station.DeviceConfig{Role: "printer", Port: "/x", Profile: "laser"}, "laser"},
		{station.DeviceConfig{Role: "printer", Port: "/x", Flow: "dtr"}, "flow"},
		{station.DeviceConfig{Role: "printer", Port: "/x", Flow: "rtscts", Backend: "module"}, "termios"},
		{station.DeviceConfig{Role: "printer", Port: "/x", Reread: "lift"}, "belong to a card reader"},
		{station.DeviceConfig{Role: "scanner", Port: "/x", Suffix: "tab"}, "suffix"},
		{station.DeviceConfig{Role: "scanner", Port: "/x", Encoding: "big5"}, "encoding"},
		{station.DeviceConfig{Role: "scanner", Port: "/dev/reader"}, "belongs to the idcard"},
		{station.DeviceConfig{Role: "scanner", Port: "/x", Backend: "usb"}, "backend"},
	} {
		c := station.Config{Devices: []station.DeviceConfig{test.d}}
		if strings.Contains(test.says, "another device") || strings.Contains(test.says, "belongs to the") {
			c.Devices = append([]station.DeviceConfig{{Role: "idcard", Port: "/dev/reader"}}, c.Devices...)
		}
		err := c.Validate()
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: %v", test.d, err)
		}
		if _, err := station.Open(t.Context(), c, station.Options{}); err == nil {
			t.Errorf("%+v was opened", test.d)
		}
	}
}
