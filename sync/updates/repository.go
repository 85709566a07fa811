package updates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"zizhuban/sync/items"
)

// How long each role's word holds. A terminal that is offline for longer keeps its catalogue and goes on; it only takes
// nothing new until it has heard a fresh timestamp.
const (
	rootLasts      = 5 * 365 * 24 * time.Hour
	targetsLast    = 2 * 365 * 24 * time.Hour
	snapshotLasts  = 90 * 24 * time.Hour
	timestampLasts = 7 * 24 * time.Hour
	// A timestamp is signed anew when less than this is left, so that the hall may stand still for some days.
	timestampMargin = 6 * 24 * time.Hour
)

// Repository is the hall's side: keys, metadata and targets below one directory. It is safe for use by several goroutines,
// and by several processes, which take turns by a lock file.
type Repository struct {
	dir   string
	clock clockwork.Clock
	mu    sync.Mutex
	seen  stamp // what Version last read, and from which file
}

type stamp struct {
	modified time.Time
	size     int64
	version  int
}

// OpenRepository opens the repository in dir and makes its keys and first metadata where there are none.
func OpenRepository(dir string, clock clockwork.Clock) (*Repository, error) {
	r := &Repository{dir: dir, clock: clock}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the catalogue repository: %w", err)
	}
	err := r.locked(func() error {
		if _, err := os.Stat(r.metadataPath("timestamp.json")); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return r.create()
	})
	if err != nil {
		return nil, fmt.Errorf("opening the catalogue repository %s: %w", dir, err)
	}
	return r, nil
}

// create makes keys and the metadata of an empty repository: version 0 of the catalogue, which no terminal takes.
func (r *Repository) create() error {
	now := r.clock.Now().UTC()
	root := metadata.Root(now.Add(rootLasts))
	root.Signed.ConsistentSnapshot = true
	for _, role := range roles {
		if _, err := os.Stat(keyPath(r.dir, role)); errors.Is(err, fs.ErrNotExist) {
			if err := makeKey(r.dir, role); err != nil {
				return err
			}
		}
		private, err := loadKey(r.dir, role)
		if err != nil {
			return err
		}
		key, err := metadata.KeyFromPublicKey(private.Public())
		if err != nil {
			return fmt.Errorf("the %s key: %w", role, err)
		}
		if err := root.Signed.AddKey(key, role); err != nil {
			return fmt.Errorf("the %s key: %w", role, err)
		}
	}
	if err := sign(r.dir, metadata.ROOT, root); err != nil {
		return err
	}
	if err := write(r, root, "1.root.json"); err != nil {
		return err
	}
	targets := metadata.Targets(now.Add(targetsLast))
	snapshot := metadata.Snapshot(now.Add(snapshotLasts))
	timestamp := metadata.Timestamp(now.Add(timestampLasts))
	return r.commit(targets, snapshot, timestamp)
}

// commit signs and writes the three roles, the timestamp last: until it is in place, nobody looks at the others.
func (r *Repository) commit(targets *metadata.Metadata[metadata.TargetsType], snapshot *metadata.Metadata[metadata.SnapshotType], timestamp *metadata.Metadata[metadata.TimestampType]) error {
	if err := sign(r.dir, metadata.TARGETS, targets); err != nil {
		return err
	}
	if err := write(r, targets, fmt.Sprintf("%d.targets.json", targets.Signed.Version)); err != nil {
		return err
	}
	snapshot.Signed.Meta = map[string]*metadata.MetaFiles{"targets.json": metadata.MetaFile(targets.Signed.Version)}
	if err := sign(r.dir, metadata.SNAPSHOT, snapshot); err != nil {
		return err
	}
	if err := write(r, snapshot, fmt.Sprintf("%d.snapshot.json", snapshot.Signed.Version)); err != nil {
		return err
	}
	timestamp.Signed.Meta = map[string]*metadata.MetaFiles{"snapshot.json": metadata.MetaFile(snapshot.Signed.Version)}
	if err := sign(r.dir, metadata.TIMESTAMP, timestamp); err != nil {
		return err
	}
	return write(r, timestamp, "timestamp.json")
}

func write[T metadata.Roles](r *Repository, m *metadata.Metadata[T], name string) error {
	data, err := m.ToBytes(false)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return writeFile(r.metadataPath(name), data, 0o644)
}

func (r *Repository) metadataPath(name string) string { return filepath.Join(r.dir, "metadata", name) }

