// Bench is a simulated terminal's periphery: an ID-card reader, a receipt printer and a code scanner on pseudo-terminals
// with stable links, which speak the real protocols at the real pace, and a hand that lays cards, pulls cables and takes
// paper away.
//
//	bench serve --dir DIR          run it; Ctrl-C ends it and removes what it made
//	bench card put DEMO1           …and from another shell: lay a card on the reader
//	bench slip last --out slip.png see what came out of the printer
//
// README.md beside this file has every command. Exit status: 0 done, 1 failed, 2 bad usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/jonboulle/clockwork"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// globals are the flags of every command.
type globals struct {
	Dir  string `help:"Directory of the links and of the socket by which commands reach the bench." env:"BENCH_DIR" default:"${dir}" placeholder:"DIR"`
	JSON bool   `help:"Answer in JSON." name:"json"`
}

// cli is the command line.
type cli struct {
	globals
	Serve    serveCmd    `cmd:"" help:"Run the bench until it is interrupted."`
	Card     cardCmd     `cmd:"" help:"Lay a card on the reader, lift it, list the cards."`
	Scan     scanCmd     `cmd:"" help:"Show a code to the scanner."`
	Paper    paperCmd    `cmd:"" help:"Change the printer's roll: full, low, out."`
	Cover    coverCmd    `cmd:"" help:"Open or close the printer's cover."`
	Unplug   unplugCmd   `cmd:"" help:"Pull a device's cable."`
	Plug     plugCmd     `cmd:"" help:"Put a device's cable back in."`
	Nonsense nonsenseCmd `cmd:"" help:"Make the reader answer rubbish."`
	Stall    stallCmd    `cmd:"" help:"Make a device hang: it takes no byte and says nothing."`
	Slow     slowCmd     `cmd:"" help:"Make the printer print at a tenth of its speed."`
	Jam      jamCmd      `cmd:"" help:"Block the printer's cutter."`
	Power    powerCmd    `cmd:"" help:"Switch the printer off and on."`
	Slip     slipCmd     `cmd:"" help:"See what came out of the printer."`
	Status   statusCmd   `cmd:"" help:"Tell how every device is."`
}

// job is what a command works with.
type job struct {
	ctx    context.Context
	out    io.Writer
	errs   io.Writer
	clock  clockwork.Clock
	log    *slog.Logger
	global globals
}

// usageError is a mistake in the command line that only the bench could find.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// leave carries kong's exit status through its help.
type leave int

// run is the program.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	var c cli
	defer func() {
		if r := recover(); r != nil {
			l, ok := r.(leave)
			if !ok {
				panic(r)
			}
			code = int(l)
		}
	}()
	parser, err := kong.New(&c,
		kong.Name("bench"),
		kong.Description("A simulated ID-card reader, receipt printer and code scanner on pseudo-terminals."),
		kong.Vars{"dir": defaultDir()},
		kong.Writers(stdout, stderr),
		kong.Exit(func(n int) { panic(leave(n)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		complain(stderr, err)
		return exitFailed
	}
	k, err := parser.Parse(args)
	if err != nil {
		complain(stderr, err)
		complain(stderr, errors.New("see bench --help"))
		return exitUsage
	}
	j := &job{
		ctx: ctx, out: stdout, errs: stderr, clock: clockwork.NewRealClock(), global: c.globals,
		log: slog.New(slog.NewTextHandler(stderr, nil)),
	}
	if err := k.Run(j); err != nil {
		complain(stderr, err)
		var usage usageError
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailed
	}
	return exitOK
}

// complain tells what went wrong.
func complain(w io.Writer, err error) {
	text := err.Error()
	if !strings.HasPrefix(text, "bench: ") {
		text = "bench: " + text
	}
	_, _ = fmt.Fprintln(w, text) // nobody listens: the exit status still tells
}

// defaultDir is where a bench is when nothing says otherwise: a directory of this user alone.
func defaultDir() string {
	if d := os.Getenv("XDG_RUNTIME_DIR"); d != "" {
		return filepath.Join(d, "zizhuban-bench")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("zizhuban-bench-%d", os.Getuid()))
}
