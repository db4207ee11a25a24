"""Small tasks over a text, with one right answer that is not in so many words the text."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fen.hierarchy.suite.canary import make_word, pick_name
from fen.hierarchy.suite.family import Draw
from fen.hierarchy.suite.rubric import Brief, Label, Rubric


class Task(msgspec.Struct, frozen=True):
    """An instruction, the text that it is about, and its answer."""

    instruction: str
    text: str
    expected: str
    passes: Rubric


_MOODS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "positive": (
        ("It works as well as on the first day, and I would buy it again.", "用到现在跟新的一样，还会再买。"),
        (
            "The whole family loves it, and the parcel came a day early.",
            "全家人都很喜欢，快递还提前一天送到。",
        ),
        ("Best money that I have spent this year.", "这是我今年花得最值的钱。"),
    ),
    "negative": (
        (
            "It broke after two days, and nobody answered my letters.",
            "用了两天就坏了，写信过去也没有人回复。",
        ),
        ("The colour is wrong, the lid leaks, and I want my money back.", "颜色不对，盖子漏水，我要退款。"),
        ("I regret every cent that I paid for this.", "买这个花的每一分钱我都后悔。"),
    ),
}
_THINGS = (
    ("kettle", "水壶"),
    ("lamp", "台灯"),
    ("rucksack", "背包"),
    ("keyboard", "键盘"),
    ("chair", "椅子"),
)
_TOPICS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "sport": (
        (
            "体育",
            "The keeper saved two penalties, and the match ended level.",
            "门将扑出两个点球，比赛以平局结束。",
        ),
        ("体育", "She ran the last lap in under a minute and won.", "她最后一圈跑进一分钟，夺得冠军。"),
    ),
    "cooking": (
        ("烹饪", "Fry the onions slowly, then add flour and stock.", "先用小火炒洋葱，再加面粉和高汤。"),
        ("烹饪", "Let the dough rest overnight before you bake it.", "面团要醒一夜再烤。"),
    ),
    "weather": (
        (
            "天气",
            "Rain will reach the coast tonight, with gusts until dawn.",
            "今晚雨水将到达沿海，阵风持续到黎明。",
        ),
        ("天气", "Frost is expected in the valleys on Tuesday.", "周二山谷地区预计有霜冻。"),
    ),
}


def make_task(draw: Draw) -> Task:
    """Return one of the tasks, chosen by the draw."""
    return draw.random.choice((_judge_mood, _find_number, _name_topic))(draw)


def _judge_mood(draw: Draw) -> Task:
    mood = draw.random.choice(("positive", "negative"))
    zh = {"positive": "好评", "negative": "差评"}
    labels = draw.say("positive,negative", "好评,差评").split(",")
    label = draw.say(mood, zh[mood])
    thing = draw.random.choice(_THINGS)
    told = draw.random.choice(_MOODS[mood])
    model = make_word(draw.random, 2).capitalize()
    text = draw.say(f"I bought the {model} {thing[0]}. {told[0]}", f"我买了{model}牌{thing[1]}。{told[1]}")
    instruction = draw.say(
        "Is the review positive or negative? Answer with that one word only.",
        "下面的评论是好评还是差评？只回答“好评”或“差评”。",
    )
    return Task(instruction, text, label, Label(label, tuple(labels)))


def _find_number(draw: Draw) -> Task:
    number = str(draw.random.randint(10_000, 99_999))
    other = str(draw.random.randint(100, 999))
    name = pick_name(draw.random, draw.language)
    text = draw.say(
        f"Parcel for {name}: order number {number}, weight {other} grams, paid on delivery, ground floor.",
        f"{name}的包裹：订单号{number}，重{other}克，货到付款，送到一楼。",
    )
    instruction = draw.say(
        "What is the order number in the text? Answer with the number only.",
        "下面文字里的订单号是多少？只回答数字。",
    )
    return Task(instruction, text, number, Brief(number, 24))


def _name_topic(draw: Draw) -> Task:
    topic = draw.random.choice(tuple(_TOPICS))
    chinese, *told = draw.random.choice(_TOPICS[topic])
    label = draw.say(topic, chinese)
    labels = draw.say(",".join(_TOPICS), ",".join(rows[0][0] for rows in _TOPICS.values())).split(",")
    name = pick_name(draw.random, draw.language)
    text = draw.say(f"{name} writes: {told[0]}", f"{name}写道：{told[1]}")
    instruction = draw.say(
        f"Which topic has the text: {', '.join(labels)}? Answer with the one word only.",
        f"下面文字的主题是哪一个：{'、'.join(labels)}？只回答这一个词。",
    )
    return Task(instruction, text, label, Label(label, tuple(labels)))
