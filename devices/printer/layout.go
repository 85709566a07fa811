package printer

import "strings"

// noLineStart are characters that must not begin a line.
const noLineStart = "，。、；：？！）》」』】〕”’％,.;:?!)]}%"

// wrap breaks cells into lines of at most width columns: at a line feed, after a space, between Chinese characters. A word of
// Latin letters or digits stays whole where a line can hold it, so that a number is not torn.
func wrap(cells []cell, width int) [][]cell {
	var lines [][]cell
	for _, paragraph := range split(cells) {
		lines = append(lines, wrapParagraph(paragraph, width)...)
	}
	return lines
}

// split cuts at line feeds.
func split(cells []cell) [][]cell {
	var out [][]cell
	start := 0
	for i, c := range cells {
		if c.r == '\n' {
			out = append(out, cells[start:i])
			start = i + 1
		}
	}
	return append(out, cells[start:])
}

func wrapParagraph(cells []cell, width int) [][]cell {
	var lines [][]cell
	for {
		n, used := 0, 0
		for n < len(cells) && used+cells[n].width <= width {
			used += cells[n].width
			n++
		}
		if n == len(cells) {
			return append(lines, trimRight(cells))
		}
		at := breakBefore(cells, n)
		lines = append(lines, trimRight(cells[:at]))
		for at < len(cells) && cells[at].space {
			at++
		}
		if at == len(cells) {
			return lines
		}
		cells = cells[at:]
	}
}

// breakBefore finds where to break a line that holds n cells at most.
func breakBefore(cells []cell, n int) int {
	if n == 0 {
		return 1 // a character wider than the line: it goes out all the same
	}
	for at := n; at > 0; at-- {
		if at < len(cells) && !mayBreak(cells[at-1], cells[at]) {
			continue
		}
		return at
	}
	return n // a word longer than the line
}

// mayBreak tells whether a line may end after a and begin with b.
func mayBreak(a, b cell) bool {
	if a.space || b.space {
		return true
	}
	if strings.ContainsRune(noLineStart, b.r) {
		return false
	}
	return a.width == 2 || b.width == 2
}

func trimRight(cells []cell) []cell {
	for len(cells) > 0 && cells[len(cells)-1].space {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// widthOf is the columns that cells take.
func widthOf(cells []cell) int {
	w := 0
	for _, c := range cells {
		w += c.width
	}
	return w
}

// row is one printed line of a field: its label's part and its value's.
type row struct {
	label, value []cell
}

// fieldRows lays out a field: the label in a column of labelWidth, the value beside it from column valueAt on. A label that does not fit its
// column gets lines of its own.
func fieldRows(label, value []cell, valueAt, columns int) []row {
	var rows []row
	values := wrap(value, columns-valueAt)
	if widthOf(label) > valueAt-labelGap {
		for _, l := range wrap(label, columns) {
			rows = append(rows, row{label: l})
		}
		label = nil
	}
	for i, v := range values {
		r := row{value: v}
		if i == 0 {
			r.label = label
		}
		rows = append(rows, r)
	}
	return rows
}

// labelGap is the space between a label and its value, in columns.
const labelGap = 2

// valueColumn is where the values of a run of fields begin: behind the longest label, but not beyond two fifths of the paper.
func valueColumn(labels [][]cell, columns int) int {
	at := 0
	for _, l := range labels {
		if w := widthOf(l) + labelGap; w > at && w <= columns*2/5+labelGap {
			at = w
		}
	}
	if at == 0 {
		at = labelGap
	}
	return at
}
