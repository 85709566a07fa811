package walkthrough

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// How an answer is given.
const (
	Option = "option" // touch field.<path>.option.<value>
	Typed  = "typed"  // touch the field, then the keys of value
	Pinyin = "pinyin" // touch the field, type value in pinyin, take the first candidates
	Today  = "today"  // touch the field, then 今天
	Place  = "place"  // touch the field, then the regions of value, with / between
)

// Answer is an answer as a finger gives it.
type Answer struct {
	Path  string
	How   string
	Value string
}

// Plan is a visit as a citizen intends it.
type Plan struct {
	Item    string // code
	Search  string // letters to find it by
	English bool
	Elder   bool
	Card    string // what is laid on the reader; empty: the item needs none
	Answers []Answer
	Sign    bool
	// Before is called when a step is reached and before anything is done there; a test interferes here.
	Before func(ctx context.Context, step string) error
}

// A signature that anybody could have drawn.
var scribble = [][][2]int{
	{{150, 300}, {400, 280}}, {{280, 150}, {260, 520}, {180, 800}}, {{300, 420}, {420, 700}},
	{{560, 200}, {840, 220}, {820, 480}, {580, 500}, {560, 200}}, {{700, 120}, {690, 860}},
}

// SignatureStrokes is of how many strokes the signature of a Citizen is.
var SignatureStrokes = len(scribble)

// Visit makes a visit from the idle screen until the slip has been printed. It returns the last screen.
func (c *Citizen) Visit(ctx context.Context, s *Stage, p Plan) (*Tree, error) {
	if err := c.choose(ctx, p); err != nil {
		return nil, err
	}
	before := func(step string) error {
		if p.Before == nil {
			return nil
		}
		if err := p.Before(ctx, step); err != nil {
			return fmt.Errorf("before %s: %w", step, err)
		}
		return nil
	}
	for {
		t, err := c.Await(ctx, "the next step", func(t *Tree) bool { return t.Step != "" })
		if err != nil {
			return t, err
		}
		step := t.Step
		if step != "submitting" && step != "printing" {
			if err := before(step); err != nil {
				return t, err
			}
		}
		switch step {
		case "guide":
			err = c.stepOn(ctx, step, "bar.next")
		case "consent":
			err = c.consent(ctx)
		case "card":
			err = c.card(ctx, s, p)
		case "form":
			err = c.fill(ctx, p.Answers)
		case "review":
			err = c.look(ctx, step, "bar.next")
		case "sign":
			err = c.sign(ctx)
		case "submitting", "printing":
			_ = c.Look(ctx, step)
			_, err = c.Await(ctx, "the slip", func(t *Tree) bool { return t.Step != step || slices.Contains(t.IDs(), "problem.retry") })
			if t, seen := c.See(ctx); seen == nil && slices.Contains(t.IDs(), "problem.retry") {
				return t, nil
			}
		case "done":
			return t, c.Look(ctx, "done")
		default:
			return t, fmt.Errorf("the visit has come to %s", step)
		}
		if err != nil {
			return nil, err
		}
	}
}

// choose goes from the idle screen to an item's guide, by searching for it.
func (c *Citizen) choose(ctx context.Context, p Plan) error {
	if _, err := c.AwaitStep(ctx, "idle"); err != nil {
		return err
	}
	if c.Pictures != "" { // the first frame comes in parts while the machine is busy, and the screen learns of the hall every 2 s
		if err := pause(ctx, 3*time.Second); err != nil {
			return err
		}
	}
	if err := c.Look(ctx, "idle"); err != nil {
		return err
	}
	if _, err := c.TapUntil(ctx, "idle.start", "home", func(t *Tree) bool { return t.Step == "home" }); err != nil {
		return err
	}
	if p.English {
		if _, err := c.TapUntil(ctx, "top.language", "English", func(t *Tree) bool { return t.Lang == "en" }); err != nil {
			return err
		}
	}
	if p.Elder {
		if _, err := c.TapUntil(ctx, "top.elder", "elder mode", func(t *Tree) bool { return t.Elder }); err != nil {
			return err
		}
	}
	if err := c.Look(ctx, "home"); err != nil {
		return err
	}
	if _, err := c.TapUntil(ctx, "home.search", "the keyboard", func(t *Tree) bool { return slices.Contains(t.IDs(), "key.q") }); err != nil {
		return err
	}
	for _, r := range p.Search {
		if err := c.Tap(ctx, "key."+string(r)); err != nil {
			return err
		}
	}
	if err := c.Look(ctx, "search"); err != nil {
		return err
	}
	if t, err := c.See(ctx); err == nil && slices.Contains(t.IDs(), "key.done") {
		if err := c.Tap(ctx, "key.done"); err != nil {
			return err
		}
	}
	if _, err := c.TapUntil(ctx, "item."+p.Item, "the guide", func(t *Tree) bool { return t.Step == "guide" }); err != nil {
		return err
	}
	return nil
}

