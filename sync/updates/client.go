package updates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"zizhuban/sync/items"
)

// ClientConfig says where a terminal keeps and finds its catalogue.
type ClientConfig struct {
	Dir     string           // everything below it belongs to the client
	Root    []byte           // the factory root, from enrolment
	BaseURL string           // the repository, with metadata/ and targets/ below it
	HTTP    *http.Client     // with the terminal's certificate
	Now     func() time.Time // the best known time: a terminal's clock alone is not trusted
}

// Client is the terminal's side. It is safe for use by several goroutines.
type Client struct {
	cfg ClientConfig
	mu  sync.Mutex // one refresh at a time
}

// pointer is the one file that says which catalogue is in use. It is replaced whole.
type pointer struct {
	Version  int    `json:"version"`
	SHA256   string `json:"sha256"` // of versions/<version>.json
	Previous int    `json:"previous,omitempty"`
	PrevSHA  string `json:"previous_sha256,omitempty"`
	// The highest versions of the metadata ever verified. TUF's own cache is not synced to the disk, so that a power cut
	// could make a terminal forget what it has seen; this file is.
	Root, Timestamp, Snapshot, Targets int64
}

// OpenClient opens the terminal's side. It needs no network.
func OpenClient(cfg ClientConfig) (*Client, error) {
	for _, d := range []string{"metadata", "objects", "versions"} {
		if err := os.MkdirAll(filepath.Join(cfg.Dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("opening the terminal's catalogue: %w", err)
		}
	}
	if len(cfg.Root) == 0 {
		return nil, errors.New("opening the terminal's catalogue: no factory root: enrol the terminal first")
	}
	return &Client{cfg: cfg}, nil
}

func (c *Client) pointerPath() string { return filepath.Join(c.cfg.Dir, "current.json") }

func (c *Client) versionPath(v int) string {
	return filepath.Join(c.cfg.Dir, "versions", fmt.Sprintf("%d.json", v))
}

func (c *Client) readPointer() (pointer, error) {
	var p pointer
	data, err := os.ReadFile(c.pointerPath())
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("reading which catalogue is in use: %w", err)
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return pointer{}, nil // a damaged pointer is as good as none: the next refresh writes a new one
	}
	return p, nil
}

// Current is the newest catalogue that was verified and is whole on this disk; where its file is damaged, the one before.
func (c *Client) Current() (*items.Catalogue, error) {
	p, err := c.readPointer()
	if err != nil {
		return nil, err
	}
	if p.Version == 0 {
		return nil, ErrNoCatalogue
	}
	cat, err := c.load(p.Version, p.SHA256)
	if err == nil {
		return cat, nil
	}
	if p.Previous != 0 {
		if before, err2 := c.load(p.Previous, p.PrevSHA); err2 == nil {
			return before, nil
		}
	}
	return nil, fmt.Errorf("%w (version %d: %w)", ErrNoCatalogue, p.Version, err)
}

func (c *Client) load(version int, sum string) (*items.Catalogue, error) {
	data, err := os.ReadFile(c.versionPath(version))
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("catalogue version %d is damaged on this disk", version)
	}
	return items.Parse(data)
}

// Refresh asks the hall for a newer catalogue, verifies it whole, and makes it the current one. Whatever fails, the present
// one stays.
func (c *Client) Refresh(ctx context.Context) (changed bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, err := c.readPointer()
	if err != nil {
		return false, err
	}
	up, err := c.newUpdater(ctx)
	if err != nil {
		return false, err
	}
	if err := up.Refresh(); err != nil {
		return false, fmt.Errorf("verifying the hall's catalogue: %w", err)
	}
	set := up.GetTrustedMetadataSet()
	now := pointer{
		Root: set.Root.Signed.Version, Timestamp: set.Timestamp.Signed.Version,
		Snapshot: set.Snapshot.Signed.Version, Targets: set.Targets[metadata.TARGETS].Signed.Version,
	}
	if now.Root < before.Root || now.Timestamp < before.Timestamp || now.Snapshot < before.Snapshot || now.Targets < before.Targets {
		return false, fmt.Errorf("metadata: %w", ErrRollback)
	}
	targets := up.GetTopLevelTargets()
	now.Version = catalogueVersion(targets)
	if now.Version < before.Version {
		return false, fmt.Errorf("version %d after %d: %w", now.Version, before.Version, ErrRollback)
	}
	if now.Version == 0 {
		return false, nil // the hall has published nothing yet
	}
	if now.Version == before.Version {
		if _, err := c.load(before.Version, before.SHA256); err == nil {
			if now.Timestamp == before.Timestamp {
				return false, nil
			}
			now.SHA256, now.Previous, now.PrevSHA = before.SHA256, before.Previous, before.PrevSHA
			return false, c.writePointer(now)
		}
	}
	if err := c.take(up, targets, before, now); err != nil {
		return false, err
	}
	return true, nil
}

