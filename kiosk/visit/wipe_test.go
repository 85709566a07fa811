package visit_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"zizhuban/devices/idcard"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/wire"
)

// The marks of a citizen, which nothing else in a machine contains.
const markText = "独一无二的记号"

var marks = []string{"示例乙", "示例丁", "330000198711050024", "330000194309010042", "示例市示例路1号", "示例村8号", "示例市公安局", "13800000000", markText, "1234.50"}

// find walks everything that can be reached from v and tells where it finds one of the marks. It does not look into what the
// tests themselves put into the machine, nor into running functions.
func find(m *visit.Machine) (places []string) {
	m.Frozen(func() { places = search(m) })
	return places
}

func search(v any) (places []string) {
	type seen struct {
		p unsafe.Pointer
		t reflect.Type
	}
	been := map[seen]bool{}
	var walk func(v reflect.Value, path string, depth int)
	walk = func(v reflect.Value, path string, depth int) {
		if depth > 60 || strings.HasSuffix(path, ".cfg") || strings.HasSuffix(path, ".clock") || strings.HasSuffix(path, ".ctx") || strings.HasSuffix(path, ".log") {
			return
		}
		switch v.Kind() {
		case reflect.String:
			for _, mark := range marks {
				if strings.Contains(v.String(), mark) {
					places = append(places, path+" holds "+mark)
				}
			}
		case reflect.Pointer:
			if v.IsNil() || been[seen{v.UnsafePointer(), v.Type()}] {
				return
			}
			been[seen{v.UnsafePointer(), v.Type()}] = true
			walk(v.Elem(), path, depth+1)
		case reflect.Interface:
			walk(v.Elem(), path, depth+1)
		case reflect.Struct:
			for i := range v.NumField() {
				f := v.Field(i)
				if f.CanAddr() {
					f = reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
				}
				walk(f, path+"."+v.Type().Field(i).Name, depth+1)
			}
		case reflect.Slice:
			// The whole array behind a slice counts, not only what the slice still shows.
			if v.Type().Elem().Kind() == reflect.Uint8 {
				walk(reflect.ValueOf(string(v.Slice3(0, v.Cap(), v.Cap()).Bytes())), path, depth+1)
				return
			}
			whole := v.Slice3(0, v.Cap(), v.Cap())
			for i := range whole.Len() {
				walk(whole.Index(i), fmt.Sprintf("%s[%d]", path, i), depth+1)
			}
		case reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), depth+1)
			}
		case reflect.Map:
			for iter := v.MapRange(); iter.Next(); {
				walk(iter.Key(), path+"{key}", depth+1)
				walk(iter.Value(), fmt.Sprintf("%s{%v}", path, iter.Key()), depth+1)
			}
		}
	}
	walk(reflect.ValueOf(v), "", 0)
	return places
}

func TestVisit_leaves_no_trace_of_the_citizen(t *testing.T) {
	t.Parallel()
	// How far the visit goes, and how it ends.
	upTo := map[string]func(tm *terminal){
		"card": func(tm *terminal) {
			tm.toCard()
			tm.reader.put(cardB)
			tm.await("the card", phase(visit.CardRead))
		},
		"form": func(tm *terminal) {
			tm.toForm(signedItem)
			tm.Answer("@phone", "13800000000")
			tm.Next()
			tm.Answer("amount", "1234.50")
			tm.Next()
			tm.AddRow("members")
			tm.Answer("members.0.m_name", markText)
		},
		"signature": func(tm *terminal) { tm.toSign(signedItem) },
		"search": func(tm *terminal) {
			tm.Start()
			tm.Search(markText)
		},
		"done": func(tm *terminal) {
			tm.toSign(signedItem)
			tm.Submit()
			tm.awaitStep(visit.Done)
		},
		"printer trouble": func(tm *terminal) {
			tm.printer.with(func() { tm.printer.paper = 0 })
			tm.toSign(signedItem)
			tm.Submit()
			tm.awaitProblem("printer-paper-out")
		},
	}
	ends := map[string]func(tm *terminal){
		"ended": func(tm *terminal) { tm.End() },
		"left alone": func(tm *terminal) {
			tm.passUntil("idle", 5*time.Second, 80, atIdle)
		},
		"another item": func(tm *terminal) { tm.GoHome() },
	}
	for from, begin := range upTo {
		for how, end := range ends {
			t.Run(from+" "+how, func(t *testing.T) {
				t.Parallel()
				tm := aTerminal(t)
				begin(tm)
				if len(find(tm.Machine)) == 0 {
					t.Fatal("nothing is found even during the visit: the search is blind")
				}
				end(tm)
				for range 3 { // what was under way comes to its end
					tm.pass(1, time.Second)
				}
				if places := find(tm.Machine); len(places) > 0 {
					t.Errorf("left: %s", strings.Join(places, "\n"))
				}
				if s := fmt.Sprintf("%+v", tm.State()); slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(s, m) }) {
					t.Errorf("shown: %s", s)
				}
			})
		}
	}
}

