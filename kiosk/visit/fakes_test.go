package visit_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"zizhuban/devices"
	"zizhuban/devices/idcard"
	"zizhuban/devices/printer"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
	"zizhuban/sync/wire"
)

// reader is a card reader with a place for one card and a cable.
type reader struct {
	t       testing.TB
	mu      sync.Mutex
	change  chan struct{} // closed when something changes
	card    *idcard.Card
	away    bool
	failing []error // answers of the next reads
	slow    bool    // a read stays in its reading phase until the card is lifted
	busy    atomic.Bool
	reads   int
}

func newReader(t testing.TB) *reader { return &reader{t: t, change: make(chan struct{})} }

func (r *reader) with(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	close(r.change)
	r.change = make(chan struct{})
}

func (r *reader) put(c idcard.Card)   { r.with(func() { r.card = &c }) }
func (r *reader) lift()               { r.with(func() { r.card = nil }) }
func (r *reader) unplug()             { r.with(func() { r.away = true }) }
func (r *reader) plug()               { r.with(func() { r.away = false }) }
func (r *reader) fail(errs ...error)  { r.with(func() { r.failing = append(r.failing, errs...) }) }
func (r *reader) keepReading(on bool) { r.with(func() { r.slow = on }) }

// alone fails the test when two conversations with the reader overlap.
func (r *reader) alone() func() {
	if !r.busy.CompareAndSwap(false, true) {
		r.t.Error("two conversations with the reader at once")
	}
	return func() { r.busy.Store(false) }
}

func (r *reader) Read(ctx context.Context, on func(idcard.Phase)) (idcard.Card, error) {
	defer r.alone()()
	waited, reading := false, false
	for {
		r.mu.Lock()
		change, card, away, slow := r.change, r.card, r.away, r.slow
		var err error
		if len(r.failing) > 0 {
			err, r.failing = r.failing[0], r.failing[1:]
		}
		r.mu.Unlock()
		switch {
		case err != nil:
			return idcard.Card{}, err
		case away:
			return idcard.Card{}, fmt.Errorf("reader: %w", devices.ErrDisconnected)
		case card == nil && reading:
			return idcard.Card{}, idcard.ErrMoved
		case card == nil && !waited:
			waited = true
			on(idcard.Waiting)
			continue
		case card != nil && !reading:
			reading = true
			on(idcard.Reading)
			continue
		case card != nil && !slow:
			r.mu.Lock()
			r.reads++
			r.mu.Unlock()
			c := *card
			c.Photo = slices.Clone(card.Photo)
			return c, nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return idcard.Card{}, ctx.Err()
		}
	}
}

func (r *reader) Present(ctx context.Context) (bool, error) {
	defer r.alone()()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		return false, devices.ErrDisconnected
	}
	return r.card != nil, ctx.Err()
}

// paperPrinter prints on a roll of so many slips.
type paperPrinter struct {
	mu      sync.Mutex
	paper   int // slips that fit; the next one fails in the middle when tearing is set, before it otherwise
	tearing bool
	away    bool
	open    bool
	slips   []printer.Slip
	doubt   bool          // confirms nothing
	gate    chan struct{} // a print waits for it
}

func (p *paperPrinter) with(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *paperPrinter) printed() []printer.Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.slips)
}

func (p *paperPrinter) Status(context.Context) (printer.State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		return printer.State{}, printer.ErrNoAnswer
	}
	s := printer.State{Paper: printer.PaperFull, Cover: printer.CoverClosed, Cutter: printer.CutterOK}
	if p.paper == 0 {
		s.Paper = printer.PaperOut
	}
	if p.open {
		s.Cover = printer.CoverOpen
	}
	return s, nil
}

func (p *paperPrinter) Print(ctx context.Context, slip printer.Slip) (printer.Outcome, error) {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return printer.Outcome{Confirmation: printer.Failed, Reason: printer.ReasonTimeout}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tearing {
		p.tearing, p.paper = false, 0
		return printer.Outcome{Confirmation: printer.Failed, Paper: printer.PaperOut, Reason: printer.ReasonPaperOut, Bytes: 100}, printer.ErrPaperOut
	}
	p.paper--
	p.slips = append(p.slips, slip)
	if p.doubt {
		return printer.Outcome{Confirmation: printer.Unknown}, nil
	}
	return printer.Outcome{Confirmation: printer.Printed, Bytes: 700}, nil
}

