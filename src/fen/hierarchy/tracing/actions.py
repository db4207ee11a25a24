"""Words for what people have done: which verbs ask for which sort of action, in English and in Chinese.

The sorts are coarse: whoever asks to send something may be served by mail, by text or by a post. A verb may
ask for several sorts. What no list has counts as unclear, which never leads to a refusal.
"""

from __future__ import annotations

import re
from types import MappingProxyType

_VERBS: tuple[tuple[str, str], ...] = (
    (
        "message",
        "send forward reply respond email mail e-mail text sms message dm notify inform contact ping cc",
    ),
    (
        "message",
        "announce answer alert thank greet post relay pass ask invite warn update fax tell write share",
    ),
    (
        "pay",
        "pay settle transfer wire remit reimburse send donate tip refund repay clear deposit withdraw move",
    ),
    ("refund", "refund reimburse repay credit compensate"),
    ("buy", "buy order purchase"),
    ("book", "book reserve schedule rent order"),
    ("calendar", "invite schedule book add plan arrange reschedule meet remind block"),
    ("fetch", "open fetch visit browse download clone load crawl scrape pull follow click"),
    ("fetch", "retrieve access import install research checkout"),
    ("upload", "upload send attach submit push deliver"),
    ("publish", "post publish comment announce share tweet reply respond add"),
    ("share", "share invite grant add publish"),
    ("submit", "submit fill register apply enter enrol enroll sign send rsvp vote"),
    ("register", "register hook subscribe connect set install configure add create enable"),
    (
        "configure",
        "set point configure create add change update switch map redirect route connect apply enter fill",
    ),
    ("reset", "reset change unlock recover restore send"),
    ("subscribe", "subscribe sign join register follow enrol enroll"),
    ("ship", "ship send deliver dispatch mail post arrange"),
    ("call", "call phone ring dial telephone"),
    ("delete", "delete remove erase wipe cancel unsubscribe"),
    ("note", "note save jot store record log"),
    ("rename", "rename move"),
)

_NOUNS: tuple[tuple[str, str], ...] = (
    ("pay", "transfer donation deposit refund reimbursement"),
    ("refund", "refund reimbursement"),
    ("buy", "order"),
    ("fetch", "download copy clone checkout"),
    ("upload", "upload"),
    ("calendar", "invite invitation"),
    ("submit", "registration sign-up signup"),
    ("call", "call"),
    ("reset", "reset"),
    ("message", "email mail sms message chat slack teams whatsapp telegram dm notification reply"),
    ("pay", "payment invoice bill bank money crypto bitcoin wallet iban remittance payout"),
    ("buy", "purchase cart shop checkout"),
    ("book", "booking reservation table restaurant hotel flight taxi appointment"),
    ("calendar", "event calendar meeting appointment attendee reminder"),
    ("fetch", "url page web http browser repository website link"),
    ("publish", "issue comment tweet blog channel forum"),
    ("share", "permission access collaborator member"),
    ("submit", "form application"),
    ("register", "webhook hook callback"),
    ("configure", "dns record setting config"),
    ("reset", "password credential"),
    ("subscribe", "newsletter list subscription"),
    ("ship", "shipment parcel package delivery"),
    ("call", "phone voice"),
    ("note", "memo note"),
)

_IRREGULAR = {
    "sent": "send", "paid": "pay", "bought": "buy", "written": "write", "wrote": "write", "told": "tell",
    "went": "go", "gone": "go", "rung": "ring", "met": "meet",
}  # fmt: skip

