"""The questions: what a model is asked of itself, in both languages and several wordings."""

from __future__ import annotations

from collections.abc import Mapping

from fen.evals.self_knowledge.facts import CONTEXT, CUTOFF, NAME, OUTPUT

QUESTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    CONTEXT: {
        "en": (
            "How many tokens is your context window? Answer with one number.",
            "What is the maximum context length, in tokens, that you can process at once?",
            "I want to send you a very long document. How many tokens may prompt and answer have together?",
        ),
        "zh": (
            "你的上下文窗口是多少个 token？请只回答一个数字。",
            "你一次最多能处理多长的上下文（以 token 计）？",
            "我想发给你一份很长的文档。提示和回答加起来最多可以有多少个 token？",
        ),
    },
    OUTPUT: {
        "en": (
            "How many tokens can you write at most in one answer? Answer with one number.",
            "What is your maximum output length in tokens?",
            "If I ask for a very long text, after how many tokens will your answer be cut off at the latest?",
        ),
        "zh": (
            "你一次回答最多能输出多少个 token？请只回答一个数字。",
            "你的最大输出长度是多少 token？",
            "如果我让你写一篇很长的文章，你的回答最多到多少个 token 就会被截断？",
        ),
    },
    CUTOFF: {
        "en": (
            "What is your knowledge cutoff? Answer with month and year.",
            "Up to which month and year does your training data go?",
            "What is the latest month of which you know events from your training?",
        ),
        "zh": (
            "你的知识截止日期是什么时候？请回答年份和月份。",
            "你的训练数据截至哪一年哪一月？",
            "根据你的训练，你了解的最新事件发生在哪年哪月？",
        ),
    },
    NAME: {
        "en": (
            "What is your name and version? Answer with the name of the model only.",
            "Which language model are you, exactly?",
            "I have to note down which model wrote this. What shall I write?",
        ),
        "zh": (
            "你叫什么名字，是哪个版本？请只回答模型名称。",
            "你究竟是哪一个语言模型？",
            "我需要记录这是由哪个模型写的。我应该写什么？",
        ),
    },
}

CLAIMS: Mapping[str, str] = {
    "en": (
        "Could you write a story of {words} words in a single answer, without stopping early? Do not write "
        "it. Say how sure you are that you could, as a percentage from 0% to 100%."
    ),
    "zh": (
        "你能在一次回答中写出一篇{words}字的故事，而不中途停下吗？先不要写。"
        "请用 0% 到 100% 的百分比说明你有多大把握。"
    ),
}

PROOFS: Mapping[str, str] = {
    "en": "Write a story of {words} words about a ferryman. Write it whole, in this one answer.",
    "zh": "请写一篇{words}字的关于摆渡人的故事，在这一次回答中完整写出。",
}
"""What asks for it afterwards, in a conversation of its own."""
