package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zizhuban/devices/bench/rig"
	"zizhuban/devices/printer"
	"zizhuban/devices/seriallink"
)

func link(b *rig.Bench, device string) string { return b.Status().Links[device] }

func put(t *testing.T, b *rig.Bench, card string) {
	t.Helper()
	if _, err := b.PutCard(card, ""); err != nil {
		t.Fatal(err)
	}
}

func TestReadCard_tells_every_field_in_JSON(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]string{
		"DEMO1": `{"kind":"resident","name":"示例甲","sex":"男","nation":"汉","birth":"1958-03-12","address":"浙江省示例市示范区青山镇溪口村12号",` +
			`"id_number":"330000195803120014","authority":"示例市公安局示范分局","valid_from":"2008-04-01","valid_to":"长期"}`,
		"DEMO2": `{"kind":"resident","name":"示例乙","sex":"女","nation":"汉","birth":"1987-11-05","address":"浙江省示例市示范区文昌街道学院路88号3幢2单元601室",` +
			`"id_number":"330000198711050024","authority":"示例市公安局示范分局","valid_from":"2019-06-20","valid_to":"2039-06-20"}`,
	} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			b := aBench(t)
			put(t, b, card)
			s := kiosk(t, "devices", "read-card", "--port", link(b, rig.Reader), "--baud", "115200", "--timeout", "20s", "--json").want(t, exitOK)
			if strings.TrimSpace(s.out) != want {
				t.Errorf("it answers\n%s\nwant\n%s", s.out, want)
			}
			if s.err != "" {
				t.Errorf("standard error: %s", s.err)
			}
		})
	}
}

func TestReadCard_speaks_to_people_without_json(t *testing.T) {
	t.Parallel()
	b := aBench(t)
	put(t, b, "DEMO2")
	s := kiosk(t, "devices", "read-card", "--port", link(b, rig.Reader)).want(t, exitOK)
	for _, w := range []string{"示例乙", "330000198711050024", "2019-06-20 – 2039-06-20", "住址 address"} {
		if !strings.Contains(s.out, w) {
			t.Errorf("it does not say %s:\n%s", w, s.out)
		}
	}
}

func TestReadCard_that_fails_says_why_and_what_to_do(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set   func(t *testing.T, b *rig.Bench)
		limit string
		words []string
	}{
		"no card":          {func(*testing.T, *rig.Bench) {}, "700ms", []string{"no card was read within 700ms", "put a card on the reader", "--baud"}},
		"lifted too early": {func(t *testing.T, b *rig.Bench) { put(t, b, "DEMO1"); liftSoon(t, b) }, "20s", []string{"card was moved", "put it on the reader again"}},
		"a bank card":      {func(t *testing.T, b *rig.Bench) { put(t, b, "bank") }, "20s", []string{"not a document that this terminal can read"}},
		"a transit card":   {func(t *testing.T, b *rig.Bench) { put(t, b, "transit") }, "20s", []string{"not a document that this terminal can read"}},
		"a permit":         {func(t *testing.T, b *rig.Bench) { put(t, b, "permit") }, "20s", []string{"not a document that this terminal can read", "permit"}},
		"a foreigner's":    {func(t *testing.T, b *rig.Bench) { put(t, b, "foreign2023") }, "20s", []string{"not a document that this terminal can read", "foreigner-2023"}},
		"a forged card":    {func(t *testing.T, b *rig.Bench) { put(t, b, "forged") }, "20s", []string{"could not be authenticated"}},
		"nonsense":         {func(t *testing.T, b *rig.Bench) { put(t, b, "DEMO1"); b.Nonsense(true) }, "30s", []string{"answers nonsense", "baud rate"}},
		"no power": {func(t *testing.T, b *rig.Bench) {
			if err := b.Fault(rig.Reader, "stall", true); err != nil {
				t.Fatal(err)
			}
		}, "30s", []string{"does not answer", "check its power"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := aBench(t)
			c.set(t, b)
			s := kiosk(t, "devices", "read-card", "--port", link(b, rig.Reader), "--timeout", c.limit, "--json")
			s.want(t, exitFailed, c.words...)
			if s.out != "" {
				t.Errorf("standard output: %q", s.out)
			}
			if strings.Contains(s.err, "示例") || strings.Contains(s.err, "330000") {
				t.Errorf("an error tells what stands on a card: %s", s.err)
			}
		})
	}
}

