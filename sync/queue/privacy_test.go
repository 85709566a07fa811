package queue_test

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// TestQueue_writes_no_personal_data searches every file below the directory, in all the encodings in which a name may stand.
func TestQueue_writes_no_personal_data(t *testing.T) {
	t.Parallel()
	dir, s := t.TempDir(), aSealer(t)
	entries := aQueueWith(t, dir, s, 10)
	path := filepath.Join(dir, "queue.db")
	data := readFile(t, path)
	clear(data[:8192])
	writeFile(t, path, data)
	q := open(t, dir, inChildProcess()) // with a file set aside and salvaged
	ctx := context.Background()
	if err := q.SetAside(ctx, entries[0].Submission, "unknown-item"); err != nil {
		t.Fatal(err)
	}
	if err := q.Ack(ctx, receiptFor(entries[1])); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	encode := map[string]func(string) string{
		"UTF-8": func(s string) string { return s },
		"UTF-16LE": func(s string) string {
			return mustEncode(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String, s)
		},
		"UTF-16BE": func(s string) string {
			return mustEncode(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String, s)
		},
		"GB18030": func(s string) string { return mustEncode(t, simplifiedchinese.GB18030.NewEncoder().String, s) },
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		data := string(readFile(t, path))
		for name, f := range encode {
			for _, mark := range []string{markName, markNumber, markAnswer} {
				if strings.Contains(data, f(mark)) {
					t.Errorf("%s holds %s in %s", filepath.Base(path), mark, name)
				}
			}
		}
		return nil
	})
	if err != nil || files < 5 {
		t.Errorf("%d files searched, %v", files, err)
	}
}

func mustEncode(t testing.TB, f func(string) (string, error), s string) string {
	t.Helper()
	out, err := f(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
