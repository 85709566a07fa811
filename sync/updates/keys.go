package updates

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// roles are the top-level roles of TUF. The keys of root and targets belong offline: they lie in a directory of their own
// that a hall may keep on a stick and mount for a publication only.
var roles = []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP}

func keyPath(dir, role string) string {
	place := "online"
	if role == metadata.ROOT || role == metadata.TARGETS {
		place = "offline"
	}
	return filepath.Join(dir, "keys", place, role+".pem")
}

// makeKey creates the key of a role. It never replaces one.
func makeKey(dir, role string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("making the %s key: %w", role, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("making the %s key: %w", role, err)
	}
	path := keyPath(dir, role)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the %s key: %w", role, err)
	}
	return writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}

// loadKey reads the private key of a role.
func loadKey(dir, role string) (ed25519.PrivateKey, error) {
	path := keyPath(dir, role)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the %s key is not at %s: put the medium that holds it in place and try again: %w", role, path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the %s key: %w", role, err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("the %s key at %s is not PEM: restore it from its copy", role, path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the %s key at %s cannot be read, restore it from its copy: %w", role, path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the %s key at %s is a %T, ed25519 is expected", role, path, parsed)
	}
	return key, nil
}

// sign gives metadata its role's signature, in place of any other.
func sign[T metadata.Roles](dir, role string, m *metadata.Metadata[T]) error {
	key, err := loadKey(dir, role)
	if err != nil {
		return err
	}
	signer, err := signature.LoadSigner(key, crypto.Hash(0))
	if err != nil {
		return fmt.Errorf("signing %s: %w", role, err)
	}
	m.ClearSignatures()
	if _, err := m.Sign(signer); err != nil {
		return fmt.Errorf("signing %s: %w", role, err)
	}
	return nil
}
