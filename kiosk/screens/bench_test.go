package screens_test

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/screens"
	"zizhuban/kiosk/screens/screenstest"
	"zizhuban/kiosk/visit"
)

// BenchmarkSearch_results is what a key stroke of a search costs the UI goroutine, without painting: another list of results.
func BenchmarkSearch_results(b *testing.B) {
	app := test.NewTempApp(b)
	var s visit.State
	for _, x := range screenstest.States("zh", false) {
		if x.Name == "search" {
			s = x.State
		}
	}
	v := screenstest.New(s)
	w := screens.New(app, v, screens.Options{Size: portrait})
	defer w.Close()
	n := 0
	for b.Loop() {
		list := visit.ListView{Kind: "search", Query: fmt.Sprint(n)}
		for i := range 200 {
			list.Tiles = append(list.Tiles, visit.Tile{Code: fmt.Sprintf("C%d", i), Name: fmt.Sprintf("社会保险参保证明打印%d", (i+n)%50), Department: "区人力社保局", Kind: 2, Promised: "5个工作日", Offered: true})
		}
		s.ListView = &list
		v.Set(s)
		n++
	}
}
