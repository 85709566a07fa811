// Package slip composes the documents that the terminal prints, as device-independent layouts.
//
// A slip holds no more than the person needs who carries it and nobody else may use: the name is masked, no identity
// number, no answer of the form. Its schema, for documents that others compose, is schema.json; README.md explains it.
package slip

import (
	"time"

	"zizhuban/assets/i18n"
	"zizhuban/devices/printer"
)

// Receipt is what the slip of a submission says (办理回执). Name may be empty: on a slip that is printed again after the
// terminal restarted, nobody knows the name any more.
type Receipt struct {
	Lang        string
	Name        string // masked already
	Item        string
	Department  string
	LocalNumber string
	Tracking    string // the address in the QR code
	Place       string
	SubmittedAt time.Time
	Promised    string // the promised time limit in words
	Contact     string // whom to ask
	Deferred    []Deferred
	Bring       []string // materials whose original must be shown at a window
	Again       bool     // printed again within the visit
}

// Deferred is a material that may follow later (容缺), and until when.
type Deferred struct {
	Name string
	Due  string // 2006-01-02
}

// Slip lays the receipt out.
func (r Receipt) Slip() printer.Slip {
	t := func(key string, args map[string]any) string { return i18n.T(r.Lang, "slip."+key, args) }
	s := printer.Slip{}
	add := func(b ...printer.Block) { s.Blocks = append(s.Blocks, b...) }
	field := func(label, value string) {
		if value != "" {
			add(printer.Block{Kind: printer.KindField, Label: t(label, nil), Text: value})
		}
	}
	add(printer.Block{Kind: printer.KindText, Text: t("title", nil), Align: printer.Centre, Wide: true, Tall: true})
	if r.Again {
		add(printer.Block{Kind: printer.KindText, Text: t("again", nil), Align: printer.Centre})
	}
	add(
		printer.Block{Kind: printer.KindRule},
		printer.Block{Kind: printer.KindText, Text: t("number", nil)},
		printer.Block{Kind: printer.KindText, Text: r.LocalNumber, Align: printer.Centre, Tall: true, Wide: len(r.LocalNumber) <= 22, Bold: true},
		printer.Block{Kind: printer.KindText, Text: r.Item, Tall: true},
	)
	field("name", r.Name)
	field("department", r.Department)
	field("submitted", r.SubmittedAt.Format("2006-01-02 15:04"))
	field("promised", r.Promised)
	if len(r.Deferred) > 0 {
		add(printer.Block{Kind: printer.KindRule}, printer.Block{Kind: printer.KindText, Text: t("deferred", nil), Bold: true})
		for _, d := range r.Deferred {
			add(printer.Block{Kind: printer.KindField, Label: d.Name, Text: t("until", map[string]any{"date": d.Due})})
		}
	}
	if len(r.Bring) > 0 {
		add(printer.Block{Kind: printer.KindRule}, printer.Block{Kind: printer.KindText, Text: t("bring", nil), Bold: true})
		for _, name := range r.Bring {
			add(printer.Block{Kind: printer.KindText, Text: "· " + name})
		}
	}
	add(printer.Block{Kind: printer.KindRule})
	if r.Tracking != "" {
		add(
			printer.Block{Kind: printer.KindQR, Text: r.Tracking, Align: printer.Centre},
			printer.Block{Kind: printer.KindText, Text: t("scan", nil), Align: printer.Centre},
		)
	}
	field("contact", r.Contact)
	field("place", r.Place)
	add(
		printer.Block{Kind: printer.KindText, Text: t("keep", nil), Align: printer.Centre},
		printer.Block{Kind: printer.KindCut},
	)
	return s
}
