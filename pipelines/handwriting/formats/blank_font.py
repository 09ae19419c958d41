"""A TrueType font for text that is found and copied but not seen: its only glyph is a full box.

The box, of 1,000 units to an em, tells programs how large the text is that they mark. The font was
made with fontTools: `FontBuilder(1000)` with the glyph order [".notdef"], a rectangle from
(0, -200) to (1000, 800), and that ascent and descent.
"""

from __future__ import annotations

import base64
import zlib

ADVANCE = 1.0  # of each character, in ems
# Two bytes for each character's glyph, all 0: those of alphabets. The text of others is found, too,
# but programs mark it as a thin line.
GLYPHS = bytes(2 * 0x3000)
CONTENT = zlib.decompress(
    base64.b64decode(
        "eNqVUbtKA0EUPbOzSTQYJWAkWK1iIShILCSFIMRHJQZiZaVjXBPI7ibkAbGzsLCw8EP8AAs/IL2NnSIW"
        "+wN2wnp2dhSMIHjhzr3nPs9lIABkcQkJp3q4tr7zvHsFiGVGT+q+6mAKe8Q3xKsN7+JcBqkX4gfi+aar"
        "zk6j7TL9O+pGk4FMVi7Sf6MuNf3+UIb0IK752F67rmhzxPcx9tWww71p4gliJ1C+u1ItPRI/EXc77V6f"
        "eYq1H+cRc6W+HhVKxzOb75DJ9J8SlWUoHToSlgmxRzoReSb1fMVYkzCzbZOxfo3lLnGLFCv+KVsUMyLh"
        "4GA0VuJ8MdN744tn+QptbRR1XDOKIq0Jx1xszbXsKeQX8jIcyfCjmExN48BUCvLG92UZImEqUnqfsCcZ"
        "yfKvE9/CNOaMn47jFU8FrZrbGHiqiwo8KARooQYXDQw07hrmf8gnKVJEkg=="
    )
)
# CID n is the character U+n of the Basic Multilingual Plane. This very map is also what Tesseract
# writes, so that readers of PDFs know it.
TO_UNICODE = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
1 beginbfrange
<0000> <FFFF> <0000>
endbfrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
