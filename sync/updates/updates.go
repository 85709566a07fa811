// Package updates carries the catalogue of service items from the hall to the terminals, signed, so that a terminal takes
// nothing from anybody else, nothing old, and nothing half.
//
// It is a TUF repository (The Update Framework, specification 1.0) with the four top-level roles. The hall's side is
// [Repository]: it keeps the keys, signs and publishes. The terminal's side is [Client]: it verifies, stages, checks, flips
// one pointer and keeps the version before.
//
// What is published (see README.md):
//
//	catalogue/index.json                 departments and themes; its custom data bears the catalogue's version
//	items/<department's code>/<code>.json  one item; its custom data bears its place in the catalogue
//
// One changed item therefore costs a timestamp, a snapshot, the targets' metadata and that item.
package updates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"zizhuban/sync/items"
)

// Errors that callers tell apart.
var (
	// ErrNoCatalogue says that a terminal has never received a catalogue that it could verify.
	ErrNoCatalogue = errors.New("no verified catalogue on this terminal yet: connect it to the hall")
	// ErrRollback says that the hall offered a catalogue older than one that was already verified.
	ErrRollback = errors.New("the offered catalogue is older than the one in use: it is refused; ask the hall which version it publishes")
	// ErrRefused says that a catalogue was genuine and cannot be used; the one in use stays.
	ErrRefused = errors.New("the offered catalogue is signed but cannot be used; the present one stays in use")
)

const (
	indexPath  = "catalogue/index.json"
	itemPrefix = "items/"
)

// index is the contents of catalogue/index.json.
type index struct {
	Departments []items.Department `json:"departments"`
	Themes      []items.Theme      `json:"themes"`
}

// indexFacts are the custom data of the index target.
type indexFacts struct {
	Catalogue int `json:"catalogue"`
}

// itemFacts are the custom data of an item target.
type itemFacts struct {
	Place   int `json:"place"`   // in the catalogue's order
	Version int `json:"version"` // of the item
}

func itemPath(it *items.Item) string { return itemPrefix + it.Department + "/" + it.Code + ".json" }

// encode writes v as the canonical bytes of a target: indented, so that a person can read what was signed.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// writeFile replaces a file so that after a power cut either the old or the new contents are there, whole.
func writeFile(path string, data []byte, mode os.FileMode) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

// localPath turns a target's path into a path below dir; a path that would leave dir is refused.
func localPath(dir, target string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(target)) || strings.Contains(target, "\\") {
		return "", fmt.Errorf("target %q has a path that leaves its directory", target)
	}
	return filepath.Join(dir, filepath.FromSlash(target)), nil
}
