#!/bin/sh
# Makes the embedded fonts from Debian's fonts-noto-cjk (SIL Open Font License 1.1) with pyftsubset (Debian: fonttools).
# CFF outlines stay bytes in memory; a TrueType font of the same size costs three times the memory.
set -eu
cd "$(dirname "$0")"
src=/usr/share/fonts/opentype/noto
index() { # the number of the Simplified Chinese face inside a collection, looked up by name
	/usr/bin/python3 - "$1" <<'PY'
import sys
from fontTools.ttLib import TTCollection
for i, f in enumerate(TTCollection(sys.argv[1], lazy=True).fonts):
    if f["name"].getDebugName(1).startswith("Noto Sans CJK SC"):
        print(i); break
PY
}
# The regular weight is complete: a name may hold any character that Noto knows.
/usr/bin/pyftsubset "$src/NotoSansCJK-Regular.ttc" --font-number="$(index $src/NotoSansCJK-Regular.ttc)" '--unicodes=*' \
	--layout-features='' --no-hinting --output-file=regular.otf
# The bold weight is for headings: the whole basic block, so that no item's name falls back to another face in a heading.
/usr/bin/python3 - > bold.unicodes <<'PY'
import sys
keep = set(range(0x20, 0x7f)) | set(range(0xa0, 0x100)) | set(range(0x2000, 0x2070)) | set(range(0x2190, 0x21a0)) \
    | set(range(0x2460, 0x2474)) | set(range(0x3000, 0x3030)) | set(range(0xff00, 0xfff0)) | {0x00b7, 0x2103, 0x25cf, 0x25cb, 0x25a0, 0x2713, 0x2715}
keep |= set(range(0x4e00, 0xa000))
print(",".join("U+%04X" % c for c in sorted(keep)))
PY
/usr/bin/pyftsubset "$src/NotoSansCJK-Bold.ttc" --font-number="$(index $src/NotoSansCJK-Bold.ttc)" --unicodes-file=bold.unicodes \
	--layout-features='' --no-hinting --output-file=bold.otf
rm bold.unicodes
