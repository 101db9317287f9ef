"""Signs of every category of Unicode, alone and in company."""

import sys
import unicodedata
from functools import cache

from tests.hostile.cases import of_text

COMPANY = (
    "e" + "\u0301" * 200,
    "Z" + "".join(map(chr, range(0x300, 0x36F))),
    "\u202eexe.fdp\u202c nom",
    "\u2066caché\u2069 \u2067visible\u2069",
    "👨‍👩‍👧‍👦 👩🏽‍🚒 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇫🇷🇬🇧🇫",
    "ｅｘ\ufe0f\ufe0e ☎︎ ☎️ 1\ufe0f\u20e3",
    "جمعية المأوى (القانون ٢٢٥)",
    "מקלט — דרכון 12-3",
    "ශ්‍රී ලංකා ක්‍ෂ",
    "หนังสือเดินทาง",
    "ﷺ ﷽",
    "ﬁnance oﬃce Ⅻ ½ ㎏",
    "İıSSßẞ ς Σ ǅ",
    "\u3164\u115f\uffa0\u034f vides",
    "\ufdd0 \U0001fffe \U0010ffff \ue000 \U000f0000",
    "\u2028ligne\u2029paragraphe\u0085suite",
    "\u00ad\u200b\u200c\u200d\u2060\ufeff invisibles",
    "\U000e0041\U000e0042\U000e007f étiquettes",
    "𝕋𝔢𝔵𝔱 𝓒𝓪𝓻 ｗｉｄｅ Ⓐ",
    "अनैतिक व्यापार की रोकथाम",
    "人口贩运 人身売買 인신매매",
)
NOT_TYPED = ("Cs",)  # no encoding of a page has them; those that a body brings are `encoded`


@cache
def _by_category():
    found = {}
    for number in range(sys.maxunicode + 1):
        found.setdefault(unicodedata.category(chr(number)), []).append(chr(number))
    return {name: characters for name, characters in found.items() if name not in NOT_TYPED}


def characters(chance, count):
    """Each category in turn, then mixtures, twins in NFC and NFD, and scripts of their own."""
    categories = list(_by_category().values())
    for number in range(count):
        few = "".join(chance.choices(categories[number % len(categories)], k=chance.randint(1, 12)))
        few = few.replace("\x00", "\x01")  # a body with it is refused: see `encoded`
        company = chance.choice(COMPANY)
        text = (
            f"l’{few}été",
            f"{company} {few}",
            unicodedata.normalize("NFD", f"Élève à Nœux {company}"),
            unicodedata.normalize("NFC", f"Élève à Nœux {company}") + few,
            "".join(chance.choice(characters) for characters in chance.choices(categories, k=30)),
        )[number % 5].replace("\x00", "\x01")
        yield of_text("signs", text)