// liftSoon takes whatever card lies there away in the middle of its reading.
func liftSoon(t *testing.T, b *rig.Bench) {
	t.Helper()
	if err := b.LiftCard(40 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
}

func TestPort_that_cannot_be_used_says_why(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	document := write(t, dir, "slip.json", `{"blocks":[{"kind":"text","text":"x"}]}`)
	for port, words := range map[string][]string{
		filepath.Join(dir, "ttyUSB9"): {"serial port not found", "check cable and power"},
		document:                      {"not a serial port", "correct the configuration"},
		"/dev/null":                   {"not a serial port"},
		dir:                           {"not a serial port"},
	} {
		for _, command := range [][]string{{"read-card", "--timeout", "20s"}, {"print", "--slip", document, "--timeout", "20s"}} {
			t.Run(command[0]+" "+filepath.Base(port), func(t *testing.T) {
				t.Parallel()
				kiosk(t, append(append([]string{"devices"}, command...), "--port", port)...).want(t, exitFailed, append(words, port)...)
			})
		}
	}
}

func TestPort_in_use_by_another_program_says_so(t *testing.T) {
	t.Parallel()
	b := aBench(t)
	port := link(b, rig.Reader)
	other, err := os.OpenFile(port, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := unix.Flock(int(other.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	kiosk(t, "devices", "read-card", "--port", port, "--timeout", "20s").want(t, exitFailed, "in use by another program")
}

const aSlip = `{"blocks":[
 {"kind":"text","text":"测试","align":"centre","wide":true,"tall":true},
 {"kind":"field","label":"回执号","text":"T-0001"},
 {"kind":"qr","text":"https://hall.example/t/1","align":"centre"},
 {"kind":"cut"}]}`

// printSlip prints a document on a bench and gives what the command said.
func printSlip(t *testing.T, b *rig.Bench, document string, args ...string) said {
	t.Helper()
	file := write(t, t.TempDir(), "slip.json", document)
	return kiosk(t, append([]string{"devices", "print", "--port", link(b, rig.Printer), "--slip", file}, args...)...)
}

func TestPrint_reports_what_the_printer_confirmed(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string]printer.Confirmation{"epson-80mm": printer.Printed, "generic-80mm": printer.Processed} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			b := aBench(t)
			outcome := decode[printer.Outcome](t, printSlip(t, b, aSlip, "--profile", profile, "--json").want(t, exitOK))
			if outcome.Confirmation != want || outcome.Paper != printer.PaperFull || outcome.Bytes == 0 || outcome.Reason != "" {
				t.Errorf("it reports %+v", outcome)
			}
			slip, err := b.Slip(0)
			if err != nil {
				t.Fatal(err)
			}
			if text := slip.Text(); !strings.Contains(text, "测试") || !strings.Contains(text, "T-0001") || len(slip.QRs) != 1 || slip.QRs[0].Text() != "https://hall.example/t/1" {
				t.Errorf("the slip says %q", text)
			}
		})
	}
}

func TestPrint_speaks_to_people_without_json(t *testing.T) {
	t.Parallel()
	s := printSlip(t, aBench(t), aSlip, "--profile", "epson-80mm").want(t, exitOK)
	if !strings.Contains(s.out, "打印机确认已打印完") {
		t.Errorf("it says %q", s.out)
	}
}

