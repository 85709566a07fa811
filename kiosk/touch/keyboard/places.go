package keyboard

import (
	"zizhuban/assets/regions"
	"zizhuban/kiosk/touch/pinyin"
)

// homeProvince is the province whose districts and counties are taken as words too. All of the country's would put thousands of
// rare names before common words.
const homeProvince = "浙江省"

// placeWords are the names of places that addresses are made of.
func placeWords() []pinyin.Word {
	var words []pinyin.Word
	for _, p := range regions.Provinces() {
		words = append(words, pinyin.Word{Text: p.Name})
		for _, c := range p.Cities {
			if regions.Nameless(c.Name) {
				continue
			}
			words = append(words, pinyin.Word{Text: c.Name})
			if p.Name == homeProvince {
				for _, part := range c.Parts {
					words = append(words, pinyin.Word{Text: part})
				}
			}
		}
	}
	return words
}