// locked runs f while no other process publishes.
func (r *Repository) locked(f func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	lock, err := os.OpenFile(filepath.Join(r.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("waiting for another publication to end: %w", err)
	}
	return f()
}

// current reads the three roles in force.
func (r *Repository) current() (*metadata.Metadata[metadata.TargetsType], *metadata.Metadata[metadata.SnapshotType], *metadata.Metadata[metadata.TimestampType], error) {
	fail := func(err error) (*metadata.Metadata[metadata.TargetsType], *metadata.Metadata[metadata.SnapshotType], *metadata.Metadata[metadata.TimestampType], error) {
		return nil, nil, nil, fmt.Errorf("reading the catalogue repository's metadata: %w", err)
	}
	timestamp, err := metadata.Timestamp().FromFile(r.metadataPath("timestamp.json"))
	if err != nil {
		return fail(err)
	}
	meta, ok := timestamp.Signed.Meta["snapshot.json"]
	if !ok {
		return fail(errors.New("timestamp.json names no snapshot"))
	}
	snapshot, err := metadata.Snapshot().FromFile(r.metadataPath(fmt.Sprintf("%d.snapshot.json", meta.Version)))
	if err != nil {
		return fail(err)
	}
	meta, ok = snapshot.Signed.Meta["targets.json"]
	if !ok {
		return fail(errors.New("the snapshot names no targets"))
	}
	targets, err := metadata.Targets().FromFile(r.metadataPath(fmt.Sprintf("%d.targets.json", meta.Version)))
	if err != nil {
		return fail(err)
	}
	return targets, snapshot, timestamp, nil
}

// Publish signs c and makes it what terminals take next. It sets c.Version to one above the version in force. A catalogue
// that does not validate is not published.
func (r *Repository) Publish(ctx context.Context, c *items.Catalogue) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("the catalogue was not published: %w", err)
	}
	return r.locked(func() error {
		targets, snapshot, timestamp, err := r.current()
		if err != nil {
			return err
		}
		version := catalogueVersion(targets.Signed.Targets) + 1
		files := map[string]*metadata.TargetFiles{}
		add := func(target string, v, facts any) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, err := encode(v)
			if err != nil {
				return err
			}
			info, err := metadata.TargetFile().FromBytes(target, data, "sha256")
			if err != nil {
				return err
			}
			custom, err := json.Marshal(facts)
			if err != nil {
				return err
			}
			info.Custom = (*json.RawMessage)(&custom)
			files[target] = info
			return r.writeTarget(target, data)
		}
		if err := add(indexPath, index{c.Departments, c.Themes}, indexFacts{version}); err != nil {
			return fmt.Errorf("publishing the catalogue: %w", err)
		}
		for i := range c.Items {
			it := &c.Items[i]
			if err := add(itemPath(it), it, itemFacts{i, it.Version}); err != nil {
				return fmt.Errorf("publishing item %s: %w", it.Code, err)
			}
		}
		now := r.clock.Now().UTC()
		targets.Signed.Targets = files
		targets.Signed.Version++
		targets.Signed.Expires = now.Add(targetsLast)
		snapshot.Signed.Version++
		snapshot.Signed.Expires = now.Add(snapshotLasts)
		timestamp.Signed.Version++
		timestamp.Signed.Expires = now.Add(timestampLasts)
		if err := r.commit(targets, snapshot, timestamp); err != nil {
			return err
		}
		c.Version = version
		return nil
	})
}

// writeTarget stores a target under the name that consistent snapshots give it: its hash, a dot, its name.
func (r *Repository) writeTarget(target string, data []byte) error {
	sum := sha256.Sum256(data)
	file, err := localPath(filepath.Join(r.dir, "targets"), hashed(target, hex.EncodeToString(sum[:])))
	if err != nil {
		return err
	}
	if _, err := os.Stat(file); err == nil {
		return nil // the same contents stand there since an earlier publication
	}
	return writeFile(file, data, 0o644)
}

func hashed(target, sum string) string {
	dir, name := path.Split(target)
	return dir + sum + "." + name
}

