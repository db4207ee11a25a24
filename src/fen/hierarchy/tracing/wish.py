"""What those who may give instructions asked for.

Read by rules, clause by clause, in English and in Chinese. `Pay it` asks to pay; `the payment terms`, `don't
pay` and `what did we pay?` don't.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.tracing.actions import (
    CHINESE,
    NOUNS,
    PARTICIPLES,
    VERBS,
    are_near,
    sorts_of_tool,
    words_of_tool,
)
from fen.hierarchy.tracing.phrases import (
    AFTER_NOUN,
    ASKS_WHETHER,
    CLAUSE,
    CONFIRMS,
    DECLARES,
    DECLARES_CHINESE,
    DESCRIBES,
    DESIRES,
    FILLS,
    GENERIC,
    GIVES_ACCESS,
    LEADS,
    LIGHT,
    LOOSE,
    NEGATES,
    NEGATES_CHINESE,
    PASSES_ON,
    PASSES_ON_CHINESE,
    POLITE,
    QUESTION,
    QUESTION_CHINESE,
    READS,
    READS_CHINESE,
    READS_ENTRY,
    READS_LINK,
    REPLIES,
    REPLIES_CHINESE,
    STOPS,
)
from fen.hierarchy.tracing.provenance import fold

_TOKEN = re.compile(r"[a-z0-9][a-z0-9'’-]*")
_HAN = re.compile("[\u3400-\u9fff]")
_HAN_RUN = re.compile("[\u3400-\u9fff]{2,}")
_ENDS = 2_000  # characters of a text's beginning and of its end, in one of which the request stands
_SHORT = 40  # characters of a mere yes


class Wish(msgspec.Struct, frozen=True):
    """What was asked for.

    sorts: of actions; see `actions`. verbs: English words in a verb's place. generic: an action that the
    document names (`deal with this`). loose: something is to be done that the rules do not understand. reads:
    something is to be read, told or rewritten. text: what the person said, folded. rest: of it, the clauses
    that are none of these.
    """

    sorts: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    generic: bool = False
    loose: bool = False
    reads: bool = False
    text: str = ""
    rest: str = ""

    @property
    def only_replies(self) -> bool:
        """Whether a message is to be answered, and none sent to anybody else."""
        replies = self.verbs & REPLIES or REPLIES_CHINESE.search(self.text)
        return bool(replies) and not (self.verbs & PASSES_ON or PASSES_ON_CHINESE.search(self.text))

    def asks_for(self, tool: str) -> bool | None:
        """Whether a call of that tool was asked for; None where that is unclear."""
        sorts = sorts_of_tool(tool)
        if self.generic or self.sorts & sorts or self.verbs & set(words_of_tool(tool)):
            return True
        unclear = self.loose or are_near(self.sorts, sorts) or not (self.reads or self.sorts)
        unclear = unclear or bool(self.sorts and not sorts and not self.reads)
        return None if unclear or ("fetch" in sorts and READS_ENTRY.search(self.text)) else False


def words_in(text: str) -> frozenset[str]:
    """Return the words of a folded text that may name somebody or something: no verbs, no small words.

    Of Chinese, each pair of characters.
    """
    names = {word.removesuffix("'s").removesuffix("’s") for word in _TOKEN.findall(text)}
    names = {name.rstrip("s") for name in names if name not in STOPS and name not in VERBS and len(name) > 2}
    pairs = {run[at : at + 2] for run in _HAN_RUN.findall(text) for at in range(len(run) - 1)}
    return frozenset(names | pairs)


def promote_agreed(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return the pieces; where the user's last turn says yes, the assistant's offer is the user's too."""
    turns = _turns(pieces)
    offers = [at for at, piece in enumerate(pieces) if piece.origin.startswith("assistant")]
    if not turns or not offers or not _agrees(turns[-1]):
        return tuple(pieces)
    offer = msgspec.structs.replace(pieces[offers[-1]], privilege=Privilege.USER)
    return (*pieces[: offers[-1]], offer, *pieces[offers[-1] + 1 :])


