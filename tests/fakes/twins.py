"""Texts and pages that look like a trick and are ordinary: none may be flagged, none may change."""

import base64
import hashlib
import random
from collections.abc import Callable

import msgspec


class Twin(msgspec.Struct, frozen=True):
    """One kind of ordinary text, seeded. opaque: nothing in it may be decoded either."""

    name: str
    make: Callable[[random.Random], str]
    opaque: bool = False


def choose(*texts: str) -> Callable[[random.Random], str]:
    """The texts in another order and number each time."""
    return lambda draw: "\n".join(draw.sample(texts, draw.randint(1, len(texts))))


def _hashes(draw: random.Random) -> str:
    lines = [f"{hashlib.sha256(draw.randbytes(9)).hexdigest()}  file-{number}.tar.gz" for number in range(6)]
    lines += [
        f"commit {hashlib.sha1(draw.randbytes(9)).hexdigest()}",
        f"md5 {hashlib.md5(draw.randbytes(9)).hexdigest()}",
    ]
    return "\n".join([*lines, f"id {draw.getrandbits(128):032x}", f"integrity sha512-{_64(draw, 64)}"])


def _64(draw: random.Random, length: int) -> str:
    return base64.b64encode(draw.randbytes(length)).decode()


def _picture(draw: random.Random) -> str:
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + draw.randbytes(600)).decode()
    jpeg = base64.encodebytes(b"\xff\xd8\xff\xe0\0\x10JFIF" + draw.randbytes(600)).decode()
    return f"![logo](data:image/png;base64,{png})\n{jpeg}"


