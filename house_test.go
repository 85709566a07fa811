// Package house checks the rules of the house (see CONTRIBUTING.md): which room may know which.
package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const module = "zizhuban"

// file is a Go file of the project with what it imports.
type file struct {
	path    string // slash-separated, from the top
	dir     string
	pkg     string
	doc     string
	imports []string
	test    bool
}

func files(t *testing.T) []file {
	t.Helper()
	var all []file
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != "." && (strings.HasPrefix(n, ".") || n == "testdata" || n == "out" || n == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(p), dir: path.Dir(filepath.ToSlash(p)), pkg: parsed.Name.Name, test: strings.HasSuffix(p, "_test.go")}
		if parsed.Doc != nil {
			f.doc = parsed.Doc.Text()
		}
		for _, im := range parsed.Imports {
			name, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		all = append(all, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d Go files were found: run the test from the top of the project", len(all))
	}
	return all
}

func below(dir, room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }

func TestWings_do_not_know_each_other(t *testing.T) {
	t.Parallel()
	forbidden := map[string][]string{
		"devices": {"sync", "kiosk"},
		"sync":    {"devices", "kiosk"},
		"assets":  {"devices", "sync", "kiosk"},
	}
	for _, f := range files(t) {
		for wing, others := range forbidden {
			if !below(f.dir, wing) {
				continue
			}
			for _, im := range f.imports {
				for _, other := range others {
					if below(im, module+"/"+other) {
						t.Errorf("%s imports %s: the %s wing knows nothing of %s", f.path, im, wing, other)
					}
				}
			}
		}
	}
}

func TestTechnologies_stay_in_their_rooms(t *testing.T) {
	t.Parallel()
	rules := []struct {
		name    string
		imports string
		rooms   []string
		tests   bool // whether tests elsewhere may use it too
	}{
		{"Fyne", "fyne.io/fyne/v2", []string{"kiosk/screens", "kiosk/touch", "kiosk/theme", "kiosk/technician", "kiosk"}, false},
		{"the serial module", "go.bug.st/serial", []string{"devices/seriallink"}, false},
		{"Bolt", "go.etcd.io/bbolt", []string{"sync/queue"}, false},
		{"the archived Bolt", "github.com/boltdb/bolt", []string{"sync/queue"}, false},
		{"TUF", "github.com/theupdateframework/go-tuf/v2", []string{"sync/updates"}, false},
		{"SQL", "database/sql", []string{"sync/hall"}, false},
		{"SQLite", "modernc.org/sqlite", []string{"sync/hall"}, false},
		{"pseudo-terminals", "github.com/creack/pty", []string{"devices/bench", "devices/seriallink/linktest"}, true},
		{"the X protocol", "github.com/jezek/xgb", []string{"kiosk/walkthrough"}, false},
	}
	for _, f := range files(t) {
		for _, rule := range rules {
			for _, im := range f.imports {
				if !below(im, rule.imports) || rule.tests && f.test {
					continue
				}
				ok := false
				for _, room := range rule.rooms {
					// The terminal's own package may name Fyne, the rooms below it that are not listed may not.
					ok = ok || (room == "kiosk" && f.dir == "kiosk") || (room != "kiosk" && below(f.dir, room))
				}
				if !ok {
					t.Errorf("%s imports %s: %s belongs in %s only", f.path, im, rule.name, strings.Join(rule.rooms, ", "))
				}
			}
		}
	}
}

func TestThe_archived_Bolt_is_for_tests_only(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		for _, im := range f.imports {
			if below(im, "github.com/boltdb/bolt") && !f.test {
				t.Errorf("%s imports %s: it dies under the race detector; the queue uses go.etcd.io/bbolt", f.path, im)
			}
		}
	}
}

func TestVisit_form_and_slip_know_no_screen_port_or_network(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		if f.test || !below(f.dir, "kiosk/visit") && !below(f.dir, "kiosk/form") && !below(f.dir, "kiosk/slip") {
			continue
		}
		for _, im := range f.imports {
			for _, no := range []string{"fyne.io", "net", "net/http", module + "/devices/seriallink", module + "/devices/station", module + "/sync/queue", module + "/sync/uplink", module + "/sync/seal", "os/exec"} {
				if below(im, no) {
					t.Errorf("%s imports %s", f.path, im)
				}
			}
		}
	}
}

func TestPackages_are_named_for_what_they_are_and_say_so(t *testing.T) {
	t.Parallel()
	poor := regexp.MustCompile(`^(util|utils|common|helper|helpers|base|misc)$`)
	docs := map[string]string{}
	names := map[string]string{}
	for _, f := range files(t) {
		if poor.MatchString(f.pkg) || poor.MatchString(path.Base(f.dir)) {
			t.Errorf("%s: package %s says nothing of what it is for", f.path, f.pkg)
		}
		if f.test {
			continue
		}
		names[f.dir] = f.pkg
		if f.doc != "" {
			docs[f.dir] += f.doc
		}
	}
	for dir, name := range names {
		doc := docs[dir]
		if doc == "" {
			t.Errorf("%s: package %s has no doc comment", dir, name)
			continue
		}
		if name != "main" && !strings.HasPrefix(doc, "Package "+name+" ") {
			t.Errorf("%s: the doc comment begins %q, not with \"Package %s\"", dir, strings.SplitN(doc, "\n", 2)[0], name)
		}
	}
}

func TestLogs_go_through_the_logger_that_was_passed_in(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "slog" {
				switch sel.Sel.Name {
				case "Default", "SetDefault", "Info", "Warn", "Error", "Debug":
					t.Errorf("%s uses slog.%s: a logger is passed in, so that none can print personal data", p, sel.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothing_is_left_for_later(t *testing.T) {
	t.Parallel()
	later := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|HA` + `CK)\b|panic\("not impl`)
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if m := later.Find(data); m != nil {
			t.Errorf("%s has a %s", p, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
