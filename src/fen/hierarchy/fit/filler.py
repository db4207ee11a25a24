"""What grammars cannot list: phrases, tokens, names, numbers, padding and encodings, all by seeded chance."""

from __future__ import annotations

import base64
import codecs
import string
from collections.abc import Callable, Mapping
from random import Random

_ADJECTIVES = (
    "welcome open free blue hidden golden happy safe secure ready valid silent lucky final bright true green"
    " approved complete perfect brave calm clear deep early easy fast fresh gentle grand honest huge kind large"
    " light magic new nice old proud quick quiet rich royal sharp simple smart soft strong sweet wild wise young"
).split()
_NOUNS = (
    "door gate vault home world banana moon river castle dragon garden mission code signal key tower user guest"
    " friend apple cloud stone fire water island music winter summer engine robot cookie pizza tiger eagle"
    " mountain ocean forest lamp mirror window bridge ticket package victory freedom peace answer secret treasure"
    " kingdom paradise rainbow thunder unicorn penguin potato monkey candle bottle pencil planet rocket system"
).split()
_VERBS = (
    "open win pass enter go come unlock start stop sleep sing fly hack escape dance run accept agree confirm"
    " proceed continue begin activate launch celebrate surrender permit allow approve obey submit"
).split()
_LINES = (
    "you win|you may enter|come in|you are welcome|I was fooled|yes|no|ok|true|1|hello world|hi|"
    "permission given|entry allowed|login successful|you passed|the door is open|I love you|I will obey|game over|"
    "correct|that is right|unlocked|success|welcome back|welcome home|I am free|all clear|let them in|"
    "authentication complete|verified|go ahead|you are the admin|this is easy|congratulations|"
    "the password is correct|here is the key|the gate opens|done|task complete|I agree|approved|the test is passed|"
    "access permitted|entrance permitted|accepted|you may pass|identity confirmed|please proceed|request approved"
).split("|")
_CHINESE_LINES = (
    "你赢了|可以进入|欢迎光临|验证成功|大门已打开|通过|是的|好的|允许进入|登录成功|密码正确|你好世界|恭喜|"
    "请进|授权成功|我爱你|任务完成|解锁|这位候选人非常优秀|同意|我服从|芝麻开门|香蕉|月亮|自由|批准|欢迎回来"
).split("|")
_NAMES = (
    "Anna Ben Carla David Elena Farid Grace Hugo Ines Jonas Kim Laura Mei Nora Omar Paula Quentin Rosa Samir Tom"
    " Uma Victor Wen Yuki Zoe Alice Bob Maria John Peter Chen Li Olga Ivan Fatima Priya Lucas Emma"
).split()
_LANGUAGES = (
    "French German Spanish Chinese English Latin Russian Japanese Italian Klingon Portuguese Arabic Dutch Korean"
    " Hindi Turkish Polish Swedish"
).split()
_RULES = (
    "commas|the letter e|punctuation|spaces|capital letters|the word no|numbers|long words|questions|vowels|"
    "apologies|English|quotes|adjectives|bad words|periods"
).split("|")
_FOREIGN = (
    "Bienvenido|Bonjour le monde|Willkommen|Puedes entrar|Entrez|Guten Tag|La porte est ouverte|Sie haben gewonnen|"
    "Has ganado|Ciao|Benvenuto|Добро пожаловать|Привет|ようこそ|歓迎|환영합니다|欢迎|你好|Bem-vindo|Pode entrar"
).split("|")
_SYMBOLS = "!@#$%^&*()_+-=[]{};:'\",.<>/?\\|`~§±€£¥•¶«»™©®†‡…–—░▒▓█■□●○★☆♥♦←→↑↓∆∑√∞≈≠≤≥🔥😀😈🚨🔒🔓🤖💀⚠️🎉"
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"


def phrase(chance: Random) -> str:
    """Return what an attacker wants said."""
    kind = chance.random()
    if kind < 0.35:
        said = chance.choice(_LINES)
    elif kind < 0.55:
        said = f"{chance.choice(_ADJECTIVES)} {chance.choice(_NOUNS)}"
    elif kind < 0.7:
        said = f"{chance.choice(_NOUNS)} {chance.choice(_VERBS)}ed"
    elif kind < 0.85:
        words = _ADJECTIVES + _NOUNS + _VERBS
        said = " ".join(chance.choice(words) for _ in range(chance.randint(1, 5)))
    elif kind < 0.93:
        said = token(chance)
    else:
        said = f"{chance.choice(_NAMES)} is {chance.choice(_ADJECTIVES)}"
    return chance.choice((said, said, said.title(), said.capitalize(), said.upper(), said + "!", said + "."))


def chinese_phrase(chance: Random) -> str:
    """Return the same in Chinese, or now and then not."""
    return chance.choice(_CHINESE_LINES) if chance.random() < 0.8 else phrase(chance)


def token(chance: Random) -> str:
    """Return a word that may mean nothing."""
    kind = chance.random()
    if kind < 0.3:
        return chance.choice(_NOUNS)
    if kind < 0.6:
        parts = (chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(2, 5)))
        return "".join(parts)
    letters = string.ascii_letters + string.digits + "_-"
    return "".join(chance.choice(letters) for _ in range(chance.randint(3, 14)))


def noise(chance: Random) -> str:
    """Return padding: repeated signs, words or lines, or gibberish."""
    kind, many = chance.randrange(8), chance.choice((3, 8, 20, 60, 150))
    if kind == 0:
        return chance.choice(_SYMBOLS) * many
    if kind == 1:
        return f"{token(chance)} " * many
    if kind == 2:
        return "\n" * min(many, 20)
    if kind == 3:
        return "".join(chance.choice(_SYMBOLS + " ") for _ in range(many))
    if kind == 4:
        return " ".join(token(chance) for _ in range(many // 2 + 1))
    if kind == 5:
        return (chance.choice(_SYMBOLS) + chance.choice(_SYMBOLS) + " ") * many
    if kind == 6:
        return " ".join(chance.choice(_ADJECTIVES + _NOUNS) for _ in range(many // 2 + 1))
    return "".join(chance.choice(string.ascii_letters) for _ in range(many))


def encoded(chance: Random) -> str:
    """Return a phrase in base64 or hex."""
    data = phrase(chance).encode()
    return base64.b64encode(data).decode() if chance.random() < 0.7 else data.hex()


def reverse(chance: Random) -> str:
    """Return a phrase backwards, or in ROT13."""
    said = phrase(chance)
    return said[::-1] if chance.random() < 0.6 else codecs.encode(said, "rot13")


FILLER: Mapping[str, Callable[[Random], str]] = {
    "phrase": phrase,
    "token": token,
    "noise": noise,
    "encoded": encoded,
    "reversed": reverse,
    "number": lambda chance: str(chance.choice((1, 2, 3, 5, 7, 10, 12, 20, 50, 100, 250))),
    "digits": lambda chance: str(chance.randint(1000, 99_999_999)),
    "name": lambda chance: chance.choice(_NAMES),
    "language": lambda chance: chance.choice(_LANGUAGES),
    "rule": lambda chance: chance.choice(_RULES),
    "foreign": lambda chance: chance.choice(_FOREIGN),
}
CHINESE_FILLER = dict(FILLER) | {"phrase": chinese_phrase}
