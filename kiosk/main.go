// Command kiosk is the self-service terminal: it reads identity cards, takes citizens' submissions, prints their slips, keeps
// what it was given sealed in a queue, and sends it to the hall.
//
//	kiosk --config kiosk.toml               the terminal itself, full screen
//	kiosk enrol --code TICKET               make this terminal known to the hall
//	kiosk doctor                            what is wrong here, and what to do
//	kiosk devices list|read-card|print      find and try devices
//	kiosk queue status|verify               look at what waits to be sent
//
// Exit status: 0 done, 1 failed, 2 wrong usage.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/jonboulle/clockwork"

	"zizhuban/sync/queue"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// errUsage tells that a command was called in a way that makes no sense.
var errUsage = errors.New("wrong usage")

// errFound tells that a command did its work and found something wrong; it has been said already.
var errFound = errors.New("something is wrong here")

// verifyWord is what the terminal starts itself with to look at a queue file before it opens it: a damaged file can take the
// process down that opens it, and that must not be the terminal.
const verifyWord = "verify-queue-file"

type commands struct {
	Config  string           `help:"The terminal's configuration." default:"kiosk.toml" env:"KIOSK_CONFIG" type:"path" placeholder:"FILE"`
	JSON    bool             `help:"Answer in JSON."`
	Lang    string           `help:"Language of what is said to technicians: zh or en." default:"zh" enum:"zh,en" env:"KIOSK_LANG"`
	Version kong.VersionFlag `help:"Tell the version."`

	Run     runCommand    `cmd:"" default:"withargs" help:"Run the terminal (this is what happens without a command)."`
	Enrol   enrolCommand  `cmd:"" help:"Make this terminal known to the hall with a one-time code."`
	Doctor  doctorCommand `cmd:"" help:"Tell what is wrong with this terminal, and what to do."`
	Devices struct {
		List     listDevicesCommand `cmd:"" help:"List the serial ports of this machine, without opening any."`
		ReadCard readCardCommand    `cmd:"" help:"Wait for a card and tell what it says."`
		Print    printCommand       `cmd:"" help:"Print a slip document and tell what the printer confirmed."`
	} `cmd:"" help:"Try devices."`
	Queue struct {
		Status queueStatusCommand `cmd:"" help:"Tell what waits to be sent."`
		Verify queueVerifyCommand `cmd:"" help:"Check every record of the queue."`
	} `cmd:"" help:"Look at the queue, also while the terminal runs."`
}

// setting is what every command gets.
type setting struct {
	ctx    context.Context
	config string
	json   bool
	lang   string
	clock  clockwork.Clock
	free   func(dir string) (uint64, error) // bytes that a directory's disk has free
	stdout io.Writer
	stderr io.Writer
}

func main() {
	// Dates on slips, "today" in forms and due dates are China's, as at the hall, whatever zone the machine stands in.
	time.Local = time.FixedZone("CST", 8*60*60)
	if len(os.Args) == 3 && os.Args[1] == verifyWord {
		os.Exit(queue.VerifyMain(os.Args[2]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("kiosk"), kong.UsageOnError(), kong.Writers(stdout, stderr), kong.Vars{"version": programVersion() + builtWith()},
		kong.Exit(func(status int) { exited = status }),
		kong.Description("自助办终端 The self-service terminal.\n\nTry:  kiosk doctor --config kiosk.toml"))
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "kiosk:", err)
		return exitFailed
	}
	k, err := parser.Parse(args)
	if exited >= 0 { // --help, --version
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "kiosk: %v\nkiosk: try  kiosk --help\n", err)
		return exitUsage
	}
	s := &setting{ctx: ctx, config: c.Config, json: c.JSON, lang: c.Lang, clock: clockwork.NewRealClock(), free: freeBytes, stdout: stdout, stderr: stderr}
	switch err := k.Run(s); {
	case errors.Is(err, errFound):
		return exitFailed
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintln(stderr, "kiosk:", err)
		return exitUsage
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "kiosk:", err)
		return exitFailed
	}
	return exitOK
}

// answer writes v as JSON with --json, else words.
func (s *setting) answer(v any, words func(io.Writer)) error {
	if s.json {
		enc := json.NewEncoder(s.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	words(s.stdout)
	return nil
}
