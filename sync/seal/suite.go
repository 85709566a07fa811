package seal

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// SuiteHPKE is the default suite: HPKE (RFC 9180, base mode) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM wraps
// the content key, AES-256-GCM seals the body, ECDSA P-256 with SHA-256 signs.
const SuiteHPKE = "HPKE-X25519-HKDFSHA256-A256GCM+P256"

// suite is a set of algorithms that go together. A header's suite decides all of them; a hall that needs the national
// algorithms gets a second suite here, and nothing else changes.
type suite interface {
	id() string
	keySize() int // of the content key

	newSecret(random io.Reader) ([]byte, error)
	public(secret []byte) ([]byte, error)
	wrap(public, info, contentKey []byte) ([]byte, error)
	unwrap(secret, info, share []byte) ([]byte, error)
	body(contentKey []byte) (cipher.AEAD, error)

	sign(random io.Reader, key crypto.Signer, message []byte) ([]byte, error)
	verify(pub crypto.PublicKey, message, signature []byte) error
}

var suites = map[string]suite{SuiteHPKE: hpkeSuite{}}

func suiteOf(id string) (suite, error) {
	s, ok := suites[id]
	if !ok {
		return nil, fmt.Errorf("%.64q: %w", id, ErrSuite)
	}
	return s, nil
}

type hpkeSuite struct{}

var _ suite = hpkeSuite{}

func (hpkeSuite) id() string   { return SuiteHPKE }
func (hpkeSuite) keySize() int { return 32 }

func (hpkeSuite) kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

func (s hpkeSuite) newSecret(random io.Reader) ([]byte, error) {
	// DeriveKeyPair (RFC 9180 section 7.1.3) wants at least as many bytes of input as the secret has; twice as many are drawn.
	seed := make([]byte, 64)
	defer clear(seed)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, err
	}
	k, err := s.kem().DeriveKeyPair(seed)
	if err != nil {
		return nil, err
	}
	return k.Bytes()
}

func (s hpkeSuite) public(secret []byte) ([]byte, error) {
	k, err := s.kem().NewPrivateKey(secret)
	if err != nil {
		return nil, err
	}
	return k.PublicKey().Bytes(), nil
}

func (s hpkeSuite) wrap(public, info, contentKey []byte) ([]byte, error) {
	k, err := s.kem().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(k, hpke.HKDFSHA256(), hpke.AES256GCM(), info, contentKey)
}

func (s hpkeSuite) unwrap(secret, info, share []byte) ([]byte, error) {
	k, err := s.kem().NewPrivateKey(secret)
	if err != nil {
		return nil, err
	}
	return hpke.Open(k, hpke.HKDFSHA256(), hpke.AES256GCM(), info, share)
}

func (hpkeSuite) body(contentKey []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(contentKey)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (hpkeSuite) sign(random io.Reader, key crypto.Signer, message []byte) ([]byte, error) {
	if pub, ok := key.Public().(*ecdsa.PublicKey); !ok || pub.Curve != elliptic.P256() {
		return nil, errors.New("the terminal's key is not ECDSA P-256")
	}
	sum := sha256.Sum256(message)
	return key.Sign(random, sum[:], crypto.SHA256)
}

func (hpkeSuite) verify(pub crypto.PublicKey, message, signature []byte) error {
	k, ok := pub.(*ecdsa.PublicKey)
	if !ok || k == nil || k.Curve != elliptic.P256() {
		return fmt.Errorf("the terminal's public key is not ECDSA P-256: %w", ErrSignature)
	}
	sum := sha256.Sum256(message)
	if !ecdsa.VerifyASN1(k, sum[:], signature) {
		return ErrSignature
	}
	return nil
}
