package visit

import (
	"slices"

	"zizhuban/sync/wire"
)

// What a signature may be: more than a dot and a dash, and no more than a hand can draw.
const (
	signPoints  = 8     // at least
	signLength  = 300   // of all strokes, in thousandths of the pad's width, at least
	signExtent  = 80    // of the whole, across or along, at least
	signStrokes = 300   // at most
	signMost    = 20000 // points, at most
)

// Signed takes the whole signature so far; none clears it.
func (m *Machine) Signed(strokes []wire.Stroke) {
	m.event(func() bool {
		if m.step != Sign || m.problem != nil {
			return false
		}
		total := 0
		for _, stroke := range strokes {
			total += len(stroke)
		}
		if len(strokes) > signStrokes || total > signMost {
			return false
		}
		dropStrokes(m.stay.strokes)
		m.stay.strokes = make([]wire.Stroke, len(strokes))
		for i := range strokes {
			m.stay.strokes[i] = slices.Clone(strokes[i])
		}
		return true
	})
}

// enoughInk tells whether strokes can be a signature.
func enoughInk(strokes []wire.Stroke) bool {
	points, length := 0, 0
	var lowX, highX, lowY, highY int
	for _, stroke := range strokes {
		for i, p := range stroke {
			if points == 0 {
				lowX, highX, lowY, highY = p.X, p.X, p.Y, p.Y
			}
			points++
			lowX, highX = min(lowX, p.X), max(highX, p.X)
			lowY, highY = min(lowY, p.Y), max(highY, p.Y)
			if i > 0 {
				// The longer side and half the shorter is within an eighth of the distance.
				dx, dy := abs(p.X-stroke[i-1].X), abs(p.Y-stroke[i-1].Y)
				length += max(dx, dy) + min(dx, dy)/2
			}
		}
	}
	return points >= signPoints && length >= signLength && max(highX-lowX, highY-lowY) >= signExtent
}

func abs(n int) int { return max(n, -n) }
