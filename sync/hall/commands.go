package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"zizhuban/assets/catalogue"
	"zizhuban/sync/hall/office"
	"zizhuban/sync/hall/store"
	"zizhuban/sync/wire"
)

// operator is who the audit log names for what a command did: whoever may read the hall's directory.
const operator = "command"

// with opens the hall's directory for one command.
func (s *setting) with(f func(*office.Office) error) (err error) {
	if _, err := os.Stat(s.data); err != nil {
		return fmt.Errorf("%w; start the hall once with  hall serve --data %s", err, s.data)
	}
	o, err := office.Open(s.ctx, office.Config{Dir: s.data, Clock: s.clock, Log: s.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	return f(o)
}

// answer writes v as JSON, or with --json left out as a person reads it.
func (s *setting) answer(v any, words func(*tabwriter.Writer)) error {
	if s.json {
		e := json.NewEncoder(s.stdout)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	}
	w := tabwriter.NewWriter(s.stdout, 2, 4, 2, ' ', 0)
	words(w)
	return w.Flush()
}

type enrolCodeCommand struct {
	Place string `help:"Where the terminal will stand, in words." required:"" placeholder:"WORDS"`
	Site  string `help:"Kind of place: H district hall, T town centre, V village station, B bank branch." required:"" enum:"H,T,V,B" placeholder:"H|T|V|B"`
}

func (c *enrolCodeCommand) Run(s *setting) error {
	return s.with(func(o *office.Office) error {
		code, err := o.NewCode(s.ctx, c.Place, c.Site, operator)
		if errors.Is(err, office.ErrBadCode) {
			return fmt.Errorf("%w: %w", err, errUsage)
		}
		if err != nil {
			return err
		}
		return s.answer(code, func(w *tabwriter.Writer) {
			fmt.Fprintf(w, "登记码 code\t%s\n大厅地址 hall\t%s\n证书指纹 CA SHA-256\t%s\n一行 in one line\t%s\n有效至 holds until\t%s, for one terminal\n",
				code.Code, code.URL, code.CASHA256, code.Ticket, code.Expires.Local().Format(time.DateTime))
		})
	})
}

// terminal is a terminal as commands tell it.
type terminal struct {
	ID          string         `json:"id"`
	Place       string         `json:"place"`
	Site        string         `json:"site"`
	Status      string         `json:"status"`
	Serial      string         `json:"serial"`
	EnrolledAt  time.Time      `json:"enrolled_at"`
	CertUntil   time.Time      `json:"certificate_until"`
	LastContact *time.Time     `json:"last_contact"`
	HeartbeatAt *time.Time     `json:"heartbeat_at"`
	Health      wire.Heartbeat `json:"health"`
	Received    int64          `json:"received"`
	Missing     int64          `json:"missing"`
}

type terminalsCommand struct{}

func (terminalsCommand) Run(s *setting) error {
	return s.with(func(o *office.Office) error {
		all, err := o.Store.Terminals(s.ctx)
		if err != nil {
			return err
		}
		list := []terminal{}
		for _, t := range all {
			list = append(list, terminal{t.ID, t.Place, t.Site, t.Status, t.Serial, t.EnrolledAt, t.CertUntil, when(t.LastContact), when(t.HeartbeatAt), t.Health, t.Received, t.Gaps})
		}
		return s.answer(list, func(w *tabwriter.Writer) {
			fmt.Fprintln(w, "ID\tSITE\tSTATUS\tLAST CONTACT\tCATALOGUE\tQUEUED\tRECEIVED\tMISSING\tPLACE")
			for _, t := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", t.ID, t.Site, t.Status, local(t.LastContact), t.Health.Catalogue, t.Health.Queued, t.Received, t.Missing, t.Place)
			}
		})
	})
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func local(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Local().Format(time.DateTime)
}

type blockCommand struct {
	ID string `arg:"" help:"The terminal, such as T-7K3M."`
}

func (c *blockCommand) Run(s *setting) error { return setStatus(s, c.ID, store.Blocked) }

type unblockCommand struct {
	ID string `arg:"" help:"The terminal, such as T-7K3M."`
}

func (c *unblockCommand) Run(s *setting) error { return setStatus(s, c.ID, store.Active) }

func setStatus(s *setting, id, status string) error {
	return s.with(func(o *office.Office) error {
		if err := o.Store.SetStatus(s.ctx, id, status, operator); err != nil {
			return err
		}
		return s.answer(map[string]string{"id": id, "status": status}, func(w *tabwriter.Writer) { fmt.Fprintf(w, "%s: %s\n", id, status) })
	})
}

// listedCase is a case as commands tell it.
type listedCase struct {
	Submission  string          `json:"submission"`
	CaseNumber  string          `json:"case_number"`
	State       store.CaseState `json:"state"`
	ItemCode    string          `json:"item_code"`
	ItemVersion int             `json:"item_version"`
	ItemName    string          `json:"item_name"`
	Terminal    string          `json:"terminal"`
	LocalNumber string          `json:"local_number"`
	ReceivedAt  time.Time       `json:"received_at"`
	OpenedAt    *time.Time      `json:"opened_at"`
	OpenError   string          `json:"open_error,omitempty"`
}

func listed(c store.Case) listedCase {
	return listedCase{c.Submission, c.Number, c.State, c.ItemCode, c.ItemVersion, c.ItemName.ZH, c.Terminal, c.LocalNumber, c.ReceivedAt, when(c.OpenedAt), c.OpenError}
}

type casesCommand struct {
	State    string `help:"Only cases in this state: submitted, accepted, refused, handling, approved or declined." placeholder:"STATE"`
	Item     string `help:"Only cases of this item (its code)." placeholder:"CODE"`
	Terminal string `help:"Only cases from this terminal." placeholder:"ID"`
	Number   string `help:"Only cases whose case number, local number or submission begins so." placeholder:"NUMBER"`
	Limit    int    `help:"At most so many." default:"50" placeholder:"N"`
}

func (c *casesCommand) Run(s *setting) error {
	if c.Limit < 1 || c.Limit > 100_000 {
		return fmt.Errorf("--limit is 1 to 100000: %w", errUsage)
	}
	if c.State != "" && !slices.Contains(store.CaseStates, store.CaseState(c.State)) {
		return fmt.Errorf("--state is %q: submitted, accepted, refused, handling, approved and declined are possible: %w", c.State, errUsage)
	}
	return s.with(func(o *office.Office) error {
		page, _, err := o.Store.Cases(s.ctx, store.CaseFilter{State: store.CaseState(c.State), Item: c.Item, Terminal: c.Terminal, Number: c.Number, Limit: c.Limit})
		if err != nil {
			return err
		}
		list := []listedCase{}
		for _, c := range page {
			list = append(list, listed(c))
		}
		return s.answer(list, func(w *tabwriter.Writer) {
			fmt.Fprintln(w, "RECEIVED\tCASE NUMBER\tLOCAL NUMBER\tSTATE\tOPENED\tTERMINAL\tITEM")
			for _, c := range list {
				opened := "yes"
				if c.OpenedAt == nil {
					opened = "not yet"
				}
				if c.OpenError != "" {
					opened = c.OpenError
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ReceivedAt.Local().Format(time.DateTime), c.CaseNumber, c.LocalNumber, c.State, opened, c.Terminal, c.ItemName)
			}
		})
	})
}

type caseShowCommand struct {
	Number string `arg:"" help:"Case number, submission id, or local number."`
}

// shownCase is a case with everything that the hall knows of it.
type shownCase struct {
	listedCase
	Header      wire.Header       `json:"header"`
	Digest      []byte            `json:"digest"`
	Receipt     wire.Receipt      `json:"receipt"`
	Application *wire.Application `json:"application"` // null until it is open
	History     []historyEntry    `json:"history"`
}

type historyEntry struct {
	At    time.Time       `json:"at"`
	Who   string          `json:"who"`
	State store.CaseState `json:"state"`
	Note  string          `json:"note,omitempty"`
}

func (c *caseShowCommand) Run(s *setting) error {
	return s.with(func(o *office.Office) error {
		id, err := o.Store.FindCase(s.ctx, strings.TrimSpace(c.Number))
		if err != nil {
			return err
		}
		found, err := o.Store.Case(s.ctx, id)
		if err != nil {
			return err
		}
		sub, err := o.Store.Submission(s.ctx, id)
		if err != nil {
			return err
		}
		if err := o.Store.Note(s.ctx, operator, "case.view", id, ""); err != nil {
			return err // what cannot be noted is not shown
		}
		shown := shownCase{listedCase: listed(found), Header: sub.Header, Digest: sub.Digest, Receipt: sub.Receipt, History: []historyEntry{}}
		if found.Application != nil {
			if err := json.Unmarshal(found.Application, &shown.Application); err != nil {
				return fmt.Errorf("content of case %s is damaged in the database", id)
			}
		}
		for _, e := range found.Events {
			shown.History = append(shown.History, historyEntry(e))
		}
		if !s.json {
			e := json.NewEncoder(s.stdout)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			return e.Encode(shown)
		}
		return s.answer(shown, nil)
	})
}

type importCommand struct {
	File string `arg:"" optional:"" help:"The catalogue, JSON." type:"path"`
	Demo bool   `help:"Import the demo catalogue."`
}

func (c *importCommand) Run(s *setting) error {
	if c.Demo == (c.File != "") {
		return fmt.Errorf("give either a FILE or --demo: %w", errUsage)
	}
	data := catalogue.JSON()
	if c.File != "" {
		var err error
		if data, err = os.ReadFile(c.File); err != nil {
			return err
		}
	}
	return s.with(func(o *office.Office) error {
		n, err := o.Import(s.ctx, data, operator)
		if err != nil {
			return err
		}
		return s.answer(map[string]int{"changed": n}, func(w *tabwriter.Writer) {
			fmt.Fprintf(w, "%d items changed and stand as drafts; publish them with  hall items publish\n", n)
		})
	})
}

type publishCommand struct{}

func (publishCommand) Run(s *setting) error {
	return s.with(func(o *office.Office) error {
		version, changed, err := o.Publish(s.ctx, nil, operator)
		if err != nil {
			return err
		}
		return s.answer(map[string]int{"catalogue": version, "changed": changed}, func(w *tabwriter.Writer) {
			fmt.Fprintf(w, "catalogue %d is published, %d items changed\n", version, changed)
		})
	})
}

type itemsCommand struct{}

type listedItem struct {
	Code      string `json:"code"`
	Ref       string `json:"ref,omitempty"`
	Name      string `json:"name"`
	Published int    `json:"published_version"` // 0: never
	Draft     int    `json:"draft_version,omitempty"`
}

func (itemsCommand) Run(s *setting) error {
	return s.with(func(o *office.Office) error {
		all, err := o.Store.Items(s.ctx)
		if err != nil {
			return err
		}
		list := []listedItem{}
		for _, r := range all {
			it := listedItem{Code: r.Code, Ref: r.Current().Ref, Name: r.Current().Name.ZH}
			if r.Published != nil {
				it.Published = r.Published.Version
			}
			if r.Draft != nil {
				it.Draft = r.Draft.Version
			}
			list = append(list, it)
		}
		return s.answer(list, func(w *tabwriter.Writer) {
			fmt.Fprintln(w, "CODE\tREF\tPUBLISHED\tDRAFT\tNAME")
			for _, it := range list {
				fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", it.Code, it.Ref, it.Published, it.Draft, it.Name)
			}
		})
	})
}

type passwordCommand struct {
	Name string `help:"The account." default:"admin"`
	File string `help:"Read the password from a file. Default: one is made and printed once." type:"path" placeholder:"FILE"`
}

func (c *passwordCommand) Run(s *setting) error {
	password, made := "", ""
	if c.File != "" {
		data, err := os.ReadFile(c.File)
		if err != nil {
			return err
		}
		password = strings.TrimRight(string(data), "\r\n")
	} else {
		var err error
		if password, err = office.NewPassword(); err != nil {
			return err
		}
		made = password
	}
	return s.with(func(o *office.Office) error {
		err := o.SetPassword(s.ctx, c.Name, password, operator)
		if errors.Is(err, office.ErrPassword) {
			return fmt.Errorf("%w: %w", err, errUsage)
		}
		if err != nil {
			return err
		}
		return s.answer(map[string]string{"account": c.Name, "password": made}, func(w *tabwriter.Writer) {
			if made == "" {
				fmt.Fprintf(w, "the password of %s is changed; its sessions have ended\n", c.Name)
				return
			}
			fmt.Fprintf(w, "account %s, password %s   (shown only now; its sessions have ended)\n", c.Name, made)
		})
	})
}
