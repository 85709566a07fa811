package pinyin

// Composer is what one person is typing now: the pieces already chosen and the letters still open. It is for one goroutine.
type Composer struct {
	d       *Decoder
	chosen  []piece
	letters string
	offered []Candidate // for letters; made when first asked for
	asked   bool
}

// piece is a chosen word and the letters that it stands for, kept so that Backspace can undo the choice.
type piece struct{ text, letters string }

// NewComposer makes an empty one.
func NewComposer(d *Decoder) *Composer { return &Composer{d: d} }

// Type adds a letter (either case, or ü) or an apostrophe, and tells whether it was taken.
func (c *Composer) Type(r rune) bool {
	switch {
	case r >= 'A' && r <= 'Z':
		r += 'a' - 'A'
	case r == 'ü' || r == 'Ü':
		r = 'v'
	case r == '’' || r == '‘':
		r = '\''
	}
	letter := r >= 'a' && r <= 'z'
	divides := r == '\'' && c.letters != "" && c.letters[len(c.letters)-1] != '\''
	if !letter && !divides || len(c.letters) >= MaxInput {
		return false
	}
	c.set(c.letters + string(r))
	return true
}

// Backspace takes back the last letter, or, where no letter is open, the last choice. It tells whether there was anything.
func (c *Composer) Backspace() bool {
	switch {
	case c.letters != "":
		c.set(c.letters[:len(c.letters)-1])
		if c.letters == "" && len(c.chosen) > 0 {
			c.undo()
		}
	case len(c.chosen) > 0:
		c.undo()
	default:
		return false
	}
	return true
}

func (c *Composer) undo() {
	last := c.chosen[len(c.chosen)-1]
	c.chosen = c.chosen[:len(c.chosen)-1]
	c.set(last.letters + c.letters)
}

// Candidates gives what the open letters may stand for, the best first. The slice belongs to the composer.
func (c *Composer) Candidates() []Candidate {
	if !c.asked {
		c.offered, c.asked = c.d.Candidates(c.letters), true
	}
	return c.offered
}

// Choose takes candidate i for the letters that it uses. When no letters are left, it gives the whole text, and the composer is
// empty again; until then done is false.
func (c *Composer) Choose(i int) (text string, done bool) {
	offered := c.Candidates()
	if i < 0 || i >= len(offered) {
		return "", false
	}
	used := offered[i].Len
	for used < len(c.letters) && c.letters[used] == '\'' {
		used++
	}
	c.chosen = append(c.chosen, piece{offered[i].Text, c.letters[:used]})
	c.set(c.letters[used:])
	if c.letters != "" {
		return "", false
	}
	for _, p := range c.chosen {
		text += p.text
	}
	c.Clear()
	return text, true
}

// Letters gives what was typed, with the pieces chosen so far, for a person who wants it as it stands; the composer is empty then.
func (c *Composer) Letters() string {
	text := ""
	for _, p := range c.chosen {
		text += p.text
	}
	text += c.letters
	c.Clear()
	return text
}

// Shown is the line above the keys: chosen words, then the open letters divided into syllables.
func (c *Composer) Shown() string {
	text := ""
	for _, p := range c.chosen {
		text += p.text
	}
	if c.letters != "" {
		text += c.d.Split(c.letters)
	}
	return text
}

// Empty tells whether nothing is being typed.
func (c *Composer) Empty() bool { return c.letters == "" && len(c.chosen) == 0 }

// Clear forgets everything, as at the end of a visit.
func (c *Composer) Clear() {
	clear(c.chosen)
	c.chosen = c.chosen[:0]
	c.set("")
}

func (c *Composer) set(letters string) { c.letters, c.offered, c.asked = letters, nil, false }
