package items_test

import (
	"testing"

	"zizhuban/sync/items"
	"zizhuban/sync/items/itemstest"
)

// keyStrokes are what the search field holds after each key, in the ways that people type.
var keyStrokes = []string{"s", "sh", "she", "sheb", "shebao", "sb", "sbk", "证", "身份", "身份证", "社保 变更", "区人力", "zhuxiao", "gjj", "qyzgjb", "工伤ba", "没有这个"}

var everything = items.Terminal{Site: "H", Modules: []string{"card", "face", "cam", "sign", "scan", "a4", "slip"}}

func benchmarkSearch(b *testing.B, c *items.Catalogue) {
	x, err := items.NewIndex(c, everything)
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range keyStrokes {
		b.Run(q, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Search(q, 20)
			}
		})
	}
}

func BenchmarkSearch61(b *testing.B)     { benchmarkSearch(b, demo(b)) }
func BenchmarkSearch2500(b *testing.B)   { benchmarkSearch(b, itemstest.Synthetic(2500, 1)) }
func BenchmarkSearch100000(b *testing.B) { benchmarkSearch(b, itemstest.Synthetic(100_000, 1)) }

func BenchmarkNewIndex2500(b *testing.B) {
	c := itemstest.Synthetic(2500, 1)
	for b.Loop() {
		if _, err := items.NewIndex(c, everything); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNextIndex2500(b *testing.B) {
	x, err := items.NewIndex(itemstest.Synthetic(2500, 1), everything)
	if err != nil {
		b.Fatal(err)
	}
	c := itemstest.Synthetic(2500, 1)
	c.Items[17].Name.ZH += "（新）"
	for b.Loop() {
		if _, err := x.Next(c, everything); err != nil {
			b.Fatal(err)
		}
	}
}