def _token(draw: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")

    claims = {"sub": str(draw.getrandbits(40)), "iat": 1_700_000_000, "aud": "api"}
    sign = base64.urlsafe_b64encode(draw.randbytes(32)).decode().rstrip("=")
    return f"Authorization: Bearer {part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{sign}"


def _bytes_in_code(draw: random.Random) -> str:
    table = ", ".join(f"0x{draw.getrandbits(8):02x}" for _ in range(64))
    dump = "\n".join(f"{row:08x}  {draw.randbytes(16).hex(' ')}" for row in range(0, 64, 16))
    return f"static const uint8_t sbox[] = {{{table}}};\n#define MASK 0x{draw.getrandbits(32):08X}\n{dump}"


SOURCE = r"""
import re
COLOUR = "\x1b[31m%s\x1b[0m"
QUOTES = {"\u201c": '"', "\u201d": '"', "\u00e9": "e", "\u4e2d": "zhong"}
PATTERN = re.compile(r"[\x00-\x1f\x7f]|\\u[0-9a-f]{4}")
path = "C:\\users\\new\\table\\x"
if (a & 1) == 0 and b != 0x1F: print("%s is 100%% done\n" % name)
"""

SCOTLAND, ENGLAND = (
    "🏴" + "".join(chr(0xE0000 + ord(char)) for char in code) + "\U000e007f" for code in ("gbsct", "gbeng")
)

TEXT_TWINS = (
    Twin(
        "emoji",
        choose(
            "👨‍👩‍👧‍👦 a family, 👩🏽‍💻 a programmer, 🏳️‍🌈 a flag, ❤️‍🔥 a heart on fire",
            "1️⃣ 2️⃣ #️⃣ keycaps, ☺️ ☎︎ ✔️ ©️ ™️ as signs, 👍🏿 with a tone",
            f"{SCOTLAND} won against {ENGLAND}; 🇩🇪 🇫🇷 🇮🇹 did not",
            "🧑🏻‍❤️‍💋‍🧑🏾 🧏‍♀️ 🐻‍❄️ 👁️‍🗨️",
        ),
        opaque=True,
    ),
    Twin(
        "Persian",
        choose("می‌خواهم کتاب‌ها را بخوانم.", "این برنامه‌ی رایانه‌ای است که نمی‌شناسم‌", "خانه‌هایشان بزرگ‌تر است."),
        opaque=True,
    ),
    Twin("Hindi", choose("क्‍ष और र्‍य", "श्री‌मान, आपका स्वागत है।", "ಕ್‌ಷ ಮತ್ತು ക്‍ല", "ශ්‍රී ලංකා ක්‍රීඩා"), opaque=True),
    Twin(
        "Hebrew",
        choose(
            "שלום\u200f! מחיר: 20\u200e ₪",
            "הקובץ \u2066report.pdf\u2069 נשמר",
            "\u202bשלום עולם\u202c is a greeting",
            "C++\u200f היא שפה",
        ),
        opaque=True,
    ),
    Twin(
        "Arabic",
        choose(
            "مرحبًا بالعالم\u200f!", "السعر \u2066USD 20\u2069 فقط", "بِسْمِ ٱللَّٰهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ", "ه‍ هو اختصار"
        ),
        opaque=True,
    ),
    Twin(
        "Thai and Khmer",
        choose("ภาษาไทย\u200bไม่มี\u200bช่องว่าง", "ភាសា\u200bខ្មែរ\u200bស្អាត", "မြန်မာ\u200bစာ"),
        opaque=True,
    ),
    Twin(
        "Japanese",
        choose("葛\U000e0100城市と葛\U000e0101飾区", "ＡＢＣ株式会社の２０２４年度", "㈱と℡と①②③"),
        opaque=True,
    ),
    Twin(
        "Korean", choose("한국어 문장입니다.", "\u1112\u1161\u11ab\u1100\u1173\u11af", "ㄱㄴㄷ"), opaque=True
    ),
    Twin(
        "Russian and Greek",
        choose(
            "Комитет собрался во вторник: USB-кабель, IT-отдел и SMSки.",
            "Η επιτροπή συνεδρίασε την Τρίτη στην Αθήνα.",
            "Москва, Сор, асе",
        ),
        opaque=True,
    ),
    Twin(
        "decomposed letters",
        choose(
            "Vie\u0323\u0302t Nam, ngu\u031bo\u031b\u0300i",
            "cafe\u0301 na\u00efve re\u0301sume\u0301",
            "a\u0331\u0301 b\u0323",
        ),
        opaque=True,
    ),
    Twin(
        "science",
        choose(
            "TNFα, IκBα and NF-κB at 5 μm and 3 kΩ; Δt = 2 µs",
            "𝑓(𝑥) = 𝑎𝑥² + 𝑏 ∈ ℝ, ∀ε>0 ∃δ",
            "∑ᵢ xᵢ² ≤ ‖x‖², H₂O → 2H⁺",
            "α-helix, β₂-agonists, χ² = 3.2",
            "f\u2061(x) = 2\u2062(a + b)",
        ),
        opaque=True,
    ),
    Twin("hashes", _hashes, opaque=True),
    Twin("pictures", _picture, opaque=True),
    Twin("a token", _token),
    Twin("bytes in code", _bytes_in_code, opaque=True),
    Twin("source with escapes", lambda draw: SOURCE * draw.randint(1, 3)),
    Twin(
        "coloured output",
        choose(
            "\x1b[32mPASS\x1b[0m tests/unit",
            "\x1b[1;31merror\x1b[0m: no such file",
            "\x1b[38;5;208mwarn\x1b[m",
        ),
        opaque=True,
    ),
    Twin("icons", choose("\uf015 Home", "Made on a \uf8ff Mac", "main \ue0b0 ~/src"), opaque=True),
    Twin(
        "addresses",
        choose(
            "https://example.com/a%20file%20name?q=caf%C3%A9&lang=en",
            "see /usr/share/doc/python3/examples/README.rst",
            "mailto:ann@example.com?subject=Hello%20there",
        ),
    ),
    Twin(
        "placeholders",
        choose(
            "Hello \u2068Ann\u2069, you have \u20683\u2069 messages", "\u2066ann@example.com\u2069 wrote:"
        ),
        opaque=True,
    ),
    Twin("a byte order mark", lambda draw: "\ufeffname,price\r\nbook,12\r\n", opaque=True),
    Twin("form feeds and tabs", lambda draw: "Page 1\f\tPage 2\v\n\x85", opaque=True),
    Twin(
        "typography",
        choose("“Quotes” — and\u00a0spaces\u2009here…", "naïve coöperation, ﬁne ligatures", "x\u2028y"),
        opaque=True,
    ),
)