// look takes a picture and goes on.
func (c *Citizen) look(ctx context.Context, step, button string) error {
	return c.stepOn(ctx, step, button)
}

// stepOn takes a picture of a step and touches the button that leads on.
func (c *Citizen) stepOn(ctx context.Context, step, button string) error {
	if err := c.Look(ctx, step); err != nil {
		return err
	}
	_, err := c.TapUntil(ctx, button, "the step after "+step, func(t *Tree) bool { return t.Step != step })
	return err
}

func (c *Citizen) consent(ctx context.Context) error {
	if err := c.Look(ctx, "consent"); err != nil {
		return err
	}
	for range 20 {
		t, err := c.See(ctx)
		if err != nil {
			return err
		}
		if n, ok := t.Node("bar.next"); ok && n.Enabled {
			break
		}
		if n, ok := t.Node("consent.read"); ok && n.Enabled {
			if err := c.Tap(ctx, "consent.read"); err != nil {
				return err
			}
		}
		if err := pause(ctx, 150*time.Millisecond); err != nil {
			return err
		}
	}
	_, err := c.TapUntil(ctx, "bar.next", "the step after consent", func(t *Tree) bool { return t.Step != "consent" })
	return err
}

func (c *Citizen) card(ctx context.Context, s *Stage, p Plan) error {
	if err := c.Look(ctx, "card-waiting"); err != nil {
		return err
	}
	if p.Card != "" {
		if _, err := s.Bench(ctx, "card", "put", p.Card); err != nil {
			return err
		}
	}
	if _, err := c.AwaitNode(ctx, "bar.next"); err != nil {
		return err
	}
	if err := c.Look(ctx, "card-read"); err != nil {
		return err
	}
	if _, err := s.Bench(ctx, "card", "lift"); err != nil {
		return err
	}
	_, err := c.TapUntil(ctx, "bar.next", "the form", func(t *Tree) bool { return t.Step != "card" })
	return err
}

// fill answers what is asked, page by page.
func (c *Citizen) fill(ctx context.Context, answers []Answer) error {
	done := map[string]bool{}
	page := 1
	if err := c.Look(ctx, "form-1"); err != nil {
		return err
	}
	stuck := 0
	for {
		t, err := c.See(ctx)
		if err != nil {
			return err
		}
		if t.Step != "form" {
			return nil
		}
		if a, ok := visible(t, answers, done); ok {
			if err := c.answer(ctx, a); err != nil {
				return fmt.Errorf("answering %s: %w", a.Path, err)
			}
			done[a.Path] = true
			continue
		}
		if n, ok := t.Node("form.down"); ok && n.Enabled {
			if err := c.Tap(ctx, "form.down"); err != nil {
				return err
			}
			if err := pause(ctx, 200*time.Millisecond); err != nil {
				return err
			}
			continue
		}
		if err := c.Look(ctx, fmt.Sprintf("form-%d-filled", page)); err != nil {
			return err
		}
		ids := fieldIDs(t)
		if err := c.Tap(ctx, "bar.next"); err != nil {
			return err
		}
		if err := pause(ctx, 250*time.Millisecond); err != nil {
			return err
		}
		if t, err = c.See(ctx); err != nil {
			return err
		}
		if t.Step == "form" && slices.Equal(ids, fieldIDs(t)) {
			if stuck++; stuck == 4 {
				return fmt.Errorf("the form does not go on: %s", strings.Join(t.Texts, " | "))
			}
			continue
		}
		stuck = 0
		page++
		if t.Step == "form" {
			if err := c.Look(ctx, fmt.Sprintf("form-%d", page)); err != nil {
				return err
			}
		}
	}
}