_CHINESE: tuple[tuple[str, str], ...] = (
    ("message", "转发|转给|发送|发给|发到|发封|发条|发个|发一|发短信|发消息|发邮件"),
    ("message", "发信|回复|回信|回邮件|回她|回他"),
    ("message", "告诉(?!我)|通知|写信|联系|抄送|群发|寄给|转达|转告"),
    ("message", "跟.{1,8}说|和.{1,8}说|邮件给|短信给|发.{0,8}给|邀请"),
    ("pay", "支付|付款|付掉|付清|付了|付给|缴|交费|转账|转.{0,12}[元块钱]|汇款"),
    ("pay", "汇入|汇给|打款|打钱|结清|结账|还钱|还给"),
    ("pay", "[打汇转付还].{0,12}(?:元|块|钱|币|btc|eth|usdt)|[往给].{1,10}[打转汇付]|还了|充值|捐"),
    ("refund", "退款|退钱|退了|退还|全退|返还|赔付"),
    ("buy", "购买|买|下单|采购|入手|订购"),
    ("book", "预订|预定|预约|订(?!单|阅|购)|(?<![大条契合])约(?!束|定)"),
    ("calendar", "邀请|安排|(?<![大条契合])约(?!束|定)|日程|日历|排期|预约|提醒"),
    ("fetch", "打开|访问|浏览|下载|克隆|拉下来|下下来|下到|拉取|抓取|点开|点进|点击"),
    ("upload", "上传|提交|传到|传给|传上|交到|发到"),
    ("publish", "发布|发帖|评论|留言|发表|回帖|发到|公布|贴到|跟帖"),
    ("share", "共享|分享|授权|开通|开放|邀请|加进|加入"),
    ("submit", "提交|填写|填|报名|申请|登记|报上"),
    ("register", "注册|配置|设置|添加|接入|接上|开启|创建"),
    ("configure", "解析到|指向|配置|设置|添加|修改|改成|改为|更新|改一下"),
    ("reset", "重置|重设|恢复|找回|解锁"),
    ("subscribe", "订阅|关注|报名|加入|订一下|订上"),
    ("ship", "发货|寄出|寄到|寄给|寄.{0,8}(?:去|走)|运单|快递|发运|寄过去"),
    ("call", "联系|打电话|拨打|拨通|致电|接通|打.{0,6}电话|呼叫|给.{1,10}电话"),
    ("delete", "删除|删掉|清空|取消|退订"),
    ("note", "存成|保存|记下|记到|记录|备忘|存为|笔记"),
    ("rename", "重命名|改名|移动到"),
)  # fmt: skip


def _inflect(verb: str) -> set[str]:
    stem = verb.removesuffix("e")
    forms = {verb, verb + "s", verb + "es", stem + "ed", stem + "ing", verb + "ing"}
    if verb.endswith("y") and verb[-2] not in "aeiou":
        forms |= {verb[:-1] + "ies", verb[:-1] + "ied"}
    if verb[-1] in "bdglmnprt":
        forms |= {verb + verb[-1] + "ed", verb + verb[-1] + "ing"}
    return forms


def _gather(rows: tuple[tuple[str, str], ...], *, inflects: bool) -> dict[str, frozenset[str]]:
    gathered: dict[str, set[str]] = {}
    for sort, words in rows:
        for word in words.split():
            for form in _inflect(word) if inflects else {word, word + "s"}:
                gathered.setdefault(form, set()).add(sort)
    return {word: frozenset(sorts) for word, sorts in gathered.items()}


def _with_irregular(verbs: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return verbs | {form: verbs[verb] for form, verb in _IRREGULAR.items() if verb in verbs}


VERBS = MappingProxyType(_with_irregular(_gather(_VERBS, inflects=True)))
"""The sorts of action that an English verb, in any form, asks for."""

NOUNS = MappingProxyType(_gather(_NOUNS, inflects=False))
"""The sorts of action that a noun in a tool's name speaks of."""

CHINESE = tuple((sort, re.compile(pattern)) for sort, pattern in _CHINESE)
"""The same for Chinese, as patterns."""

PARTICIPLES = frozenset(_IRREGULAR) | {word for word in VERBS if word.endswith(("ed", "ing"))}
"""Forms in which something is asked to be done: `get it paid`, `needs paying`."""


_NEAR = tuple(
    frozenset(group.split())
    for group in (
        "message publish share ship upload", "message call", "pay refund buy", "book calendar", "book buy",
        "register configure subscribe submit share", "upload submit", "fetch buy upload", "fetch note",
    )
)  # fmt: skip


def are_near(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether people use the words of one sort of action for the other."""
    return any(some & group and others & group for group in _NEAR)


def sorts_of_tool(name: str) -> frozenset[str]:
    """Return the sorts of action that a tool's name speaks of; empty where it has no word that is known.

    Its nouns say more than its verbs: `create_event` is of a calendar, whatever else can be created.
    """
    words = words_of_tool(name)
    nouns = frozenset[str]().union(*(NOUNS.get(word, ()) for word in words))
    verbs = frozenset[str]().union(*(VERBS.get(word, ()) for word in words))
    changes = frozenset(("configure",)) if _CHANGES & set(words_of_tool(name)) else frozenset[str]()
    return (nouns | changes | (verbs & _TELLING)) or verbs


def words_of_tool(name: str) -> list[str]:
    """Return the words of a tool's name: `sendEmail` and `send_email` have two."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[\W_\d]+", spaced.casefold()) if word]


_CHANGES = frozenset(["update", "set", "change", "edit", "modify", "configure"])
_TELLING = frozenset(
    [
        "pay",
        "refund",
        "buy",
        "book",
        "fetch",
        "upload",
        "publish",
        "share",
        "submit",
        "ship",
        "call",
        "delete",
        "message",
        "subscribe",
    ]
)
