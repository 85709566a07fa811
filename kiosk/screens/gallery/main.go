// Command gallery draws every screen from plain states into pictures, without a display, so that they can be looked at:
//
//	go run ./kiosk/screens/gallery -out out/screens
//
// There is a picture for each state of kiosk/screens/screenstest, in portrait and landscape, in standard and elder mode, in
// Chinese and English, and an index.html that shows them beside each other. -only restricts by a part of the name, such as
// -only portrait-standard-zh-home.
package main

import (
	"flag"
	"fmt"
	"html"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"zizhuban/kiosk/screens"
	"zizhuban/kiosk/screens/screenstest"
)

func main() {
	out := flag.String("out", "out/screens", "directory for the pictures")
	only := flag.String("only", "", "draw only those whose name contains this")
	contrast := flag.Bool("contrast", false, "in high contrast")
	flag.Parse()
	if err := run(*out, *only, *contrast); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
}

func run(out, only string, contrast bool) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make the directory for the pictures: %w", err)
	}
	app := test.NewApp()
	defer app.Quit()
	var names []string
	for _, size := range []struct {
		name string
		size fyne.Size
	}{{"portrait", fyne.NewSize(1080, 1920)}, {"landscape", fyne.NewSize(1920, 1080)}} {
		for _, mode := range []string{"standard", "elder"} {
			for _, lang := range []string{"zh", "en"} {
				prefix := strings.Join([]string{size.name, mode, lang}, "-") + "-"
				states := screenstest.States(lang, mode == "elder")
				var wanted []screenstest.Named
				for _, s := range states {
					if strings.Contains(prefix+s.Name, only) {
						wanted = append(wanted, s)
					}
				}
				if len(wanted) == 0 {
					continue
				}
				v := screenstest.New(wanted[0].State)
				w := screens.New(app, v, screens.Options{Size: size.size, Contrast: contrast})
				for _, s := range wanted {
					v.Set(s.State)
					if s.Tap != "" {
						if err := screenstest.Tap(w.Fyne().Canvas(), s.Tap); err != nil {
							return fmt.Errorf("%s%s: %w", prefix, s.Name, err)
						}
					}
					if err := draw(w.Fyne(), filepath.Join(out, prefix+s.Name+".png")); err != nil {
						return err
					}
					names = append(names, prefix+s.Name)
				}
				w.Close()
			}
		}
	}
	fmt.Println(len(names), "pictures in", out)
	return index(out, names)
}

func draw(w fyne.Window, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write a picture: %w", err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, w.Canvas().Capture()); err != nil {
		return fmt.Errorf("write a picture: %w", err)
	}
	return f.Close()
}

func index(out string, names []string) error {
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><title>screens</title><style>figure{display:inline-block;margin:8px}img{height:480px;border:1px solid #999}</style>\n")
	for _, n := range names {
		fmt.Fprintf(&b, "<figure><a href=%q><img loading=lazy src=%q></a><figcaption>%s</figcaption></figure>\n", n+".png", n+".png", html.EscapeString(n))
	}
	return os.WriteFile(filepath.Join(out, "index.html"), []byte(b.String()), 0o644)
}
