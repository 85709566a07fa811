package items

import (
	"strings"

	"github.com/mozillazg/go-pinyin"
)

// phrases are words of the domain in which a character is not read as it mostly is. The longest that fits is taken.
var phrases = map[string]string{
	"参保": "can bao", "参加": "can jia", "人参": "ren shen",
	"银行": "yin hang", "行业": "hang ye", "行情": "hang qing", "分行": "fen hang", "支行": "zhi hang", "央行": "yang hang",
	"农商行": "nong shang hang", "行长": "hang zhang", "同行业": "tong hang ye",
	"重新": "chong xin", "重复": "chong fu", "重建": "chong jian", "重名": "chong ming", "重婚": "chong hun", "重审": "chong shen", "重办": "chong ban",
	"长辈": "zhang bei", "家长": "jia zhang", "局长": "ju zhang", "成长": "cheng zhang", "生长": "sheng zhang", "校长": "xiao zhang",
	"村长": "cun zhang", "增长": "zeng zhang", "长者": "zhang zhe", "长期": "chang qi", "延长": "yan chang", "特长": "te chang",
	"长三角": "chang san jiao", "长度": "chang du", "长效": "chang xiao", "长途": "chang tu", "长住": "chang zhu", "长居": "chang ju",
	"调查": "diao cha", "调动": "diao dong", "调档": "diao dang", "调取": "diao qu", "抽调": "chou diao", "强调": "qiang diao", "调研": "diao yan",
	"调解": "tiao jie", "调整": "tiao zheng", "空调": "kong tiao", "协调": "xie tiao", "调节": "tiao jie", "调停": "tiao ting",
	"传真": "chuan zhen", "传承": "chuan cheng", "上传": "shang chuan", "传播": "chuan bo", "自传": "zi zhuan", "传记": "zhuan ji", "传染": "chuan ran",
	"出差": "chu chai", "差旅": "chai lv", "差价": "cha jia", "误差": "wu cha", "参差": "cen ci", "好差评": "hao cha ping",
	"偿还": "chang huan", "还款": "huan kuan", "还贷": "huan dai", "归还": "gui huan", "退还": "tui huan", "返还": "fan huan", "还清": "huan qing",
	"会计": "kuai ji", "曾用名": "ceng yong ming", "曾经": "ceng jing",
	"变更": "bian geng", "更正": "geng zheng", "更换": "geng huan", "更新": "geng xin", "更名": "geng ming", "更改": "geng gai",
	"宿舍": "su she", "住宿": "zhu su", "没收": "mo shou", "给付": "ji fu", "供给": "gong ji", "补给": "bu ji", "自给": "zi ji",
	"率": "lv", "效率": "xiao lv", "率先": "shuai xian", "频率": "pin lv",
	"便宜": "pian yi", "便民": "bian min", "方便": "fang bian",
	"转让": "zhuan rang", "单位": "dan wei", "单于": "chan yu", "解除": "jie chu", "押解": "ya jie",
	"处理": "chu li", "处罚": "chu fa", "处分": "chu fen", "处置": "chu zhi", "处方": "chu fang", "办事处": "ban shi chu", "处长": "chu zhang",
	"校对": "jiao dui", "校验": "jiao yan", "学校": "xue xiao", "种植": "zhong zhi", "接种": "jie zhong", "种类": "zhong lei", "工种": "gong zhong",
	"乘车": "cheng che", "乐器": "yue qi", "音乐": "yin yue", "娱乐": "yu le",
	"都市": "du shi", "首都": "shou du", "成都": "cheng du", "厦门": "xia men", "大厦": "da sha", "重庆": "chong qing", "长沙": "chang sha",
	"长春": "chang chun", "蚌埠": "beng bu", "六安": "lu an", "台州": "tai zhou", "丽水": "li shui", "乐清": "yue qing", "鄞州": "yin zhou",
	"省直": "sheng zhi", "反省": "fan xing", "卡片": "ka pian", "关卡": "guan qia", "降低": "jiang di", "投降": "tou xiang",
	"应当": "ying dang", "应急": "ying ji", "当日": "dang ri", "当场": "dang chang", "典当": "dian dang", "血压": "xue ya",
	"提取": "ti qu", "提供": "ti gong", "供养": "gong yang", "供电": "gong dian", "供水": "gong shui", "供销": "gong xiao",
	"担保": "dan bao", "承担": "cheng dan", "量": "liang", "数量": "shu liang", "数字": "shu zi", "缴": "jiao", "累计": "lei ji",
	"结婚": "jie hun", "结清": "jie qing", "朝阳": "chao yang", "模具": "mu ju", "规模": "gui mo", "模板": "mu ban",
	"系统": "xi tong", "联系": "lian xi", "关系": "guan xi", "属性": "shu xing", "亲属": "qin shu", "见证": "jian zheng",
	"折旧": "zhe jiu", "存折": "cun zhe", "扎": "za", "驾校": "jia xiao", "年长": "nian zhang", "弹性": "tan xing", "载客": "zai ke",
	"大夫": "dai fu", "车": "che", "拆": "chai", "拆迁": "chai qian", "石": "shi", "石油": "shi you", "藏": "cang", "西藏": "xi zang",
	"说服": "shuo fu", "着": "zhe", "着装": "zhuo zhuang", "核": "he", "审核": "shen he", "合": "he", "地": "di", "的": "de", "得": "de",
	"了": "le", "了解": "liao jie", "了结": "liao jie", "不": "bu", "薄": "bo", "户口薄": "hu kou bu", "户口簿": "hu kou bu", "查": "cha",
	"区": "qu", "曲": "qu", "券": "quan", "债券": "zhai quan", "识别": "shi bie", "标识": "biao zhi", "扫": "sao", "期": "qi", "给": "gei",
}

var longestPhrase = func() int {
	longest := 0
	for p := range phrases {
		longest = max(longest, len([]rune(p)))
	}
	return longest
}()

// speller writes texts in pinyin. It remembers what characters are read like; it is for one goroutine.
type speller struct {
	runes map[rune]string
	args  pinyin.Args
}

func newSpeller() *speller {
	return &speller{map[rune]string{}, pinyin.NewArgs()}
}

// append writes the syllables of a normalised text to b, each with a capital, so that its beginning can be found; what is not
// Chinese stays, every digit and every run of letters a syllable of its own.
func (s *speller) append(b []byte, text []rune) []byte {
	for i := 0; i < len(text); {
		n := min(longestPhrase, len(text)-i)
		for ; n > 0; n-- {
			if reading, ok := phrases[string(text[i:i+n])]; ok {
				for _, syllable := range strings.Fields(reading) {
					b = appendSyllable(b, syllable)
				}
				break
			}
		}
		if n > 0 {
			i += n
			continue
		}
		switch r := text[i]; {
		case r == fieldEnd:
			b = append(b, fieldEnd)
		case r < 0x80:
			c := byte(r)
			if letter(r) && (i == 0 || !letter(text[i-1])) {
				c -= 'a' - 'A'
			}
			b = append(b, c)
		default:
			b = appendSyllable(b, s.read(r))
		}
		i++
	}
	return b
}

func (s *speller) read(r rune) string {
	syllable, ok := s.runes[r]
	if !ok {
		if readings := pinyin.SinglePinyin(r, s.args); len(readings) > 0 {
			syllable = strings.ReplaceAll(readings[0], "ü", "v")
		}
		s.runes[r] = syllable
	}
	return syllable
}

func appendSyllable(b []byte, syllable string) []byte {
	for i := range len(syllable) {
		c := syllable[i]
		if i == 0 && c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' }