// store keeps submissions and what is said of their slips.
type store struct {
	t       testing.TB
	mu      sync.Mutex
	room    error
	fail    []error // of the next submits
	gate    chan struct{}
	apps    []wire.Application
	slips   []string // "submission state"
	printer *paperPrinter
}

func (s *store) with(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *store) Room(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room
}

func (s *store) Submit(ctx context.Context, build func(visit.Ticket) wire.Application) (visit.Ticket, error) {
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return visit.Ticket{}, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.apps) + 1
	t := visit.Ticket{
		Submission: fmt.Sprintf("submission-%d", n), LocalNumber: fmt.Sprintf("T-7K3M-%04d", n),
		Tracking: fmt.Sprintf("https://hall.example/t/%d", n), Sequence: uint64(n),
	}
	app := build(t)
	if len(s.fail) > 0 {
		err := s.fail[0]
		s.fail = s.fail[1:]
		return visit.Ticket{}, err
	}
	s.apps = append(s.apps, app)
	return t, nil
}

func (s *store) Slip(_ context.Context, submission, state string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == visit.SlipPrinting && !slices.Contains(s.slips, submission+" "+state) && len(s.printer.printed()) >= len(s.apps) && len(s.apps) == 1 {
		s.t.Error("the slip was printed before that was kept")
	}
	s.slips = append(s.slips, submission+" "+state)
	return nil
}

func (s *store) submitted() []wire.Application {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.apps)
}

func (s *store) said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.slips)
}

// plainSlips lays a slip out as a field for each thing that it says.
type plainSlips struct{}

func (plainSlips) Receipt(d visit.SlipData) printer.Slip {
	s := printer.Slip{Blocks: []printer.Block{
		{Kind: printer.KindField, Label: "item", Text: d.ItemName}, {Kind: printer.KindField, Label: "number", Text: d.LocalNumber},
		{Kind: printer.KindField, Label: "name", Text: d.Applicant}, {Kind: printer.KindField, Label: "id", Text: d.IDNumber},
		{Kind: printer.KindQR, Text: d.Tracking}, {Kind: printer.KindField, Label: "copy", Text: fmt.Sprint(d.Copy)},
	}}
	for _, f := range d.Follow {
		s.Blocks = append(s.Blocks, printer.Block{Kind: printer.KindField, Label: "follow", Text: f.Name + " " + f.State + " " + f.Due})
	}
	return s
}

// line is what a slip says under a label.
func line(s printer.Slip, label string) string {
	for _, b := range s.Blocks {
		if b.Label == label {
			return b.Text
		}
	}
	return ""
}

// catalogue is the newest index, which may be replaced.
type catalogue struct{ now atomic.Pointer[items.Index] }

func (c *catalogue) Index() *items.Index { return c.now.Load() }

const dept = "11339900DEM000014A"

func zh(s string) items.Text { return items.Text{ZH: s, EN: "EN " + s} }

func anItem(number int, name string, modules []string, fields ...items.Field) items.Item {
	return items.Item{
		Code: fmt.Sprintf("%s4332090%03d000", dept, number), Version: 1, Name: zh(name), Type: "20", Department: dept, Level: 4, Source: 1,
		Applicants: []string{"natural"}, AppliesTo: zh("自然人"), Kind: 2, Legal: items.Limit{Words: zh("10个工作日"), Days: 10, Unit: "workday"},
		Promised: items.Limit{Words: zh("5个工作日"), Days: 5, Unit: "workday"}, Fee: items.Fee{Words: zh("不收费")}, Instant: "no",
		Result: zh("回执"), Place: zh("区大厅3号窗口"), Hours: zh("工作日"), Contact: zh("0570-12345"), Complaint: zh("12345"),
		Modules: modules, Sites: []string{"H", "T", "V"}, Themes: []string{"life"}, Hot: number, Notice: zh("请您知道：" + name), Fields: fields,
		Materials: []items.Material{
			{Name: zh("身份证"), Need: 1, Level: "A", How: zh("读卡")}, {Name: zh("配偶身份证"), Need: 1, Level: "A", How: zh("第二次读卡")},
			{Name: zh("承诺书"), Need: 1, Level: "D", How: zh("现场签署")}, {Name: zh("户口簿"), Need: 1, Level: "A", How: zh("共享")},
			{Name: zh("劳动合同"), Need: 3, Level: "C", How: zh("拍摄")}, {Name: zh("病历"), Need: 1, Level: "C", How: zh("拍摄")},
			{Name: zh("社保卡"), Need: 2, Level: "C", How: zh("拍摄")}, {Name: zh("授权书"), Need: 1, Level: "C", How: zh("拍摄"), When: `purpose == "其他"`},
		},
	}
}

