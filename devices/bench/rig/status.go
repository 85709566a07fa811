package rig

import (
	"zizhuban/devices/bench/paper"
	"zizhuban/devices/bench/thermal"
	"zizhuban/devices/bench/tty"
)

// Status is how everything is.
type Status struct {
	Version int               `json:"version"` // counts changes
	Links   map[string]string `json:"links"`
	Reader  ReaderStatus      `json:"reader"`
	Printer PrinterStatus     `json:"printer"`
	Scanner ScannerStatus     `json:"scanner"`
}

// ReaderStatus is how the card reader is.
type ReaderStatus struct {
	tty.Line
	Card     string `json:"card,omitempty"`
	Label    string `json:"label,omitempty"`
	Lifting  bool   `json:"lifting_during_read,omitempty"`
	Stage    string `json:"stage"`
	Requests int    `json:"requests"`
	Reads    int    `json:"reads"`
	Last     string `json:"last,omitempty"`
	Nonsense bool   `json:"nonsense,omitempty"`
	Stalled  bool   `json:"stalled,omitempty"`
}

// PrinterStatus is how the printer is.
type PrinterStatus struct {
	tty.Line
	thermal.State
	Stalled  bool            `json:"stalled,omitempty"`
	Slips    int             `json:"slips"`
	Hanging  bool            `json:"hanging"` // something is printed and not cut off
	Problems []paper.Problem `json:"problems"`
}

// ScannerStatus is how the scanner is.
type ScannerStatus struct {
	tty.Line
	Scans   int  `json:"scans"`
	Stalled bool `json:"stalled,omitempty"`
}

// Status tells how everything is.
func (b *Bench) Status() Status {
	lines := map[string]tty.Line{}
	links := map[string]string{}
	for name, p := range b.ports { // before the lock: it looks through the processes
		lines[name] = p.Line()
		links[name] = lines[name].Link
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r, p := &b.reader, &b.printer
	s := Status{Version: b.version, Links: links}
	s.Reader = ReaderStatus{
		Line: lines[Reader], Lifting: r.sam.Armed(), Stage: r.sam.Stage(), Requests: r.count, Reads: r.reads, Last: r.recent,
		Nonsense: r.sam.Nonsense, Stalled: b.stalled[Reader],
	}
	if c := r.sam.Card(); c != nil {
		s.Reader.Card, s.Reader.Label = c.Key, c.Label
	}
	_, hanging := p.dev.Hanging()
	s.Printer = PrinterStatus{
		Line: lines[Printer], State: p.dev.State(b.clock.Now()), Stalled: b.stalled[Printer], Slips: p.count, Hanging: hanging,
		Problems: append([]paper.Problem{}, p.problems...),
	}
	s.Scanner = ScannerStatus{Line: lines[Scanner], Scans: b.scanner.count, Stalled: b.stalled[Scanner]}
	return s
}
