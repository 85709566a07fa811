package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"zizhuban/devices/bench/rig"
)

// cardCmd is bench card.
type cardCmd struct {
	Put  cardPutCmd  `cmd:"" help:"Lay a card on the reader in place of what lies there."`
	Lift cardLiftCmd `cmd:"" help:"Take the card away."`
	List cardListCmd `cmd:"" help:"List the cards."`
}

type cardPutCmd struct {
	Card         string `arg:"" help:"Name of the card, such as DEMO1."`
	AddedAddress string `help:"An address that was added to the card later (read by 30 03)." placeholder:"TEXT"`
}

func (c *cardPutCmd) Run(j *job) error {
	return j.post("/api/card/put", rig.CardWish{Card: c.Card, Place: c.AddedAddress}, c.Card+" lies on the reader")
}

type cardLiftCmd struct {
	After time.Duration `help:"Lift it so long after the next read has begun, so that the read fails (41)." placeholder:"40ms"`
}

func (c *cardLiftCmd) Run(j *job) error {
	if c.After < 0 || c.After%time.Millisecond != 0 {
		return usageError{fmt.Errorf("--after %v: take whole milliseconds", c.After)}
	}
	said := "nothing lies on the reader"
	if c.After > 0 {
		said = fmt.Sprintf("the card will leave %v after the next read has begun", c.After)
	}
	return j.post("/api/card/lift", rig.LiftWish{AfterMS: int(c.After.Milliseconds())}, said)
}

type cardListCmd struct{}

func (*cardListCmd) Run(j *job) error {
	cards := rig.Cards()
	if j.global.JSON {
		return j.json(cards)
	}
	return j.table(func(w *tabwriter.Writer) {
		for _, c := range cards {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Key, c.Kind, c.Label, c.Hint)
		}
	})
}

// scanCmd is bench scan.
type scanCmd struct {
	Text     string `arg:"" help:"What the code says."`
	Encoding string `help:"How it is encoded." enum:"utf-8,gb18030" default:"utf-8"`
	Raw      bool   `help:"Send no suffix."`
}

func (c *scanCmd) Run(j *job) error {
	return j.post("/api/scan", rig.ScanWish{Text: c.Text, Encoding: c.Encoding, Raw: c.Raw}, "scanned")
}

// paperCmd is bench paper.
type paperCmd struct {
	State      string `arg:"" help:"full, low or out." enum:"full,low,out"`
	AfterBytes int    `help:"With out: the roll ends after the printer has executed so many more bytes." placeholder:"N"`
}

func (c *paperCmd) Run(j *job) error {
	said := "the paper is " + c.State
	if c.AfterBytes > 0 {
		said = fmt.Sprintf("the paper will be out after %d more bytes", c.AfterBytes)
	}
	return j.post("/api/paper", rig.PaperWish{State: c.State, AfterBytes: c.AfterBytes}, said)
}

// coverCmd is bench cover.
type coverCmd struct {
	State string `arg:"" help:"open or close." enum:"open,close"`
}

func (c *coverCmd) Run(j *job) error {
	return j.post("/api/cover", rig.CoverWish{Open: c.State == "open"}, "the cover is "+strings.TrimSuffix(c.State, "e")+map[string]string{"open": "", "close": "ed"}[c.State])
}

// device names one of the three.
type device struct {
	Device string `arg:"" help:"reader, printer or scanner." enum:"reader,printer,scanner"`
}

// unplugCmd and plugCmd are bench unplug and bench plug.
type unplugCmd struct{ device }

func (c *unplugCmd) Run(j *job) error {
	return j.post("/api/cable", rig.CableWish{Device: c.Device}, "the "+c.Device+"'s cable is out")
}

type plugCmd struct{ device }

func (c *plugCmd) Run(j *job) error {
	return j.post("/api/cable", rig.CableWish{Device: c.Device, Plugged: true}, "the "+c.Device+"'s cable is in")
}

// onOff is a switch.
type onOff struct {
	State string `arg:"" help:"on or off." enum:"on,off"`
}

// fault switches a fault.
func (j *job) fault(device, fault string, s onOff) error {
	return j.post("/api/fault", rig.FaultWish{Device: device, Fault: fault, On: s.State == "on"}, device+": "+fault+" "+s.State)
}

type nonsenseCmd struct {
	Device string `arg:"" help:"reader." enum:"reader"`
	onOff
}

func (c *nonsenseCmd) Run(j *job) error { return j.fault(c.Device, "nonsense", c.onOff) }

type stallCmd struct {
	device
	onOff
}