func purposeFields() []items.Field {
	option := func(s string) items.Option { return items.Option{Value: s, Label: zh(s)} }
	return []items.Field{
		{Key: "purpose", Label: zh("用途"), Type: "select", Required: true, Options: []items.Option{option("购房"), option("其他")}},
		{Key: "purpose_text", Label: zh("用途说明"), Type: "text", Required: true, MinLen: 2, MaxLen: 40, When: `purpose == "其他"`},
		{Key: "amount", Label: zh("金额"), Type: "money", Required: true, Min: "0.01", Max: "999999.99"},
		{Key: "members", Label: zh("家庭成员"), Type: "list", MaxRows: 3, Fields: []items.Field{{Key: "m_name", Label: zh("姓名"), Type: "text", Required: true}}},
		{Key: "story", Label: zh("经过"), Type: "textarea"},
		{Key: "sure", Label: zh("声明属实"), Type: "bool", Required: true, Rules: []items.Rule{{When: "!sure", Message: zh("要声明属实才能办")}}},
	}
}

// The items of the tests.
var (
	signedItem = anItem(1, "签名的事", []string{"card", "sign", "slip"}, purposeFields()...)
	plainItem  = anItem(2, "不签名的事", []string{"card", "slip"}, purposeFields()...)
	typedItem  = anItem(3, "没有身份证的事", []string{"slip"}, purposeFields()...)
	a4Item     = anItem(4, "要打印机的事", []string{"card", "a4"}, purposeFields()...)
	hallItem   = func() items.Item {
		it := anItem(5, "大厅的事", []string{"card"}, purposeFields()...)
		it.Sites = []string{"H"}
		return it
	}()
)