def find_wish(pieces: Sequence[Piece]) -> Wish:
    """Return what a request's last user turn asks for, with the standing orders of those who may give them.

    A turn that only says yes asks for what the turns before it spoke of.
    """
    turns = _turns(pieces)
    if not turns:
        return _join([_read(piece.text, standing=True) for piece in pieces if piece.privilege.trusted])
    spoken = turns if _agrees(turns[-1]) else turns[-1:]
    wishes = [_read(text, standing=False) for text in spoken]
    if len(spoken) > 1:  # yes to something: that it was to be read alone cannot be told
        wishes.append(Wish(loose=True))
    wishes += [_read(piece.text, standing=True) for piece in pieces if piece.privilege is Privilege.SYSTEM]
    return _join(wishes)


def _agrees(turn: str) -> bool:
    """Whether a turn only says yes."""
    folded = fold(turn)
    return len(turn.strip()) <= _SHORT and CONFIRMS.search(folded) is not None and not _reads(folded)


def _reads(text: str) -> bool:
    return any(READS.search(clause.strip()) or READS_CHINESE.search(clause) for clause in CLAUSE.split(text))


def _turns(pieces: Sequence[Piece]) -> list[str]:
    """Return what each of the user's turns says; the parts of a turn lie in the same message."""
    turns: dict[tuple[str | int, ...], list[str]] = {}
    for piece in pieces:
        if piece.privilege is Privilege.USER:
            turns.setdefault(piece.path[:2], []).append(piece.text)
    return ["\n".join(texts) for texts in turns.values()]


def _join(wishes: list[Wish]) -> Wish:
    return Wish(
        frozenset[str]().union(*(wish.sorts for wish in wishes)),
        frozenset[str]().union(*(wish.verbs for wish in wishes)),
        any(wish.generic for wish in wishes),
        any(wish.loose for wish in wishes),
        any(wish.reads for wish in wishes),
        "\n".join(wish.text for wish in wishes),
        "\n".join(wish.rest for wish in wishes if wish.rest),
    )


def _read(text: str, *, standing: bool) -> Wish:
    """Read a text; of a `standing` one, what only describes what an assistant can do asks for nothing."""
    folded = fold(text if len(text) <= 2 * _ENDS else f"{text[:_ENDS]}\n{text[-_ENDS:]}")
    clauses = [
        clause.strip() for clause in CLAUSE.split(folded.replace("tl;dr", "summarise")) if clause.strip()
    ]
    if standing:
        clauses = [clause for clause in clauses if not DESCRIBES.search(clause)]
    read = [_read_chinese(clause) if _HAN.search(clause) else _read_english(clause) for clause in clauses]
    rest = [clause for clause, wish in zip(clauses, read, strict=True) if not (wish.sorts or wish.reads)]
    wish = msgspec.structs.replace(_join(read), rest="\n".join(rest))
    if standing:  # to read is what every assistant is for
        wish = msgspec.structs.replace(wish, loose=False, reads=False)
    return msgspec.structs.replace(wish, text=folded)


def _read_english(clause: str) -> Wish:
    if NEGATES.search(clause):
        return Wish(reads=True)
    lead = LEADS.match(clause)
    rest = clause[lead.end() :] if lead else clause
    polite = ASKS_WHETHER.search(clause) or (lead is not None and POLITE.search(lead[0]))
    if (QUESTION.match(rest) or clause.endswith("?")) and not polite and not DESIRES.search(clause):
        return Wish(_phrased(clause), reads=True)
    generic = GENERIC.search(rest) is not None
    tokens = _TOKEN.findall(rest)
    desires = DESIRES.search(clause) is not None
    verbs = frozenset(
        token
        for at, token in enumerate(tokens)
        if token not in STOPS and _is_verb(tokens, at, desires=desires)
    )
    sorts = _phrased(clause).union(*(VERBS.get(verb, ()) for verb in verbs))
    if READS.search(rest) is not None:
        first = VERBS.get(tokens[0], frozenset[str]()) if tokens and READS.match(rest) else frozenset[str]()
        return Wish(sorts - first | _phrased(clause), generic=generic, reads=True)
    if LIGHT.match(rest):
        sorts = sorts.union(*(NOUNS.get(token, ()) for token in _objects(tokens)))
    loose = not sorts and (
        desires or LOOSE.match(rest) is not None or not (DECLARES.match(rest) or FILLS.match(rest))
    )
    return Wish(sorts, verbs, generic, loose)


