// Package keyring keeps the hall's own keys: the ed25519 key that signs receipts, the online key that opens submissions, and
// the public half of the recovery key, whose private half belongs into a safe.
//
// Keys are made at the first start and never changed here. Files that hold a secret have mode 0600.
package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zizhuban/sync/seal"
	"zizhuban/sync/wire"
)

// RecoveryFile is the name of the file that holds the recovery key until somebody takes it away.
const RecoveryFile = "RECOVERY-KEY-TAKE-OFFLINE.pem"

const recoveryWords = `恢复密钥 —— 请立即移出本机
RECOVERY KEY - TAKE IT OFF THIS MACHINE NOW

这把密钥可以打开本大厅收到的每一份申请。大厅日常运行不需要它，只在在线密钥丢失或损坏时使用。
请把本文件抄到两只 U 盘或打印成纸，分别锁进保险柜，核对无误后从本机删除。大厅没有它照常运行。

This key opens every submission that this hall receives. The hall does not need it from day to day; it is for the day on
which the online key is lost. Copy this file to two USB sticks, or print it, lock them into two safes, compare, and then
delete it from this machine. The hall works on without it.

`

// Keys are the hall's keys.
type Keys struct {
	Receipt    ed25519.PrivateKey
	Online     []*seal.PrivateKey // all that ever were online keys; the first is the present one
	recipients []wire.Recipient   // the present ones
	known      map[string]bool
	Recovery   string // path of the recovery key's file while it still lies on this machine, else ""
}

// Open reads the keys below dir and makes them where there are none. The recovery key is written to recoveryDir.
func Open(dir, recoveryDir string) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("hall's keys: %w", err)
	}
	k := &Keys{known: map[string]bool{}}
	if err := k.openReceipt(filepath.Join(dir, "receipt.key")); err != nil {
		return nil, fmt.Errorf("receipt key: %w", err)
	}
	recovery := filepath.Join(recoveryDir, RecoveryFile)
	if err := k.openRecipients(dir, recovery); err != nil {
		return nil, fmt.Errorf("recipient keys: %w", err)
	}
	if _, err := os.Stat(recovery); err == nil {
		k.Recovery = recovery
	}
	return k, nil
}

func (k *Keys) openReceipt(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return err
		}
		k.Receipt = private
		return WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	}
	if err != nil {
		return err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return fmt.Errorf("%s is damaged: no PEM in it; restore it from the backup", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("%s is damaged: %w; restore it from the backup", path, err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return fmt.Errorf("%s holds a key that is not ed25519; restore it from the backup", path)
	}
	k.Receipt = private
	return nil
}

func (k *Keys) openRecipients(dir, recoveryPath string) error {
	onlinePath, publicPath := filepath.Join(dir, "online.pem"), filepath.Join(dir, "recovery.json")
	data, err := os.ReadFile(publicPath)
	if errors.Is(err, fs.ErrNotExist) {
		if data, err = makeRecipients(onlinePath, publicPath, recoveryPath); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	var recovery wire.Recipient
	if err := json.Unmarshal(data, &recovery); err != nil {
		return fmt.Errorf("%s is damaged: %w; restore it from the backup", publicPath, err)
	}
	text, err := os.ReadFile(onlinePath)
	if err != nil {
		return fmt.Errorf("%w; restore it from the backup, or use the recovery key", err)
	}
	// A hall that has changed its key keeps the former ones in the same file, behind the present one.
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		key, err := seal.ParsePrivateKey(pem.EncodeToMemory(block))
		if err != nil {
			return fmt.Errorf("%s: %w; restore it from the backup", onlinePath, err)
		}
		k.Online = append(k.Online, key)
		k.known[key.KeyID] = true
	}
	if len(k.Online) == 0 {
		return fmt.Errorf("%s is damaged: no key in it; restore it from the backup", onlinePath)
	}
	k.known[recovery.KeyID] = true
	k.recipients = []wire.Recipient{k.Online[0].Recipient(), recovery}
	return seal.CheckRecipients(k.recipients)
}

// makeRecipients writes recovery.json last: as long as it is not there, nothing was ever sealed to these keys.
func makeRecipients(onlinePath, publicPath, recoveryPath string) ([]byte, error) {
	online, err := seal.NewRecipientKey(nil, seal.UseOnline)
	if err != nil {
		return nil, err
	}
	recovery, err := seal.NewRecipientKey(nil, seal.UseRecovery)
	if err != nil {
		return nil, err
	}
	public, err := json.MarshalIndent(recovery.Recipient(), "", " ")
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		path string
		data []byte
	}{
		{recoveryPath, append([]byte(recoveryWords), recovery.Encode()...)},
		{onlinePath, online.Encode()},
		{publicPath, public},
	} {
		if err := WriteFile(f.path, f.data, 0o600); err != nil {
			return nil, err
		}
	}
	return public, nil
}

// Recipients are the two keys to which terminals seal.
func (k *Keys) Recipients() []wire.Recipient { return k.recipients }

// Known tells whether a key id is one to which a submission may be sealed.
func (k *Keys) Known(keyID string) bool { return k.known[keyID] }

// For gives the online key that can open an envelope, or nil.
func (k *Keys) For(env wire.Envelope) *seal.PrivateKey {
	for _, key := range k.Online {
		for _, share := range env.Keys {
			if share.KeyID == key.KeyID {
				return key
			}
		}
	}
	return nil
}

// WriteFile writes a new file so that after a power cut it is whole or not there.
func WriteFile(path string, data []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil // the file is in place; only the directory cannot be synced
	}
	return errors.Join(dir.Sync(), dir.Close())
}