// Refresh signs the timestamp, and the snapshot where it needs it, anew before they expire. A hall calls it once a day or
// oftener; it does nothing while there is time enough.
func (r *Repository) Refresh(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.locked(func() error {
		_, snapshot, timestamp, err := r.current()
		if err != nil {
			return err
		}
		now := r.clock.Now().UTC()
		if timestamp.Signed.Expires.Sub(now) > timestampMargin {
			return nil
		}
		if snapshot.Signed.Expires.Sub(now) < snapshotLasts/2 {
			snapshot.Signed.Version++
			snapshot.Signed.Expires = now.Add(snapshotLasts)
			if err := sign(r.dir, metadata.SNAPSHOT, snapshot); err != nil {
				return err
			}
			if err := write(r, snapshot, fmt.Sprintf("%d.snapshot.json", snapshot.Signed.Version)); err != nil {
				return err
			}
			timestamp.Signed.Meta = map[string]*metadata.MetaFiles{"snapshot.json": metadata.MetaFile(snapshot.Signed.Version)}
		}
		timestamp.Signed.Version++
		timestamp.Signed.Expires = now.Add(timestampLasts)
		if err := sign(r.dir, metadata.TIMESTAMP, timestamp); err != nil {
			return err
		}
		return write(r, timestamp, "timestamp.json")
	})
}

// Version is the version of the catalogue in force, 0 before the first publication. It sees what another process published.
func (r *Repository) Version() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	info, err := os.Stat(r.metadataPath("timestamp.json"))
	if err != nil {
		return r.seen.version
	}
	if info.ModTime().Equal(r.seen.modified) && info.Size() == r.seen.size {
		return r.seen.version
	}
	targets, _, _, err := r.current()
	if err != nil {
		return r.seen.version
	}
	r.seen = stamp{info.ModTime(), info.Size(), catalogueVersion(targets.Signed.Targets)}
	return r.seen.version
}

// Catalogue reads back the catalogue in force.
func (r *Repository) Catalogue() (*items.Catalogue, error) {
	targets, _, _, err := r.current()
	if err != nil {
		return nil, err
	}
	return assemble(targets.Signed.Targets, func(target string, info *metadata.TargetFiles) ([]byte, error) {
		file, err := localPath(filepath.Join(r.dir, "targets"), hashed(target, info.Hashes["sha256"].String()))
		if err != nil {
			return nil, err
		}
		return os.ReadFile(file)
	})
}

// Root is the factory root: the first root metadata, which a terminal is given when it enrols.
func (r *Repository) Root() []byte {
	data, err := os.ReadFile(r.metadataPath("1.root.json"))
	if err != nil {
		return nil
	}
	return data
}

// Handler serves metadata/ and targets/ and nothing else: keys lie beside them.
func (r *Repository) Handler() http.Handler {
	files := http.FileServer(http.Dir(r.dir))
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		p := path.Clean("/" + req.URL.Path)
		if !strings.HasPrefix(p, "/metadata/") && !strings.HasPrefix(p, "/targets/") || strings.HasSuffix(req.URL.Path, "/") || strings.Contains(p, "/.") {
			http.NotFound(w, req)
			return
		}
		if p == "/metadata/timestamp.json" {
			w.Header().Set("Cache-Control", "no-cache")
		} else {
			w.Header().Set("Cache-Control", "max-age=31536000, immutable")
		}
		req2 := req.Clone(req.Context())
		req2.URL.Path = p
		files.ServeHTTP(w, req2)
	})
}

func catalogueVersion(targets map[string]*metadata.TargetFiles) int {
	info, ok := targets[indexPath]
	if !ok || info.Custom == nil {
		return 0
	}
	var facts indexFacts
	if err := json.Unmarshal(*info.Custom, &facts); err != nil {
		return 0
	}
	return facts.Catalogue
}

// assemble puts a catalogue together from its targets.
func assemble(targets map[string]*metadata.TargetFiles, read func(string, *metadata.TargetFiles) ([]byte, error)) (*items.Catalogue, error) {
	info, ok := targets[indexPath]
	if !ok {
		return nil, ErrNoCatalogue
	}
	data, err := read(indexPath, info)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", indexPath, err)
	}
	var head index
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRefused, indexPath, err)
	}
	c := &items.Catalogue{Version: catalogueVersion(targets), Departments: head.Departments, Themes: head.Themes}
	type placed struct {
		place int
		path  string
	}
	var order []placed
	for p, info := range targets {
		if !strings.HasPrefix(p, itemPrefix) {
			continue
		}
		var facts itemFacts
		if info.Custom != nil {
			if err := json.Unmarshal(*info.Custom, &facts); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrRefused, p, err)
			}
		}
		order = append(order, placed{facts.Place, p})
	}
	sort.Slice(order, func(i, j int) bool {
		if order[i].place != order[j].place {
			return order[i].place < order[j].place
		}
		return order[i].path < order[j].path
	})
	c.Items = make([]items.Item, len(order))
	for i, o := range order {
		data, err := read(o.path, targets[o.path])
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", o.path, err)
		}
		if err := json.Unmarshal(data, &c.Items[i]); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrRefused, o.path, err)
		}
	}
	return c, nil
}
