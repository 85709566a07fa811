package visit_test

import (
	"fmt"
	"testing"

	demo "zizhuban/assets/catalogue"
	"zizhuban/kiosk/visit"
	"zizhuban/sync/items"
)

// BenchmarkMachine_answer is one key stroke in a long form: the answer, every rule, and the new picture.
func BenchmarkMachine_answer(b *testing.B) {
	cat, err := items.Parse(demo.JSON())
	if err != nil {
		b.Fatal(err)
	}
	idx, err := items.NewIndex(cat, items.Terminal{Site: "H", Modules: []string{"card", "face", "cam", "sign", "scan", "a4", "slip"}})
	if err != nil {
		b.Fatal(err)
	}
	longest := &cat.Items[0]
	for i := range cat.Items {
		if len(cat.Items[i].Fields) > len(longest.Fields) {
			longest = &cat.Items[i]
		}
	}
	tm := aTerminal(b, func(c *visit.Config) { c.Modules = nil })
	tm.cat.now.Store(idx)
	tm.Start()
	tm.Choose(longest.Code)
	tm.Begin()
	tm.awaitStep(visit.Consent)
	tm.agree()
	tm.reader.put(elderly)
	tm.await("the card", phase(visit.CardRead))
	tm.Next()
	for i := 0; b.Loop(); i++ {
		tm.Answer("@phone", fmt.Sprintf("138%08d", i))
	}
	b.Logf("%s, %d fields", longest.Name.ZH, len(longest.Fields))
}