func (c *stallCmd) Run(j *job) error { return j.fault(c.Device, "stall", c.onOff) }

type slowCmd struct {
	Device string `arg:"" help:"printer." enum:"printer"`
	onOff
}

func (c *slowCmd) Run(j *job) error { return j.fault(c.Device, "slow", c.onOff) }

type jamCmd struct {
	Device string `arg:"" help:"printer." enum:"printer"`
	onOff
}

func (c *jamCmd) Run(j *job) error { return j.fault(c.Device, "jam", c.onOff) }

type powerCmd struct {
	Device string `arg:"" help:"printer." enum:"printer"`
	Action string `arg:"" help:"cycle." enum:"cycle"`
}

func (*powerCmd) Run(j *job) error {
	return j.post("/api/power", rig.PowerWish{}, "the printer was switched off and on")
}

// slipCmd is bench slip.
type slipCmd struct {
	Last slipLastCmd `cmd:"" help:"The slip that came out last."`
	Open slipOpenCmd `cmd:"" help:"The slip that still hangs in the printer."`
	Show slipShowCmd `cmd:"" help:"A slip by its number."`
	List slipListCmd `cmd:"" help:"List the slips."`
	Wait slipWaitCmd `cmd:"" help:"Wait until so many slips have come out."`
}

// slipOut is what may be had of a slip.
type slipOut struct {
	Out   string `help:"Draw it into a PNG file." placeholder:"FILE.png"`
	Bytes string `help:"Write the bytes that made it." placeholder:"FILE.bin"`
	Text  bool   `help:"Print its text; this is what happens when nothing else is asked."`
}

type slipLastCmd struct{ slipOut }

func (c *slipLastCmd) Run(j *job) error { return j.slip("last", c.slipOut) }

type slipOpenCmd struct{ slipOut }

func (c *slipOpenCmd) Run(j *job) error { return j.slip("open", c.slipOut) }

type slipShowCmd struct {
	Number int `arg:"" help:"Its number, from 1."`
	slipOut
}

func (c *slipShowCmd) Run(j *job) error { return j.slip(fmt.Sprint(c.Number), c.slipOut) }

// slip gives a slip in the forms asked for.
func (j *job) slip(name string, o slipOut) error {
	save := func(ext, file string) error {
		if file == "" {
			return nil
		}
		got, err := j.do("GET", "/api/slips/"+name+"."+ext, nil)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			return fmt.Errorf("bench: keep the slip: %w", err)
		}
		return nil
	}
	if err := save("png", o.Out); err != nil {
		return err
	}
	if err := save("bin", o.Bytes); err != nil {
		return err
	}
	switch {
	case j.global.JSON:
		got, err := j.do("GET", "/api/slips/"+name+".json", nil)
		if err != nil {
			return err
		}
		return j.say(got, "")
	case o.Text || o.Out == "" && o.Bytes == "":
		got, err := j.do("GET", "/api/slips/"+name+".txt", nil)
		if err != nil {
			return err
		}
		_, err = j.out.Write(got)
		return err
	}
	return nil
}

type slipListCmd struct{}

func (*slipListCmd) Run(j *job) error {
	var list []rig.SlipEntry
	got, err := j.get("/api/slips", &list)
	if err != nil {
		return err
	}
	if j.global.JSON {
		return j.say(got, "")
	}
	return j.table(func(w *tabwriter.Writer) {
		for _, s := range list {
			fmt.Fprintf(w, "%d\t%s\t%s\t%d bytes\t%d mm\n", s.Number, s.At.Format(time.TimeOnly), s.End, s.Bytes, s.Height/8)
		}
	})
}

type slipWaitCmd struct {
	Count   int           `help:"How many slips since the bench began." default:"1"`
	Timeout time.Duration `help:"How long to wait." default:"30s"`
}

func (c *slipWaitCmd) Run(j *job) error {
	limit := j.clock.After(c.Timeout)
	for {
		var s rig.Status
		if _, err := j.get("/api/status", &s); err != nil {
			return err
		}
		if s.Printer.Slips >= c.Count {
			return j.say(fmt.Appendf(nil, `{"slips":%d}`, s.Printer.Slips), fmt.Sprintf("%d slips", s.Printer.Slips))
		}
		select {
		case <-j.clock.After(50 * time.Millisecond):
		case <-limit:
			return fmt.Errorf("%d of %d slips came out within %v", s.Printer.Slips, c.Count, c.Timeout)
		case <-j.ctx.Done():
			return j.ctx.Err()
		}
	}
}
