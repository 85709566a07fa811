// Package screenstest holds what screens are tried with: a visit that is told its state and keeps what it was asked for, and
// plain states of every step in both languages. The gallery draws them; tests touch them.
package screenstest

import (
	"fmt"
	"sync"

	"zizhuban/kiosk/visit"
	"zizhuban/sync/wire"
)

// Visit is a visit that does nothing by itself: a test sets its state, and reads which events came.
type Visit struct {
	mu       sync.Mutex
	state    visit.State
	watchers map[int]func(visit.State)
	next     int
	events   []string
	touches  int
	strokes  []wire.Stroke
}

// New makes a visit at a state.
func New(s visit.State) *Visit {
	return &Visit{state: s, watchers: map[int]func(visit.State){}}
}

// Set shows another state to whoever watches.
func (v *Visit) Set(s visit.State) {
	v.mu.Lock()
	s.Revision = v.state.Revision + 1
	v.state = s
	var told []func(visit.State)
	for i := range v.next {
		if f, ok := v.watchers[i]; ok {
			told = append(told, f)
		}
	}
	v.mu.Unlock()
	for _, f := range told {
		f(s)
	}
}

// Events gives what was asked for since the last call, such as "Choose D01".
func (v *Visit) Events() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := v.events
	v.events = nil
	return out
}

// Touches is how many signs of life there were.
func (v *Visit) Touches() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.touches
}

// Strokes is the signature as it was last told.
func (v *Visit) Strokes() []wire.Stroke {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.strokes
}

// Watchers is how many watch.
func (v *Visit) Watchers() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.watchers)
}

func (v *Visit) note(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.events = append(v.events, fmt.Sprintf(format, args...))
}

// State is the present state.
func (v *Visit) State() visit.State {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state
}

// Watch has f called at every Set.
func (v *Visit) Watch(f func(visit.State)) (stop func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id := v.next
	v.next++
	v.watchers[id] = f
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.watchers, id)
	}
}

// Touch counts a sign of life.
func (v *Visit) Touch() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.touches++
}

// The events; each is noted under its name with what it was given.

// Start is noted.
func (v *Visit) Start() { v.note("Start") }

// SetLanguage is noted.
func (v *Visit) SetLanguage(lang string) { v.note("SetLanguage %s", lang) }

// SetElder is noted.
func (v *Visit) SetElder(on bool) { v.note("SetElder %v", on) }

// OpenDepartment is noted.
func (v *Visit) OpenDepartment(key string) { v.note("OpenDepartment %s", key) }

// OpenTheme is noted.
func (v *Visit) OpenTheme(key string) { v.note("OpenTheme %s", key) }

// Search is noted.
func (v *Visit) Search(query string) { v.note("Search %s", query) }

// Choose is noted.
func (v *Visit) Choose(code string) { v.note("Choose %s", code) }

// Begin is noted.
func (v *Visit) Begin() { v.note("Begin") }

// ReadNotice is noted.
func (v *Visit) ReadNotice() { v.note("ReadNotice") }

// Agree is noted.
func (v *Visit) Agree() { v.note("Agree") }

// Refuse is noted.
func (v *Visit) Refuse() { v.note("Refuse") }

// RetryCard is noted.
func (v *Visit) RetryCard() { v.note("RetryCard") }

// Answer is noted.
func (v *Visit) Answer(path string, value any) { v.note("Answer %s=%v", path, value) }

// LeaveField is noted.
func (v *Visit) LeaveField() { v.note("LeaveField") }

// AddRow is noted.
func (v *Visit) AddRow(key string) { v.note("AddRow %s", key) }

// RemoveRow is noted.
func (v *Visit) RemoveRow(key string, i int) { v.note("RemoveRow %s %d", key, i) }

// Next is noted.
func (v *Visit) Next() { v.note("Next") }

// Back is noted.
func (v *Visit) Back() { v.note("Back") }

// GoTo is noted.
func (v *Visit) GoTo(page int) { v.note("GoTo %d", page) }

// Signed is noted, and the strokes kept.
func (v *Visit) Signed(strokes []wire.Stroke) {
	v.note("Signed %d", len(strokes))
	v.mu.Lock()
	defer v.mu.Unlock()
	v.strokes = strokes
}

// Submit is noted.
func (v *Visit) Submit() { v.note("Submit") }

// Act is noted.
func (v *Visit) Act(a visit.Action) { v.note("Act %s", a) }

// Stay is noted.
func (v *Visit) Stay() { v.note("Stay") }

// End is noted.
func (v *Visit) End() { v.note("End") }

// PrintAgain is noted.
func (v *Visit) PrintAgain() { v.note("PrintAgain") }

// PrintUnfinished is noted.
func (v *Visit) PrintUnfinished() { v.note("PrintUnfinished") }

// DismissUnfinished is noted.
func (v *Visit) DismissUnfinished() { v.note("DismissUnfinished") }

// GoHome is noted.
func (v *Visit) GoHome() { v.note("GoHome") }
