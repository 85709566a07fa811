package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"zizhuban/devices/bench/rig"
	"zizhuban/devices/bench/tty"
)

// statusCmd is bench status.
type statusCmd struct{}

func (*statusCmd) Run(j *job) error {
	var s rig.Status
	got, err := j.get("/api/status", &s)
	if err != nil {
		return err
	}
	if j.global.JSON {
		return j.say(got, "")
	}
	return j.table(func(w *tabwriter.Writer) {
		r, p, c := s.Reader, s.Printer, s.Scanner
		fmt.Fprintf(w, "reader\t%s\t%s\n", lineWords(r.Line), words(
			either(r.Card != "", "card "+r.Card, "no card"), "requests "+fmt.Sprint(r.Requests), r.Last,
			either(r.Lifting, "lifts during the next read", ""), either(r.Nonsense, "talks nonsense", ""), either(r.Stalled, "hangs", "")))
		fmt.Fprintf(w, "printer\t%s\t%s\n", lineWords(p.Line), words(
			"paper "+string(p.Paper), "cover "+p.Cover, either(p.Online, "online", "offline"), fmt.Sprintf("slips %d", p.Slips),
			fmt.Sprintf("buffer %d/%d", p.Buffer, p.Size), either(p.Printing, "printing", ""), either(p.Cutter != "ok", "cutter "+p.Cutter, ""),
			either(p.RunsOut > 0, fmt.Sprintf("runs out after %d bytes", p.RunsOut), ""), either(p.Slow, "slow", ""),
			either(p.Stalled, "hangs", ""), either(p.Dropped > 0, fmt.Sprintf("dropped %d bytes", p.Dropped), "")))
		fmt.Fprintf(w, "scanner\t%s\t%s\n", lineWords(c.Line), words(fmt.Sprintf("scans %d", c.Scans), either(c.Stalled, "hangs", "")))
		for _, f := range p.Problems {
			fmt.Fprintf(w, "printer\tdid not understand\t%s at byte %d: %s\n", f.Command, f.Offset, f.Text)
		}
	})
}

// lineWords tells how a line is.
func lineWords(l tty.Line) string {
	if !l.Plugged {
		return "cable out"
	}
	return words(l.Link, fmt.Sprintf("%d baud", l.Baud), either(l.Mismatch, fmt.Sprintf("but the terminal set %d", l.HostBaud), ""),
		either(l.Opener != 0, fmt.Sprintf("opened by process %d", l.Opener), "not opened"))
}

func either(when bool, yes, no string) string {
	if when {
		return yes
	}
	return no
}

// words joins what there is to say.
func words(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

// json prints a value.
func (j *job) json(v any) error { return json.NewEncoder(j.out).Encode(v) }

// table prints columns.
func (j *job) table(fill func(*tabwriter.Writer)) error {
	w := tabwriter.NewWriter(j.out, 0, 0, 2, ' ', 0)
	fill(w)
	return w.Flush()
}
