"""What the user asks, by domain, kind and language; braces are filled from a task."""

from __future__ import annotations

from collections.abc import Mapping

SYSTEM: Mapping[str, str] = {
    "en": (
        "You help with a calendar, a shop or files through tools. Use them where they help, and only there. "
        "Where something that a tool needs was not said, ask the user and do not guess. When all is done, "
        "answer in a sentence or two."
    ),
    "zh": (
        "你通过工具帮助用户管理日历、商店或文件。只在有帮助时使用工具。如果用户没有说明工具所需的信息，"
        "请询问用户，不要猜测。全部完成后，用一两句话回答。"
    ),
}

PROMPTS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "calendar": {
        "single": {
            "en": 'Put the event "{title}" into my calendar, on {date} at {time}.',
            "zh": "请在我的日历中添加日程“{title}”，日期 {date}，时间 {time}。",
        },
        "parallel": {
            "en": "What is in my calendar on {day1}, {day2} and {day3}? Look all three days up at once.",
            "zh": "我在 {day1}、{day2} 和 {day3} 有什么日程？请一次同时查询这三天。",
        },
        "none": {
            "en": "A talk begins at {time} and takes {minutes} minutes. At what time (HH:MM) does it end?",
            "zh": "一场讲座 {time} 开始，持续 {minutes} 分钟。几点（HH:MM）结束？",
        },
        "missing": {
            "en": 'Put the event "{title}" into my calendar on {date}.',
            "zh": "请在我的日历 {date} 添加日程“{title}”。",
        },
        "recovery": {
            "en": (
                'Enter "{title}" on {date} at {time}. The calendar is unreliable today; make sure that it is '
                "there, once."
            ),
            "zh": "请登记“{title}”，{date} {time}。今天日历系统不太稳定，请确保最终登记成功一次。",
        },
        "chain": {
            "en": 'Move the event "{old}" of {day1} to {date} at {time}.',
            "zh": "把 {day1} 的日程“{old}”改到 {date} {time}。",
        },
    },
    "shop": {
        "single": {
            "en": "How many of the product {sku} are in stock?",
            "zh": "商品 {sku} 还有多少库存？",
        },
        "parallel": {
            "en": "How many of {sku}, {sku2} and {sku3} are in stock? Look all three up at once.",
            "zh": "{sku}、{sku2} 和 {sku3} 各有多少库存？请一次同时查询。",
        },
        "none": {
            "en": "A mug costs {price} dollars. What do {count} mugs cost?",
            "zh": "一个杯子 {price} 元，{count} 个杯子多少钱？",
        },
        "missing": {
            "en": "Order the product {sku} for me.",
            "zh": "请帮我订购商品 {sku}。",
        },
        "recovery": {
            "en": "Order {many} of the product {sku}. If there are fewer, order as many as there are.",
            "zh": "请订购 {many} 件商品 {sku}。如果库存不足，就订购全部剩余库存。",
        },
        "chain": {
            "en": "Order {count} of the cheapest {name} that the shop has.",
            "zh": "请订购 {count} 件店里最便宜的{name}。",
        },
    },
    "files": {
        "single": {
            "en": 'Write the file {new} with exactly this content: "{text}"',
            "zh": "请写入文件 {new}，内容恰好为：“{text}”",
        },
        "parallel": {
            "en": "Which number is in each of {path}, {path2} and {path3}? Read all three at once.",
            "zh": "{path}、{path2} 和 {path3} 中各有什么数字？请一次同时读取三个文件。",
        },
        "none": {
            "en": 'Spell the word "{word}" backwards, in one piece.',
            "zh": "请把单词“{word}”的字母倒过来，连写成一个词。",
        },
        "missing": {
            "en": "Rename the file {path}.",
            "zh": "请给文件 {path} 改名。",
        },
        "recovery": {
            "en": "Delete the file {new}. If it is not there, find it in a folder and delete it there.",
            "zh": "请删除文件 {new}。如果不在原处，说明它被移到了某个文件夹里：请找到并删除它。",
        },
        "chain": {
            "en": "Copy the content of {path} into a new file {new}, exactly as it is, and keep {path}.",
            "zh": "请把 {path} 的内容原样复制到新文件 {new}，并保留 {path}。",
        },
    },
}
