package office

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"zizhuban/sync/hall/store"
)

// argon2id after RFC 9106, section 4, with less memory and more passes than the first recommended option. Each look at a
// password takes this much memory, so only a few run at once.
const (
	argonMemory  = 64 << 10 // KiB
	argonPasses  = 3
	argonLanes   = 2
	argonKey     = 32
	argonAtOnce  = 2
	passwordMin  = 12
	passwordMost = 256 // characters
)

var argonTurn = make(chan struct{}, argonAtOnce)

// ErrPassword tells that a password is not acceptable.
var ErrPassword = fmt.Errorf("a password has %d to %d characters", passwordMin, passwordMost)

// ErrSignIn tells that account and password do not belong together; it does not tell which of them is wrong.
var ErrSignIn = errors.New("account or password is wrong")

// NewPassword makes a password that a person can copy: 100 bits in groups.
func NewPassword() (string, error) {
	raw := make([]byte, 20)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make password: %w", err)
	}
	const alphabet = "23456789abcdefghijkmnpqrstuvwxyz" // 32 characters, none that looks like another
	for i := range raw {
		raw[i] = alphabet[raw[i]&31]
	}
	return group(string(raw)), nil
}

// SetPassword gives an account a password.
func (o *Office) SetPassword(ctx context.Context, name, password, by string) error {
	if n := utf8.RuneCountInString(password); n < passwordMin || n > passwordMost || !utf8.ValidString(password) {
		return ErrPassword
	}
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 64 {
		return errors.New("an account needs a name of at most 64 bytes")
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	key, err := argon(ctx, password, salt, argonPasses, argonMemory, argonLanes)
	if err != nil {
		return err
	}
	b64 := base64.RawStdEncoding
	hash := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes, b64.EncodeToString(salt), b64.EncodeToString(key))
	return o.Store.SetPassword(ctx, name, hash, by)
}

func argon(ctx context.Context, password string, salt []byte, passes, memory uint32, lanes uint8) ([]byte, error) {
	select {
	case argonTurn <- struct{}{}:
		defer func() { <-argonTurn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("password: %w", ctx.Err())
	}
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, argonKey), nil
}

// CheckPassword checks an account's password. It takes as long for an account that does not exist.
func (o *Office) CheckPassword(ctx context.Context, name, password string) error {
	if len(password) > 4*passwordMost {
		return ErrSignIn
	}
	hash, err := o.Store.Password(ctx, strings.TrimSpace(name))
	if errors.Is(err, store.ErrNotFound) {
		if _, err := argon(ctx, password, make([]byte, 16), argonPasses, argonMemory, argonLanes); err != nil {
			return err
		}
		return ErrSignIn
	}
	if err != nil {
		return err
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return fmt.Errorf("the stored password of an account is not argon2id")
	}
	_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
	_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes)
	salt, err3 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err4 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2, err3, err4); err != nil || version != argon2.Version || memory > 1<<20 || len(want) != argonKey {
		return fmt.Errorf("the stored password of an account is damaged: %w", err)
	}
	got, err := argon(ctx, password, salt, passes, memory, lanes)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return ErrSignIn
	}
	return nil
}
