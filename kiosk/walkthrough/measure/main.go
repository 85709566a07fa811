// Command measure is make bench: it prints one line for each measurement: name, value, unit, limit, ratio. The limit stands
// beside the value and comes from the same run wherever something can be held against it: the same disk, the same line, a
// bare window. Nothing is judged here; a machine that is busy measures badly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// report prints a measurement. A limit of 0 means that there is none.
func report(name string, value float64, unit string, limit float64) {
	if limit == 0 {
		fmt.Printf("%-34s %12.3f %-8s %12s %8s\n", name, value, unit, "-", "-")
		return
	}
	fmt.Printf("%-34s %12.3f %-8s %12.3f %8.2f\n", name, value, unit, limit, value/limit)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func main() {
	bin := flag.String("bin", "bin", "where the programs are")
	dir := flag.String("dir", "out/bench", "where to keep what is needed; it is made anew")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := measure(ctx, *bin, *dir)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "make bench:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, bin, dir string) error {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	fmt.Printf("%-34s %12s %-8s %12s %8s\n", "name", "value", "unit", "limit", "ratio")
	for _, part := range []struct {
		name string
		run  func(context.Context, string, string) error
	}{
		{"screen", screen}, {"card and slip", line}, {"submit", submit}, {"search", search},
	} {
		if err := part.run(ctx, bin, dir); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
