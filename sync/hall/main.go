// Command hall is the reference hall: it takes in what terminals send, publishes the catalogue to them, and shows both to the
// people who work there. One program, one directory.
//
//	hall serve --data DIR        runs the hall
//	hall enrol-code --place …    makes a one-time code for a new terminal
//	hall items import|publish    keeps the catalogue
//	hall cases show NUMBER       shows a case as the hall opened it
//
// Every command works while the hall runs. Exit status: 0 done, 1 failed, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/jonboulle/clockwork"

	"zizhuban/sync/safelog"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// errUsage tells that a command was called in a way that makes no sense.
var errUsage = errors.New("wrong usage")

type commands struct {
	Data string `help:"Directory with everything the hall keeps." default:"hall-data" env:"HALL_DATA" type:"path" placeholder:"DIR"`
	JSON bool   `help:"Answer in JSON; log in JSON."`

	Serve     serveCommand     `cmd:"" help:"Run the hall."`
	EnrolCode enrolCodeCommand `cmd:"" help:"Make a one-time code with which a new terminal enrols."`
	Terminals struct {
		List    terminalsCommand `cmd:"" default:"1" help:"List the terminals."`
		Block   blockCommand     `cmd:"" help:"Block a terminal: from its next request on it gets nothing."`
		Unblock unblockCommand   `cmd:"" help:"Let a blocked terminal in again."`
	} `cmd:"" help:"List, block and unblock terminals."`
	Cases struct {
		List casesCommand    `cmd:"" default:"withargs" help:"List the cases, the newest first, without their content."`
		Show caseShowCommand `cmd:"" help:"Show one case with its opened content. The look is noted in the audit log."`
	} `cmd:"" help:"List and show cases."`
	Items struct {
		Import  importCommand  `cmd:"" help:"Take a catalogue in as drafts. What is wrong with it is told all at once."`
		Publish publishCommand `cmd:"" help:"Sign and publish all drafts; terminals take them within seconds."`
		List    itemsCommand   `cmd:"" default:"1" help:"List the items."`
	} `cmd:"" help:"Keep the catalogue of service items."`
	Admin struct {
		Password passwordCommand `cmd:"" help:"Give an account a new password and end its sessions; make the account where there is none."`
	} `cmd:"" help:"Accounts of the people who use the hall's pages."`
}

// setting is what every command gets.
type setting struct {
	ctx    context.Context
	data   string
	json   bool
	clock  clockwork.Clock
	log    *slog.Logger
	stdout io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("hall"), kong.UsageOnError(), kong.Writers(stdout, stderr), kong.Exit(func(status int) { exited = status }),
		kong.Description("自助办大厅 The hall: receives what terminals send, publishes the catalogue, shows both to the people who work there.\n\n"+
			"Try:  hall serve --demo\n\nThen, in another window:  hall enrol-code --place 大堂 --site H"))
	if err != nil {
		fmt.Fprintln(stderr, "hall:", err)
		return exitFailed
	}
	k, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "hall: %v\nhall: try  hall --help\n", err)
		return exitUsage
	}
	var handler slog.Handler = slog.NewTextHandler(stderr, nil)
	if c.JSON {
		handler = slog.NewJSONHandler(stderr, nil)
	}
	s := &setting{ctx: ctx, data: c.Data, json: c.JSON, clock: clockwork.NewRealClock(), log: slog.New(safelog.New(handler)), stdout: stdout}
	switch err := k.Run(s); {
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "hall:", err)
		return exitUsage
	case err != nil:
		fmt.Fprintln(stderr, "hall:", err)
		return exitFailed
	}
	return exitOK
}
