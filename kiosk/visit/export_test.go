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