func TestVisit_overwrites_photo_and_strokes(t *testing.T) {
	t.Parallel()
	card := cardB
	card.Photo = []byte("示例乙的照片")
	photo := card.Photo
	visit.DropCard(&card)
	if card.Name != "" || slices.ContainsFunc(photo, func(b byte) bool { return b != 0 }) {
		t.Errorf("left: %q %q", card.Name, photo)
	}
	strokes := aSignature()
	first := strokes[0]
	visit.DropStrokes(strokes)
	if slices.ContainsFunc(first, func(p wire.Point) bool { return p != wire.Point{} }) {
		t.Errorf("left: %v", first)
	}
}

func TestVisit_hands_watchers_every_change_in_order(t *testing.T) {
	t.Parallel()
	tm := aTerminal(t)
	got := make(chan uint64, 1000)
	stop := tm.Watch(func(s visit.State) { got <- s.Revision })
	before := tm.State().Revision
	tm.Start()
	tm.OpenTheme("life")
	tm.Back()
	tm.Touch() // changes nothing
	tm.End()
	for want := before + 1; want <= before+4; want++ {
		if r := <-got; r != want {
			// What waited when the visit ended is dropped, and only that.
			if r != before+4 {
				t.Fatalf("revision %d, want %d", r, want)
			}
			break
		}
	}
	stop()
	tm.Start()
	tm.Close()
	if n := len(got); n != 0 {
		t.Errorf("%d changes after the watcher left", n)
	}
	tm.Start()
	tm.Choose(plainItem.Code)
	if s := tm.State(); s.Step != visit.Idle {
		t.Errorf("a closed machine goes on to %s", s.Step)
	}
}

// TestVisit_holds_against_random_events makes 10 000 of them from each seed, with devices that come and go, and looks at what must always
// hold.
func TestVisit_holds_against_random_events(t *testing.T) {
	t.Parallel()
	const events = 10_000
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := &monkey{terminal: aTerminal(t), Rand: rand.New(rand.NewPCG(seed, 7))}
			// How far the events get depends on when the goroutines run; they go on until they have proved something.
			for i := 0; i < events || r.visits < 100 || len(r.store.submitted()) < 30 || r.idles < 30; i++ {
				name := r.act()
				r.settle(name)
				if t.Failed() || i > 50*events {
					t.Fatalf("event %d, %s: %d visits, %d submissions, %d times idle", i, name, r.visits, len(r.store.submitted()), r.idles)
				}
			}
			t.Logf("%d visits, %d submissions, %d slips, %d times idle", r.visits, len(r.store.submitted()), len(r.printer.printed()), r.idles)
		})
	}
}