func TestPrint_that_fails_says_why_and_reports_the_reason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set    func(*rig.Bench) error
		reason string
		words  string
	}{
		"no paper":                 {func(b *rig.Bench) error { return b.Paper("out", 0) }, printer.ReasonPaperOut, "no paper"},
		"paper ends in the middle": {func(b *rig.Bench) error { return b.Paper("out", 60) }, printer.ReasonPaperOut, "no paper"},
		"cover open":               {func(b *rig.Bench) error { b.Cover(true); return nil }, printer.ReasonCoverOpen, "cover is open"},
		"unplugged":                {func(b *rig.Bench) error { return b.Plug(rig.Printer, false) }, printer.ReasonDisconnected, "not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := aBench(t)
			port := link(b, rig.Printer)
			if err := c.set(b); err != nil {
				t.Fatal(err)
			}
			file := write(t, t.TempDir(), "slip.json", aSlip)
			s := kiosk(t, "devices", "print", "--port", port, "--slip", file, "--profile", "epson-80mm", "--json").want(t, exitFailed, c.words)
			if outcome := decode[printer.Outcome](t, s); outcome.Confirmation != printer.Failed || outcome.Reason != c.reason {
				t.Errorf("it reports %+v, want the reason %s", outcome, c.reason)
			}
		})
	}
}

func TestPrint_refuses_a_document_that_it_does_not_understand_whole(t *testing.T) {
	t.Parallel()
	b := aBench(t)
	for name, c := range map[string]struct{ document, words string }{
		"cut off":       {`{"blocks":[{"kind":"te`, "slip document cannot be used"},
		"not JSON":      {"\x1b@hello", "slip document cannot be used"},
		"empty":         {"", "slip document cannot be used"},
		"no blocks":     {`{"blocks":[]}`, "no blocks"},
		"unknown key":   {`{"blocks":[{"kind":"text","texts":"x"}]}`, `"texts"`},
		"unknown kind":  {`{"blocks":[{"kind":"cut"},{"kind":"photo"}]}`, `block 2: kind "photo"`},
		"empty QR":      {`{"blocks":[{"kind":"qr"}]}`, "block 1: a QR code needs a text"},
		"two documents": {`{"blocks":[{"kind":"cut"}]}{}`, "something follows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			printSlip(t, b, c.document).want(t, exitFailed, c.words)
		})
	}
	t.Run("no such file", func(t *testing.T) {
		t.Parallel()
		none := filepath.Join(t.TempDir(), "none.json")
		kiosk(t, "devices", "print", "--port", link(b, rig.Printer), "--slip", none).want(t, exitFailed, "slip document", none)
	})
}

func TestPrint_prints_nothing_of_a_document_that_it_refuses(t *testing.T) {
	t.Parallel()
	b := aBench(t)
	printSlip(t, b, `{"blocks":[{"kind":"text","text":"half"},{"kind":"photo"}]}`).want(t, exitFailed)
	if st := b.Status().Printer; st.Slips != 0 || st.Hanging {
		t.Errorf("paper came out: %+v", st)
	}
}

func TestListDevices_lists_what_the_kernel_knows_and_opens_nothing(t *testing.T) {
	t.Parallel()
	s := kiosk(t, "devices", "list", "--json").want(t, exitOK)
	if !strings.HasPrefix(s.out, "[") {
		t.Fatalf("it answers %q, a list is expected", s.out)
	}
	got := decode[[]seriallink.Found](t, s)
	want, err := seriallink.List()
	if err != nil {
		t.Fatal(err)
	}
	if a, b := asJSON(t, got), asJSON(t, append([]seriallink.Found{}, want...)); a != b {
		t.Errorf("it lists %s, there is %s", a, b)
	}
	var words bytes.Buffer
	listPorts(&words, []seriallink.Found{{
		Node: "/dev/ttyUSB0", Links: []string{"/dev/serial/by-path/pci-1"}, Driver: "ftdi_sio", Vendor: "0403", Product: "6001", Serial: "A1", Name: "FTDI UART",
	}, {Node: "/dev/ttyS0"}})
	if want := "/dev/ttyUSB0  ftdi_sio  FTDI UART  0403:6001  A1\n    port = \"/dev/serial/by-path/pci-1\"\n/dev/ttyS0\n"; words.String() != want {
		t.Errorf("people read\n%s\nwant\n%s", words.String(), want)
	}
	words.Reset()
	if listPorts(&words, nil); !strings.Contains(words.String(), "没有串口") {
		t.Errorf("of a machine without ports people read %q", words.String())
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
