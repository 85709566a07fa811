package form

import "strings"

// compound are the family names of two characters that are common enough to meet.
const compound = "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐 呼延 轩辕 "

// MaskName leaves the family name and stars for the rest, two at most, so that the length is not told: 张*, 李**, 欧阳**.
func MaskName(name string) string {
	r := []rune(strings.TrimSpace(name))
	if len(r) < 2 {
		return strings.Repeat("*", len(r))
	}
	keep := 1
	if len(r) > 2 && strings.Contains(compound, string(r[:2])+" ") {
		keep = 2
	}
	return string(r[:keep]) + strings.Repeat("*", min(len(r)-keep, 2))
}

// MaskID leaves the first three and the last four characters of an identity number.
func MaskID(number string) string { return mask(number, 3, 4) }

// MaskPhone leaves the first three and the last four digits of a telephone number.
func MaskPhone(number string) string { return mask(number, 3, 4) }

func mask(s string, head, tail int) string {
	r := []rune(s)
	if len(r) <= head+tail {
		return strings.Repeat("*", len(r))
	}
	return string(r[:head]) + strings.Repeat("*", len(r)-head-tail) + string(r[len(r)-tail:])
}
