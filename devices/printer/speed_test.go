package printer_test

import (
	"testing"

	"zizhuban/devices/printer"
)

func BenchmarkEncode(b *testing.B) {
	p, slip := profile(b, "generic-80mm"), standardSlip()
	var bytes []byte
	for b.Loop() {
		var err error
		if bytes, err = printer.Encode(slip, p); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(bytes)), "slip-bytes")
}
