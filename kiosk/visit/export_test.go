package visit

// CardTrouble and PrinterReasons are opened for the test that every word is there.
var CardTrouble = cardTrouble

func PrinterReasons() []string {
	var out []string
	for _, r := range reasons {
		out = append(out, r.reason)
	}
	return out
}

// DropCard and DropStrokes are opened for the test of what they leave.
var (
	DropCard    = dropCard
	DropStrokes = dropStrokes
)

// Frozen does f while nothing in the machine can change.
func (m *Machine) Frozen(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watchers.mu.Lock()
	defer m.watchers.mu.Unlock()
	f()
}