type monkey struct {
	*terminal
	*rand.Rand
	visits, idles int
	inVisit       int // submissions of the visit under way
	before        int // submissions known
	last          visit.State
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// act does one thing, mostly one that a citizen might do at this step.
func (r *monkey) act() string {
	s := r.State()
	if s.Problem != nil && r.IntN(2) == 0 && len(s.Problem.Actions) > 0 {
		a := pick(r.Rand, s.Problem.Actions...)
		r.Act(a)
		return "act " + string(a)
	}
	if r.IntN(3) > 0 {
		return r.sensible(s)
	}
	switch r.IntN(26) {
	case 0:
		r.Touch()
	case 1:
		r.Start()
	case 2:
		r.SetLanguage(pick(r.Rand, "zh", "en", "xx"))
	case 3:
		r.SetElder(r.IntN(2) == 0)
	case 4:
		r.OpenDepartment(pick(r.Rand, dept, "none"))
	case 5:
		r.OpenTheme(pick(r.Rand, "life", ""))
	case 6:
		r.Search(pick(r.Rand, "", "签名", markText, "\x00"))
	case 7:
		r.Choose(pick(r.Rand, signedItem.Code, plainItem.Code, typedItem.Code, a4Item.Code, "none"))
	case 8:
		r.Begin()
	case 9:
		r.Refuse()
	case 10:
		r.RetryCard()
	case 11:
		r.AddRow(pick(r.Rand, "members", "purpose", "none"))
	case 12:
		r.RemoveRow(pick(r.Rand, "members", "none"), r.IntN(4)-1)
	case 13:
		r.GoTo(r.IntN(12) - 2)
	case 14:
		r.Signed(pick(r.Rand, nil, aSignature(), []wire.Stroke{{}}, []wire.Stroke{{{X: -5, Y: 1 << 40}}}))
	case 15:
		r.Submit()
	case 16:
		r.Act(pick(r.Rand, visit.ActRetry, visit.ActWithoutSlip, visit.ActEnd, visit.ActOK, visit.ActHome, "none"))
	case 17:
		r.Stay()
	case 18:
		if r.IntN(10) == 0 {
			r.End()
		}
	case 19:
		r.PrintAgain()
	case 20:
		if r.IntN(10) == 0 {
			r.GoHome()
		}
	case 21:
		r.Answer(pick(r.Rand, "@phone", "purpose", "members.0.m_name", "members.9.x", "sure", "", "."), pick[any](r.Rand, nil, "", 5, true, "购房", []string{"甲"}, map[string]any{}, strings.Repeat("长", 9000)))
	case 22:
		r.reader.with(func() {
			r.reader.away = r.IntN(8) == 0
			if r.IntN(2) == 0 {
				r.reader.card = nil
			}
			if r.IntN(4) == 0 {
				r.reader.failing = []error{pick(r.Rand, idcard.ErrMoved, idcard.ErrNonsense, idcard.ErrWrongCard)}
			}
		})
	case 23:
		r.printer.with(func() {
			r.printer.paper, r.printer.open, r.printer.tearing, r.printer.away = r.IntN(5)*10, r.IntN(6) == 0, r.IntN(4) == 0, r.IntN(6) == 0
		})
	case 24:
		r.store.with(func() {
			r.store.room, r.store.fail = nil, nil
			if r.IntN(4) == 0 {
				r.store.fail = []error{pick(r.Rand, visit.ErrFull, visit.ErrNoSpace)}
			}
			if r.IntN(8) == 0 {
				r.store.room = visit.ErrFull
			}
		})
	case 25:
		r.clock.Advance(time.Duration(r.IntN(40)) * time.Second)
		return "time"
	}
	return "a random event"
}

// sensible does what leads on from s.
func (r *monkey) sensible(s visit.State) string {
	switch s.Step {
	case visit.Idle:
		r.Start()
	case visit.Home, visit.List:
		r.Choose(pick(r.Rand, signedItem.Code, plainItem.Code, typedItem.Code))
	case visit.Consent:
		r.agree()
	case visit.CardStep:
		if s.CardView.Phase != visit.CardRead {
			if s.CardView.Trouble.Key == "visit.card.remove" {
				r.reader.lift()
			} else {
				r.reader.put(pick(r.Rand, cardB, cardD))
			}
			r.pass(1, time.Second)
			return "card"
		}
		r.reader.lift()
		r.Next()
	case visit.FormStep:
		for _, f := range s.FormView.Fields {
			if f.Value != nil && f.Error == "" {
				continue
			}
			switch f.Key {
			case "@phone":
				r.Answer(f.Key, "13800000000")
			case "@name":
				r.Answer(f.Key, "示例丁")
			case "@id_number":
				r.Answer(f.Key, "330000194309010042")
			case "purpose":
				r.Answer(f.Key, pick(r.Rand, "购房", "其他"))
			case "purpose_text", "story":
				r.Answer(f.Key, markText)
			case "amount":
				r.Answer(f.Key, "1234.50")
			case "sure":
				r.Answer(f.Key, true)
			case "members":
				for _, row := range f.Rows {
					r.Answer(row[0].Key, markText)
				}
			}
		}
		r.Next()
	case visit.Sign:
		r.Signed(aSignature())
		r.Submit()
	case visit.Done:
		r.clock.Advance(time.Duration(r.IntN(20)) * time.Second)
		return "time"
	default:
		r.Next()
	}
	return "on from " + string(s.Step)
}

// settle lets what is under way come to rest, and looks at what must hold.
func (r *monkey) settle(event string) {
	r.t.Helper()
	s := r.await("rest after "+event, func(s visit.State) bool {
		return s.Step != visit.Submitting && (s.Step != visit.Printing || s.Problem != nil) && (s.SlipView == nil || s.SlipView.Printed != visit.SlipPrinting)
	})
	if s.TrailAt >= 0 && r.last.TrailAt < 0 {
		r.visits++
	}
	// A visit is over once the machine was at Idle, Home or List, whose item nobody has chosen.
	if n := len(r.store.submitted()); n > r.before {
		r.inVisit += n - r.before
		r.before = n
		if r.inVisit > 1 {
			r.t.Errorf("a visit submitted %d times", r.inVisit)
		}
	}
	if s.TrailAt < 0 {
		r.inVisit = 0
	}
	r.looksRight(s)
	if s.Step == visit.Idle && r.last.Step != visit.Idle {
		r.idles++
		if r.idles%8 == 0 { // the search takes its time
			if places := find(r.Machine); len(places) > 0 {
				r.t.Errorf("idle with %v", places)
			}
		}
	}
	r.last = s
}

// looksRight tells whether a state is one that a screen can draw.
func (r *monkey) looksRight(s visit.State) {
	r.t.Helper()
	views := map[visit.Step]bool{
		visit.Home: s.HomeView != nil && s.Step == visit.Home, visit.List: s.ListView != nil, visit.Guide: s.GuideView != nil && s.Step == visit.Guide,
		visit.Consent: s.GuideView != nil && s.Step == visit.Consent, visit.CardStep: s.CardView != nil, visit.FormStep: s.FormView != nil,
		visit.Review: s.ReviewView != nil, visit.Sign: s.SignView != nil,
		visit.Printing: s.SlipView != nil && s.Step == visit.Printing, visit.Done: s.SlipView != nil && s.Step == visit.Done,
	}
	for step, there := range views {
		if there != (step == s.Step) {
			r.t.Errorf("at %s the view of %s is there: %v", s.Step, step, there)
		}
	}
	if s.TrailAt >= len(s.Trail) || s.FormView != nil && (s.FormView.Page < 0 || s.FormView.Page >= s.FormView.Pages || len(s.FormView.Fields) == 0) {
		r.t.Errorf("trail %d of %v, form %+v", s.TrailAt, s.Trail, s.FormView)
	}
	if s.Problem != nil && (len(s.Problem.Actions) == 0 || s.CanNext || s.CanBack) {
		r.t.Errorf("problem %+v, back %v, next %v", s.Problem, s.CanBack, s.CanNext)
	}
	if s.Step == visit.Idle {
		if text := fmt.Sprintf("%+v %+v", s, s.HomeView); slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(text, m) }) {
			r.t.Errorf("idle shows %s", text)
		}
	}
}