// take downloads what is new, checks the catalogue as a whole and flips the pointer.
func (c *Client) take(up *updater.Updater, targets map[string]*metadata.TargetFiles, before, now pointer) error {
	used := map[string]bool{}
	cat, err := assemble(targets, func(target string, info *metadata.TargetFiles) ([]byte, error) {
		object := info.Hashes["sha256"].String()
		used[object] = true
		file := filepath.Join(c.cfg.Dir, "objects", object)
		if data, err := os.ReadFile(file); err == nil && info.VerifyLengthHashes(data) == nil {
			return data, nil
		}
		info.Path = target
		_, data, err := up.DownloadTarget(info, file, "")
		return data, err
	})
	if err != nil {
		return err
	}
	if err := cat.Validate(); err != nil {
		return fmt.Errorf("%w: version %d: %w", ErrRefused, cat.Version, err)
	}
	data, err := json.Marshal(cat)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	now.SHA256 = hex.EncodeToString(sum[:])
	if before.Version != now.Version {
		now.Previous, now.PrevSHA = before.Version, before.SHA256
	} else {
		now.Previous, now.PrevSHA = before.Previous, before.PrevSHA
	}
	if err := writeFile(c.versionPath(now.Version), data, 0o600); err != nil {
		return err
	}
	if err := c.writePointer(now); err != nil {
		return err
	}
	c.sweep(now, used)
	return nil
}

func (c *Client) writePointer(p pointer) error {
	data, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	return writeFile(c.pointerPath(), append(data, '\n'), 0o600)
}

// sweep removes what neither the current catalogue nor the one before needs. What cannot be removed costs space only.
func (c *Client) sweep(p pointer, used map[string]bool) {
	objects, _ := os.ReadDir(filepath.Join(c.cfg.Dir, "objects"))
	for _, o := range objects {
		if !used[o.Name()] {
			_ = os.Remove(filepath.Join(c.cfg.Dir, "objects", o.Name()))
		}
	}
	keep := map[string]bool{filepath.Base(c.versionPath(p.Version)): true, filepath.Base(c.versionPath(p.Previous)): true}
	versions, _ := os.ReadDir(filepath.Join(c.cfg.Dir, "versions"))
	for _, v := range versions {
		if !keep[v.Name()] {
			_ = os.Remove(filepath.Join(c.cfg.Dir, "versions", v.Name()))
		}
	}
}

// newUpdater starts from the newest root that this terminal has verified: the factory root would make it walk through all
// rotations again. A cached root that cannot be read sends it back to the factory root.
func (c *Client) newUpdater(ctx context.Context) (*updater.Updater, error) {
	dir := filepath.Join(c.cfg.Dir, "metadata")
	c.dropTorn(dir)
	build := func(root []byte) (*updater.Updater, error) {
		base, err := url.JoinPath(c.cfg.BaseURL, "metadata")
		if err != nil {
			return nil, fmt.Errorf("the repository's address: %w", err)
		}
		cfg, err := config.New(base, root)
		if err != nil {
			return nil, err
		}
		if cfg.RemoteTargetsURL, err = url.JoinPath(c.cfg.BaseURL, "targets"); err != nil {
			return nil, err
		}
		cfg.LocalMetadataDir = dir
		cfg.LocalTargetsDir = filepath.Join(c.cfg.Dir, "objects")
		cfg.Fetcher = fetcher{ctx, c.cfg.HTTP}
		up, err := updater.New(cfg)
		if err != nil {
			return nil, err
		}
		up.UnsafeSetRefTime(c.cfg.Now()) // the caller's best known time, for the terminal's clock may be wrong
		return up, nil
	}
	if cached, err := os.ReadFile(filepath.Join(dir, "root.json")); err == nil {
		if up, err := build(cached); err == nil {
			return up, nil
		}
	}
	up, err := build(c.cfg.Root)
	if err != nil {
		return nil, fmt.Errorf("starting the catalogue's verification: %w", err)
	}
	return up, nil
}

// dropTorn removes cached metadata that a power cut left empty or cut short: the TUF library writes it without a sync and
// would stumble over it at every start. What has been seen before is remembered in the pointer.
func (c *Client) dropTorn(dir string) {
	cached, _ := os.ReadDir(dir)
	for _, f := range cached {
		path := filepath.Join(dir, f.Name())
		if data, err := os.ReadFile(path); err != nil || !json.Valid(data) {
			_ = os.Remove(path)
		}
	}
}

// fetcher downloads for TUF within a context and a limit. It does not retry: its caller does, when it is time.
type fetcher struct {
	ctx  context.Context
	http *http.Client
}

// DownloadFile gets one file of at most limit bytes.
func (f fetcher) DownloadFile(address string, limit int64, _ time.Duration) ([]byte, error) {
	req, err := http.NewRequestWithContext(f.ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := f.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: res.StatusCode, URL: address}
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s is longer than the %d bytes that are allowed", address, limit)}
	}
	return data, nil
}
