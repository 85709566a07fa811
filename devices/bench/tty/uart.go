package tty

// tolerance is by how much two UARTs may differ and still understand each other, in thousandths: half a bit in ten is 5 %,
// shared by both ends.
const tolerance = 25

// Same tells whether two speeds are near enough for an 8N1 line.
func Same(a, b int) bool {
	d := a - b
	if d < 0 {
		d = -d
	}
	return d*1000 <= tolerance*max(a, b)
}

// Misheard is what a receiver at the speed to makes of bytes sent without a gap at the speed from. A pseudo-terminal hands
// bytes over whatever the speeds are, so the bits are drawn and sampled here as a UART would sample them: at the middle of
// each bit after a falling edge. In 8N1 a byte without a stop bit is delivered unmarked (termios(3), PARMRK off).
func Misheard(sent []byte, from, to int) []byte {
	if from <= 0 || to <= 0 || Same(from, to) {
		return sent
	}
	// The line's level at time t, counted in bits of the sender; idle (high) before and after.
	level := func(t float64) bool {
		if t < 0 {
			return true
		}
		bit := int(t)
		n, at := bit/bitsPerByte, bit%bitsPerByte
		switch {
		case n >= len(sent):
			return true
		case at == 0:
			return false // start bit
		case at == bitsPerByte-1:
			return true // stop bit
		}
		return sent[n]>>(at-1)&1 == 1
	}
	var heard []byte
	step := float64(from) / float64(to) // one bit of the receiver, in bits of the sender
	end := float64(len(sent) * bitsPerByte)
	const search = 1.0 / 16 // a UART looks for the edge sixteen times a bit
	for t := 0.0; t < end; {
		if level(t) {
			t += search * min(step, 1)
			continue
		}
		if level(t + step/2) { // a glitch, not a start bit
			t += step / 2
			continue
		}
		var b byte
		for i := range 8 {
			if level(t + step*(float64(i)+1.5)) {
				b |= 1 << i
			}
		}
		heard = append(heard, b)
		t += step * (bitsPerByte - 0.5)
		for t < end && !level(t) { // no stop bit: wait until the line is idle
			t += search * min(step, 1)
		}
	}
	return heard
}
