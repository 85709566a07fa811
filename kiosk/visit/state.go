// Package visit is one citizen's stay at the terminal, as a state machine: steps, answers, time-outs, consent, wiping.
// It knows no screen, no serial port and no network: it is driven by events (the methods of [Machine]) and shows itself as
// [State], an immutable picture that a screen draws.
//
// What it promises:
//   - A visit submits once, however often a button is tapped. It says "submitted" only when the submission is durable and the
//     slip came out, was given up by the citizen, or cannot be printed; then the number stands on the screen.
//   - Whatever fails is a [Problem] in words that say what happened, what is safe and what to do. A submission that was not
//     stored leaves the answers where they are.
//   - Nobody's data outlives the visit, and nothing that a device or the disk answers late reaches the next visit.
//   - Nobody is left in front of a screen that does not go on: every step ends in Idle by itself, with a warning before.
//
// What it never does: log what a person said or what a card holds, read a card that lies there since the visit before, or
// block a caller.
//
// Read [State] and the views first (state.go), then [Config] and the interfaces of what a visit needs (ports.go), then
// [Machine] (machine.go) and its events: choosing, consent and form (events.go), the card (card.go), the signature (sign.go),
// submission and slip (submit.go), a slip that a restart has lost (late.go), time (time.go).
package visit

import (
	"zizhuban/kiosk/form"
	"zizhuban/sync/items"
)

// Step is where the citizen is.
type Step string

// The steps, in the order of a visit.
const (
	Idle       Step = "idle"
	Home       Step = "home"
	List       Step = "list"    // items of a department, a theme, or found by a search
	Guide      Step = "guide"   // 办事指南
	Consent    Step = "consent" // 告知与同意
	CardStep   Step = "card"
	FormStep   Step = "form"
	Review     Step = "review"
	Sign       Step = "sign"
	Submitting Step = "submitting" // sealing and writing
	Printing   Step = "printing"
	Done       Step = "done" // slip in hand, or number on screen; counts down to idle
)

// Message is something to say: a key of the translations and what to put into it.
type Message struct {
	Key  string
	Args map[string]any
	Text items.Text // where the words come from the catalogue and not from the translations; then Key is empty
}

// State is a picture of the visit at one moment. A screen never changes what it finds in it.
type State struct {
	Step     Step
	Revision uint64 // counts up with every change
	Lang     string // zh or en
	Elder    bool   // 长辈版
	Place    string // where the terminal stands
	Online   bool   // the hall was reached lately
	Queued   int    // submissions that wait to be sent

	Trail     []Step // the steps of a chosen item's visit, in order, for "where am I"
	TrailAt   int    // index of the present one; -1 before an item is chosen
	CanBack   bool
	CanNext   bool // the step's main button may be pressed
	Warning   *Warning
	Problem   *Problem // stands above the step until the citizen answers it
	Countdown int      // seconds until idle, on Done; 0 elsewhere
	TakeCard  bool     // a card still lies on the reader and should be taken along; also on Idle, after a visit

	// The view of the step; the others are nil.
	HomeView   *HomeView // on Home; on Idle it holds the notices and Unfinished only
	ListView   *ListView
	GuideView  *GuideView // on Guide and Consent
	CardView   *CardView
	FormView   *FormView
	ReviewView *ReviewView
	SignView   *SignView
	SlipView   *SlipView // on Printing and Done
}

// Warning is the question of whether the citizen is still there.
type Warning struct{ Seconds int }

// Problem is something that stops the citizen, with what can be done about it.
type Problem struct {
	Code    string // stable, such as printer-paper-out; for help by telephone
	Title   Message
	Body    Message
	Actions []Action // first is the main one
}

// Action is a button of a problem.
type Action string

// The actions; a screen's label for one is the translation "action.<name>".
const (
	ActRetry       Action = "retry"
	ActWithoutSlip Action = "without_slip"
	ActEnd         Action = "end"
	ActOK          Action = "ok"
	ActHome        Action = "home"
)

// Tile is an item in a list.
type Tile struct {
	Code       string
	Name       string
	Department string
	Kind       int    // 1 即办, 2 承诺
	Promised   string // in words
	Offered    bool
	Why        Message // where it is not offered here
}

// Group is a department or a theme, with how many items it has here.
type Group struct {
	Key   string
	Name  string
	Icon  string
	Count int
}

// HomeView is the first page.
type HomeView struct {
	Hot         []Tile
	Departments []Group
	Themes      []Group
	Notices     []Message // such as: the reader is out of order
	Unfinished  *SlipView // a submission whose slip could not be printed before the terminal restarted
}

// ListView is a page of items.
type ListView struct {
	Kind  string // department, theme, search
	Title string
	Query string // of a search
	Tiles []Tile // all of them; the screen pages
}

// GuideView is an item's guide: the elements of the implementation list.
type GuideView struct {
	Item      *items.Item
	Lang      string
	Dept      string
	Offered   bool
	Why       Message
	Notice    string // the text to consent to
	NoticeVer string
	Read      bool // the notice has been shown to its end, consent may be given
}

// CardPhase is how far reading the card has come.
type CardPhase string

// The phases.
const (
	CardWaiting CardPhase = "waiting"
	CardReading CardPhase = "reading"
	CardRead    CardPhase = "read" // the holder is shown, masked
	CardFailed  CardPhase = "failed"
)

// CardView is the card step.
type CardView struct {
	Phase   CardPhase
	Name    string    // masked: surname and *
	Number  string    // masked: first 3, last 4
	Lift    bool      // the card still lies on the reader and should be taken along
	Trouble Message   // of CardFailed and while waiting: lifted too early, wrong card, reader away; no Key: none
	Notes   []Message // of CardRead, such as: the card has expired
}

// FormView is one page of the form.
type FormView struct {
	Page    int
	Pages   int
	Title   string
	Fields  []form.FieldView
	Hints   []string
	Broken  []string // checks that fail and belong to no field of the page, such as: the item is for people of 80 and older
	Editing bool     // reached by GoTo: Next and Back lead to the review
}

// ReviewView is everything before it is signed.
type ReviewView struct {
	Item      string
	Rows      []ReviewRow
	Materials []ReviewMaterial
}

// ReviewRow is a label and what was answered; Page is where it can be changed, -1 where it cannot.
type ReviewRow struct {
	Label string
	Value string
	Page  int
}

// ReviewMaterial is a material and what becomes of it.
type ReviewMaterial struct {
	Name  string
	State string // translation key suffix, see wire.MaterialState
	Due   string
}

// SignView is the signature step.
type SignView struct {
	Promise string // what is signed
	Strokes int
	Enough  bool // there is ink enough for a signature
}

// SlipView is the result.
type SlipView struct {
	LocalNumber string
	ItemName    string
	Tracking    string           // the address in the QR code
	Printed     string           // one of the Slip… states
	Deferred    []ReviewMaterial // what must still follow: State deferred (with Due) or brought
	Doubt       bool             // of an unfinished one: the slip may have come out before the terminal restarted
	Reprints    int              // how often it may still be printed again
}