func fieldIDs(t *Tree) []string {
	var ids []string
	for _, id := range t.IDs() {
		if strings.HasPrefix(id, "field.") {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// visible finds an answer that is not given yet and whose field can be touched now.
func visible(t *Tree, answers []Answer, done map[string]bool) (Answer, bool) {
	for _, a := range answers {
		if done[a.Path] {
			continue
		}
		id := "field." + a.Path
		if a.How == Option {
			id += ".option." + a.Value
		}
		if n, ok := t.Node(id); ok && n.Enabled {
			return a, true
		}
	}
	return Answer{}, false
}

func (c *Citizen) answer(ctx context.Context, a Answer) error {
	id := "field." + a.Path
	switch a.How {
	case Option:
		return c.Tap(ctx, id+".option."+a.Value)
	case Today:
		if _, err := c.TapUntil(ctx, id, "the wheels of "+a.Path, func(t *Tree) bool { return slices.Contains(t.IDs(), id+".today") }); err != nil {
			return err
		}
		if err := c.Tap(ctx, id+".today"); err != nil {
			return err
		}
		return c.closePanel(ctx)
	case Place:
		parts := strings.Split(a.Value, "/")
		first := id + ".option." + parts[0]
		if _, err := c.TapUntil(ctx, id, "the regions", func(t *Tree) bool { return slices.Contains(t.IDs(), first) }); err != nil {
			return err
		}
		for _, part := range parts {
			if err := c.Tap(ctx, id+".option."+part); err != nil {
				return err
			}
		}
		return c.closePanel(ctx)
	}
	t, err := c.TapUntil(ctx, id, "the keyboard", func(t *Tree) bool { return slices.Contains(t.IDs(), "key.backspace") })
	if err != nil {
		return err
	}
	if a.How == Pinyin && t.Lang == "en" { // who reads English is first given letters
		if err := c.Tap(ctx, "key.lang"); err != nil {
			return err
		}
	}
	for _, r := range a.Value {
		if err := c.Tap(ctx, "key."+string(r)); err != nil {
			return err
		}
	}
	if a.How == Pinyin {
		if err := c.Look(ctx, "keyboard"); err != nil {
			return err
		}
		for {
			t, err := c.See(ctx)
			if err != nil {
				return err
			}
			if _, ok := t.Node("key.cand.0"); !ok {
				break
			}
			short := *c
			short.Patience = time.Second
			_ = short.Tap(ctx, "key.cand.0") // the last of them may have been taken meanwhile
			if err := pause(ctx, 120*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return c.closePanel(ctx)
}

// closePanel puts the keyboard, or what stands in its place, away. A panel with choices goes by itself after the last of them.
func (c *Citizen) closePanel(ctx context.Context) error {
	open := func(t *Tree) bool { return slices.Contains(t.IDs(), "key.done") }
	for range 10 {
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
		t, err := c.See(ctx)
		if err != nil || !open(t) {
			return err
		}
		short := *c
		short.Patience = time.Second
		_ = short.Tap(ctx, "key.done") // it may have gone meanwhile
	}
	return fmt.Errorf("the keyboard does not go away")
}

func (c *Citizen) sign(ctx context.Context) error {
	if err := c.Draw(ctx, "sign.pad", scribble); err != nil {
		return err
	}
	return c.stepOn(ctx, "sign", "bar.next")
}

// SignAnd signs, touches the button that submits, and does f a moment later.
func (c *Citizen) SignAnd(ctx context.Context, delay time.Duration, f func()) error {
	if err := c.Draw(ctx, "sign.pad", scribble); err != nil {
		return err
	}
	if err := c.Tap(ctx, "bar.next"); err != nil {
		return err
	}
	err := pause(ctx, delay)
	f()
	return err
}