func index(t testing.TB, version int, list ...items.Item) *items.Index {
	t.Helper()
	c := &items.Catalogue{
		Version:     version,
		Departments: []items.Department{{Code: dept, Name: zh("区人力社保局")}},
		Themes:      []items.Theme{{Key: "life", Name: zh("生活")}},
		Items:       list,
	}
	idx, err := items.NewIndex(c, items.Terminal{Site: "V", Modules: []string{"card", "sign", "slip"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range idx.Rejected() {
		t.Fatalf("item of the test: %+v", r)
	}
	return idx
}

// Persons of the tests; none of them exists.
var (
	cardB = idcard.Card{
		Kind: idcard.Resident, Name: "示例乙", Sex: "女", Nation: "汉", Birth: "1987-11-05", Address: "示例省示例市示例路1号",
		IDNumber: "330000198711050024", Authority: "示例市公安局", ValidFrom: "2020-01-01", ValidTo: "2040-01-01", Photo: []byte("示例乙的照片"),
	}
	cardD = idcard.Card{
		Kind: idcard.Resident, Name: "示例丁", Sex: "女", Nation: "汉", Birth: "1943-09-01", Address: "示例省示例市示例村8号",
		IDNumber: "330000194309010042", Authority: "示例市公安局", ValidFrom: "2005-01-01", ValidTo: "2025-01-01",
	}
)

// now is a Wednesday.
var now = time.Date(2026, 3, 11, 10, 0, 0, 0, time.Local)

// terminal is a machine with everything around it.
type terminal struct {
	*visit.Machine
	t       testing.TB
	clock   *clockwork.FakeClock
	reader  *reader
	printer *paperPrinter
	store   *store
	cat     *catalogue
	modules map[string]bool
	mu      sync.Mutex // guards modules and news
	news    chan struct{}
}

func aTerminal(t testing.TB, change ...func(*visit.Config)) *terminal {
	t.Helper()
	p := &paperPrinter{paper: 100}
	tm := &terminal{
		t: t, clock: clockwork.NewFakeClockAt(now), reader: newReader(t), printer: p, store: &store{t: t, printer: p}, cat: &catalogue{},
		modules: map[string]bool{"card": true, "sign": true, "slip": true}, news: make(chan struct{}),
	}
	tm.cat.now.Store(index(t, 1, signedItem, plainItem, typedItem, a4Item, hallItem))
	cfg := visit.Config{
		Catalogue: tm.cat, Cards: tm.reader, Printer: p, Submitter: tm.store, Slips: plainSlips{}, Clock: tm.clock,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Place: "示例村便民服务站",
		Modules: func() map[string]bool {
			tm.mu.Lock()
			defer tm.mu.Unlock()
			out := map[string]bool{}
			for k, v := range tm.modules {
				out[k] = v
			}
			return out
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	m, err := visit.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	tm.Machine = m
	stop := m.Watch(func(visit.State) {
		tm.mu.Lock()
		defer tm.mu.Unlock()
		close(tm.news)
		tm.news = make(chan struct{})
	})
	t.Cleanup(func() {
		stop()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return tm
}

// await waits until the state is as f wants it.
func (tm *terminal) await(what string, f func(visit.State) bool) visit.State {
	tm.t.Helper()
	limit := time.After(20 * time.Second)
	for {
		tm.mu.Lock()
		news := tm.news
		tm.mu.Unlock()
		if s := tm.State(); f(s) {
			return s
		}
		select {
		case <-news:
		case <-limit:
			s := tm.State()
			tm.t.Fatalf("waited for %s in vain; step %s, problem %+v, card %+v, slip %+v", what, s.Step, s.Problem, s.CardView, s.SlipView)
		}
	}
}

func (tm *terminal) awaitStep(step visit.Step) visit.State {
	tm.t.Helper()
	return tm.await(string(step), func(s visit.State) bool { return s.Step == step && s.Problem == nil })
}

func (tm *terminal) awaitProblem(code string) visit.State {
	tm.t.Helper()
	return tm.await(code, func(s visit.State) bool { return s.Problem != nil && s.Problem.Code == code })
}

// pass lets time pass once so many goroutines wait for it.
func (tm *terminal) pass(waiting int, d time.Duration) {
	tm.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := tm.clock.BlockUntilContext(ctx, waiting); err != nil {
		tm.t.Fatalf("nobody waits for the clock: %v", err)
	}
	tm.clock.Advance(d)
}

// passUntil lets time pass in small steps until the state is as f wants it.
func (tm *terminal) passUntil(what string, step time.Duration, most int, f func(visit.State) bool) visit.State {
	tm.t.Helper()
	for range most {
		if s := tm.State(); f(s) {
			return s
		}
		tm.pass(1, step)
		tm.pass(1, 0) // the machine's clock has done its work when it waits again
	}
	return tm.await(what, f)
}

// heal lets time pass, with a citizen who stays, until a goroutine that looks at a device now and then has made the state as f
// wants it.
func (tm *terminal) heal(what string, f func(visit.State) bool) visit.State {
	tm.t.Helper()
	for range 5000 {
		tm.mu.Lock()
		news := tm.news
		tm.mu.Unlock()
		if s := tm.State(); f(s) {
			return s
		}
		tm.Touch()
		tm.clock.Advance(time.Second)
		select {
		case <-news:
		case <-time.After(2 * time.Millisecond):
		}
	}
	return tm.await(what, f)
}

func aSignature() []wire.Stroke {
	var s wire.Stroke
	for i := range 20 {
		s = append(s, wire.Point{X: 100 + i*30, Y: 200 + i%5*20, T: i * 15})
	}
	return []wire.Stroke{s}
}

// The steps of a visit, as a citizen makes them.

func (tm *terminal) toConsent(it items.Item) {
	tm.t.Helper()
	tm.Start()
	tm.Choose(it.Code)
	tm.Begin()
	tm.awaitStep(visit.Consent)
}

func (tm *terminal) agree() {
	tm.ReadNotice()
	tm.Agree()
}

func (tm *terminal) toForm(it items.Item) {
	tm.t.Helper()
	tm.toConsent(it)
	tm.agree()
	tm.reader.put(cardB)
	tm.await("the card", func(s visit.State) bool { return s.CardView != nil && s.CardView.Phase == visit.CardRead })
	tm.reader.lift()
	tm.Next()
	tm.awaitStep(visit.FormStep)
}

func (tm *terminal) fillIn() {
	tm.t.Helper()
	tm.Answer("@phone", "13800000000")
	tm.Next()
	tm.Answer("purpose", "购房")
	tm.Answer("amount", "1234.5")
	tm.Next()
	tm.Next() // members may stay empty
	tm.Answer("story", "经过")
	tm.Answer("sure", true)
	tm.Next()
	tm.awaitStep(visit.Review)
}

func (tm *terminal) toReview(it items.Item) {
	tm.t.Helper()
	tm.toForm(it)
	tm.fillIn()
}

func (tm *terminal) toSign(it items.Item) {
	tm.t.Helper()
	tm.toReview(it)
	tm.Next()
	tm.awaitStep(visit.Sign)
	tm.Signed(aSignature())
}