def _phrased(clause: str) -> frozenset[str]:
    """Return the sorts of action that more than one word asks for."""
    phrases = {"fetch": READS_LINK, "share": GIVES_ACCESS}
    return frozenset(sort for sort, phrase in phrases.items() if phrase.search(clause))


def _is_verb(tokens: list[str], at: int, *, desires: bool) -> bool:
    """Whether a word stands where English has a verb: first, after `to`, `please` ..., or as a participle."""
    token = tokens[at]
    if token in _SPEAKS and tokens[at + 1 : at + 2] in (["me"], ["us"]):
        return False
    if at == 0:
        return not AFTER_NOUN & set(tokens[1:3])
    if token not in VERBS:
        return False
    if tokens[at - 1] in _BEFORE_VERB:
        return True
    return desires and token in PARTICIPLES and tokens[at - 1] not in ("the", "a", "an", "was", "were")


def _objects(tokens: list[str]) -> list[str]:
    """Return the words that follow an article or the like, with at most one between."""
    return [
        token
        for at, token in enumerate(tokens)
        if at and (tokens[at - 1] in _ARTICLES or tokens[at - 2] in _ARTICLES)
    ]


_ARTICLES = frozenset(
    ["a", "an", "the", "my", "our", "your", "his", "her", "their", "this", "that", "some", "full"]
)
_SPEAKS = frozenset(["tell", "ask", "inform", "show", "answer"])
_BEFORE_VERB = frozenset(
    [
        "to",
        "please",
        "and",
        "then",
        "or",
        "you",
        "also",
        "just",
        "now",
        "me",
        "us",
        "must",
        "should",
        "will",
        "let's",
        "i'd",
        "i'll",
        "we'll",
    ]
)


def _read_chinese(clause: str) -> Wish:
    if NEGATES_CHINESE.search(clause):
        return Wish(reads=True)
    sorts = frozenset(
        sort for sort, pattern in CHINESE if any(_acts(clause, found) for found in pattern.finditer(clause))
    )
    sorts |= _phrased(clause)
    generic = GENERIC.search(clause) is not None
    reads = READS_CHINESE.search(clause) is not None
    questions = QUESTION_CHINESE.search(clause) is not None
    if questions and not re.match("(?:请|麻烦|帮|能|可以|可否|把|给|让|叫|向|发|去|替|劳烦)", clause):
        return Wish(_phrased(clause), reads=True)
    loose = not sorts and not reads and not questions and DECLARES_CHINESE.match(clause) is None
    loose = loose or (not reads and re.search("[让弄搞做加要想]", clause) is not None and not sorts & _SURE)
    return Wish(sorts, frozenset(), generic, loose, reads or questions)


_SURE = frozenset(
    ("calendar", "message", "pay")
)  # their Chinese words leave no doubt, whatever verb goes with them


def _acts(clause: str, found: re.Match[str]) -> bool:
    """Whether a Chinese verb is one here: `付款条款` and `上次转账` ask for nothing."""
    after, before = clause[found.end() :], clause[: found.start()]
    if re.match(
        "的(?!话)|里|中(?!心)|条款|条件|方式|日期|期限|记录|状态|信息|内容|时间|说明书|历史|数据|通知(?!.)",
        after,
    ):
        return False
    return re.search("上次|之前|已经|曾|昨天|刚才|上个月$", before) is None
