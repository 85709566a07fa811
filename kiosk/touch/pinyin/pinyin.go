// Package pinyin turns letters typed on the on-screen keyboard into Chinese words.
//
// A [Decoder] is made once for a catalogue by [New], with the words that the terminal itself shows: item titles,
// departments, places. It answers [Decoder.Candidates] for a string of letters; a [Composer] holds what a person is typing
// just now and lets them choose piece by piece.
//
// It understands full pinyin (shenfenzheng), initials (sfz), both mixed (shenfz), a last syllable that is not finished yet
// (shenfenzhe), an apostrophe between syllables (xi'an), v for ü, and the common confusions z/zh, c/ch, s/sh, n/l, an/ang,
// en/eng and in/ing. Every way to divide the letters is weighed by the frequencies of the words.
//
// It learns nothing: what one citizen types never shows in what the next one is offered.
package pinyin

// Candidate is what letters may stand for.
type Candidate struct {
	Text string
	Len  int // how many bytes of the input it uses; the rest stays to be chosen
}

// MaxInput is the number of letters that are looked at; what follows stays as it is.
const MaxInput = 60

// How unlikely things are, in natural logarithms: a word of frequency f costs -ln(f/total).
const (
	costInitial  = 4.5 // a syllable told by its initial alone
	costPartial  = 2.0 // the last syllable is not finished
	costFuzzy    = 4.5 // each confusion of sounds
	boostWeight  = 30000
	unseenWeight = 0.5 // stands for frequency 0
	costRare     = 15  // a word of frequency 30 in 95 million; rarer characters come last
)

// Limits on how many candidates of each kind are offered, so that the pages stay few.
const (
	maxWhole       = 24 // words that use all letters
	maxCompletions = 4  // longer words that begin so
	maxShorter     = 12 // words for the first syllables, for each number of letters
	maxVague       = 80 // characters for a lone initial
)
