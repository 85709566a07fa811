package idcard_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf16"

	"zizhuban/devices/idcard"
)

// put writes s in UTF-16LE at off, padded with spaces to size bytes.
func put(text []byte, off, size int, s string) {
	units := utf16.Encode([]rune(s))
	for i := 0; i < size/2; i++ {
		u := uint16(' ')
		if i < len(units) {
			u = units[i]
		}
		binary.LittleEndian.PutUint16(text[off+2*i:], u)
	}
}

func spaces() []byte {
	text := make([]byte, idcard.TextLen)
	put(text, 0, idcard.TextLen, "")
	return text
}

// fields is what stands on a resident card, as stored.
type fields struct{ name, sex, nation, birth, address, number, authority, from, to string }

// vectorR is the resident card of the reference vectors.
var vectorR = fields{"张三", "2", "01", "19491231", "北京市朝阳区示例路1号", "11010519491231002X", "北京市公安局朝阳分局", "20200101", "长期"}

func residentText(f fields) []byte {
	t := spaces()
	put(t, 0, 30, f.name)
	put(t, 30, 2, f.sex)
	put(t, 32, 4, f.nation)
	put(t, 36, 16, f.birth)
	put(t, 52, 70, f.address)
	put(t, 122, 36, f.number)
	put(t, 158, 30, f.authority)
	put(t, 188, 16, f.from)
	put(t, 204, 16, f.to)
	return t
}

func permitText() []byte {
	t := residentText(fields{"李四", "2", "", "19900101", "广东省深圳市示例路2号", "810000199001010027", "深圳市公安局", "20200101", "20250101"})
	put(t, 220, 18, "H12345678")
	put(t, 238, 4, "01")
	put(t, 248, 2, "J")
	return t
}

func foreigner2017Text() []byte {
	t := spaces()
	put(t, 0, 120, "ZHENGJIAN, YANGBEN")
	put(t, 120, 2, "1")
	put(t, 122, 30, "PAK310080010103")
	put(t, 152, 6, "PAK")
	put(t, 158, 30, "证件样本")
	put(t, 188, 16, "20230808")
	put(t, 204, 16, "20330807")
	put(t, 220, 16, "19800101")
	put(t, 236, 4, "01")
	put(t, 240, 8, "1500")
	put(t, 248, 2, "I")
	return t
}

func foreigner2023Text() []byte {
	t := spaces()
	put(t, 0, 30, "证件样本")
	put(t, 30, 2, "2")
	put(t, 32, 4, "00")
	put(t, 36, 16, "19800101")
	put(t, 52, 70, "ZHENGJIAN, YANGBEN ZHENG JIAN YANG")
	put(t, 122, 36, "931586198001010028")
	put(t, 188, 16, "20230808")
	put(t, 204, 16, "20330807")
	put(t, 242, 6, "PAK")
	put(t, 248, 2, "Y")
	return t
}

// readReply is the reply to 30 01 for a text and a photo.
func readReply(text, photo []byte) []byte {
	data := append([]byte{0x01, 0x00, 0x04, 0x00}, text...)
	return idcard.Reply{SW3: idcard.StatusOK, Data: append(data, photo...)}.Bytes()
}

func noPhoto() []byte { return make([]byte, idcard.PhotoLen) }

// unhex reads bytes written with spaces.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReply_bytes_equal_the_reference_vectors(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]struct {
		text []byte
		last byte
		sum  string
	}{
		"R": {residentText(vectorR), 0xCD, "43a3e036078591c3fa3a6aee69fc106e88719eeee3a3936c24e5ca28fff0f83f"},
		"J": {permitText(), 0x89, "f01daf138853127465803bcab9b8deab228c4982abf76b40009d2a34ac64d792"},
		"I": {foreigner2017Text(), 0x02, "fe1f717024e5fed6f0f085ba1c67767fe2c2f3e00590fbc67acbe2dfe29f9864"},
		"Y": {foreigner2023Text(), 0x0E, "17a4f246674ca345d8b09a5407bac3ab5014bbcb650324530ea18b25f78c301e"},
	} {
		frame := readReply(v.text, noPhoto())
		if len(frame) != 1295 {
			t.Errorf("%s: %d bytes, want 1295", name, len(frame))
		}
		if frame[len(frame)-1] != v.last {
			t.Errorf("%s: checksum %02X, want %02X", name, frame[len(frame)-1], v.last)
		}
		if sum := sha256.Sum256(frame); hex.EncodeToString(sum[:]) != v.sum {
			t.Errorf("%s: SHA-256 %x, want %s", name, sum, v.sum)
		}
	}
}
