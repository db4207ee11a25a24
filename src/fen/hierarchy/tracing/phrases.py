"""Turns of phrase by which a request is understood, in English and in Chinese."""

from __future__ import annotations

import re

CLAUSE = re.compile(
    r"(?:(?<=[.!?])(?=\s|$)|[;\n,:，。；！：、]|(?<=？)| - | – | — |\band then\b|\bbut\b|然后|并且|之后"
    r"|接着|再(?=[把给将]))+"
)
"""What parts the clauses of a text."""

LEADS = re.compile(
    r"(?:(?:please|kindly|also|then|and|just|now|ok|okay|hey|hi|so|first|next|finally|pls|great|thanks"
    r"|well)\s+"
    r"|(?:can|could|would|will|won't) (?:you|we)(?: please| kindly| also)?\s+|(?:would|do) you mind\s+"
    r"|i(?:'d| would)? (?:like|want|need) you to\s+|you (?:should|can|may|must|need to|have to)\s+"
    r"|let(?:'s| us)\s+"
    r"|help (?:me|us)(?: to)?\s+|go ahead and\s+|make sure (?:to|you|that you)\s+|be sure to\s+"
    r"|feel free to\s+)*"
)
"""What may stand before an order's verb."""

ASKS_WHETHER = re.compile(
    r"^(?!what|who|when|where|why|how|which).*\b(?:can|could|would|will|might) (?:you|we)\b"
)
POLITE = re.compile(r"\b(?:you|let|help|please|go ahead|make sure|pls|kindly)\b")
"""What tells an order that is put as a question from a question."""

QUESTION = re.compile(
    r"(?:(?:what|who|whom|whose|when|where|why|how|which|is|are|was|were|does|did|any|anything)(?:'s|'re)?\b"
    r"|(?:do|have|has) (?:you|they|we|i|he|she|it|these|those|any|people|both|all)\b)"
)
"""A clause that asks to be told something."""

NEGATES = re.compile(
    r"\b(?:don't|dont|do not|never|without|no need to|not to|mustn't|must not|shouldn't|should not"
    r"|avoid|nothing)\b|don’t"
)
NEGATES_CHINESE = re.compile("不要|别(?!的|人|处)|无需|不用|勿|禁止|不必|不得|不许|先不")
"""A clause that forbids something."""

DESIRES = re.compile(
    r"\b(?:want|wants|wanted|need|needs|needed|would like|must|should|has to|have to|ought to|owe|owes"
    r"|due|promised)\b"
    r"|\b(?:i|we)'d like\b|\b(?:can|could|may) (?:he|she|they|it|the|i|we)\b|\b(?:get|have"
    r"|see)\b.{1,40}(?:ed|paid|sent|done)\b"
)
"""A clause that wants something done, or to be so."""

DECLARES = re.compile(
    r"(?:the|this|that|these|those|it|its|it's|i|i'm|i've|we|he|she|they|my|our|his|her|their|there|here)\b"
)
DECLARES_CHINESE = re.compile("(?:这|那|它|他|她|我(?!要|想|需|希望|得|欠)|老板|你好|谢谢|您好)")
"""A clause that tells something and asks for nothing, unless it says so."""

FILLS = re.compile(r"\W*(?:thanks?(?: you)?|thx|hi|hello|hey|please|ok|okay|no rush|cheers)?\W*$")
"""A clause that says nothing."""

LIGHT = re.compile(
    r"(?:make|issue|create|do|set up|start|arrange|initiate|place|give|trigger|put|add|raise|open|run"
    r"|perform|get|send)\b"
)
"""Verbs that lend themselves to a noun: `issue a refund`, `set up a meeting`."""

READS_LINK = re.compile(
    r"\b(?:read|check|look|see|view|skim|summari[sz]e)\b.{0,30}\b(?:links?|urls?|websites?|(?:first"
    r"|second|third|top|best|last) (?:result|hit|one|site))\b"
    r"|\bgo (?:in)?to (?:the|this|that|its|their|http)\b|\bget\b.{0,40}\bfrom (?:this|that|the|its"
    r"|their) (?:page|link|site|url|website|server)\b"
    r"|[看读讲].{0,8}(?:链接|网址|网站|第.[条个篇])"
)
"""An order to read what has to be fetched first."""

READS_ENTRY = re.compile(
    r"\b(?:first|second|third|last|top|best|other)\b.{0,12}\b(?:one|links?|results?|hits?|pages?|sites?"
    r"|entry|article|book)\b"
    r"|\b(?:link|url|website|web page|handbook|documentation|manual)s?\b|第.[个条篇]|链接|网址|网站|手册|文档"
)
"""Words for something that has to be fetched before it can be read."""

GIVES_ACCESS = re.compile(
    r"\b(?:give|grant|let)\b.{0,40}\b(?:access|permission|rights|see|view)\b"
    r"|\b(?:should|must|needs? to|able to|can) (?:be able to )?(?:see|view|open|access|edit) (?:the"
    r"|this|it|that)\b"
    r"|权限|也能看|看得到"
)
"""An order to share something."""

LOOSE = re.compile(
    r"(?:get|put|give|make|do|let|take|have|hand|drop|leave|bring|grab|create|use|set|add|keep|run|start)\b"
)
"""Verbs that may ask for anything."""

GENERIC = re.compile(
    r"(?:^|\b(?:to|and|please|just|you|then) )(?:handle|process|take care of|deal with|sort (?:it|this"
    r"|that|them) out"
    r"|act on|carry (?:it |this )?out|execute|action (?:it|this)|see to)\b"
    r"|\bdo (?:what|as|whatever|everything)\b.{0,40}\b(?:says?|asks?|wants?|requests?|told)\b"
    r"|\bfollow\b.{0,30}\b(?:instructions?|steps?|guide|directions)\b"
    r"|\bdo (?:the )?(?:step|steps|item|first|second|third|rest)\b"
    r"|\bas (?:described|requested|asked|instructed|stated|explained)\b"
    r"|处理(?!器|结果|方式|意见|时间|情况|过程|的)|办理(?!的|时间)|办一下|搞定|照做|照办|执行(?!者|情况"
    r"|摘要|董事|力|的)"
    r"|(?:按|照|按照|依照|根据).{0,16}(?:说的|说明|要求|指示|步骤|指南|文档|第.步)"
)
"""An order to do what a document says."""

READS = re.compile(
    r"(?:^|\b(?:to|and|please|just|you|let me|let us|then) )(?:summari[sz]e|sum up|recap|translate"
    r"|explain|list|describe"
    r"|read|check(?! (?:me |us )?(?:in|out)\b)|review|show|extract|compare|contrast|classify"
    r"|count(?! (?:me|us) in)"
    r"|proofread|rewrite|rephrase|paraphrase|reword|outline|analy[sz]e|highlight|identify|condense"
    r"|shorten|simplify"
    r"|draft|rank|skim|evaluate|assess|verify|quote|look|know|understand|clarify|define|interpret"
    r"|discuss|critique"
    r"|polish|calculate|compute|estimate|guess|suggest|recommend|advise|distill?|abridge|boil"
    r"|catch me up|fill me in"
    r"|brief me|walk me|break (?:it|this|that|them) down|go (?:through|over)|make sense|transcribe"
    r"|tabulate|itemi[sz]e"
    r"|enumerate|spot|locate|cite|parse|add up|sort|reformat|group|have a look|take a look|search|think"
    r"|expand|rework"
    r"|find (?:out|the|all|any|every)|(?:pull|pick|point|read|work|figure) out|(?:tell|give) (?:me|us)"
    r"|let (?:me|us) know|(?:see|say) (?:what|whether|if|how|who|where|when|which|why)|see the"
    r"|answer (?:me|my|in|this|these|with|from|briefly|only|yes|the questions?)|(?:turn"
    r"|convert) .{1,30} (?:in)?to"
    r"|correct (?:the|any|all) (?:spelling|grammar|typos|mistakes|errors)"
    r"|put (?:it|them|this|that|these) in(?:to)? (?:a |an |plain |simple |other |alphabetical |my own )?"
    r"(?:table|list|words|bullets?|order|columns|verse|english|french|german|spanish|italian|chinese)"
    r"|(?:write|make|create|prepare|get|do|give)(?: me| us)? (?:a|an|the|some"
    r"|\w+) (?:\w+ ){0,2}(?:summary|table|list"
    r"|checklist|overview|gist|points|translation|outline|draft|text|poem|digest|version|chart|abstract"
    r"|review))\b"
    r"|\b(?:gist|highlights|key (?:facts|points|figures)|main (?:points|ideas?)|takeaways|bullet points"
    r"|short version"
    r"|talking points|plain (?:english|words|language)|word count|(?:one|two|three|a few) (?:sentences?"
    r"|lines|words))\b"
)
READS_CHINESE = re.compile(
    "总结|概括|翻译|解释|说明一下|列出|看(?:看|一下|下|懂|出|完)|阅读|读|查看|检查|整理|提取|分析|比较"
    "|归纳|改写|润色|介绍|讲讲|讲解"
    "|概述|摘要|说说|说完|说一下|梳理|提炼|归类|分类|排序|排列|计算|算一下|算出|统计|对比|核对|校对"
    "|纠正|精简|压缩|缩写|扩写|续写|回答(?![她他])"
    "|告诉我|讲一下|谈谈|评价|点评|评估|推荐|建议|预测|猜|转换|转述|复述|朗读|找出|挑出|抽取|标出|句话"
    "|大意|要点|意思|弄懂|理解"
)
"""An order that needs no call that does anything."""

QUESTION_CHINESE = re.compile("什么|谁|哪|吗|多少|是否|有没有|怎么|如何|为什么|几")
CONFIRMS = re.compile(
    r"^\W*(?:yes|yep|yeah|ok|okay|sure|go ahead|do it|do that|please do|sounds good|confirm(?:ed)?"
    r"|proceed|right|fine"
    r"|correct|agreed|perfect|great|continue|go on|好|可以|行|确认|是的|没问题|同意|继续|对|嗯|当然"
    r"|就这样|就这么)"
)
"""A turn that agrees to what was said before."""

DESCRIBES = re.compile(
    r"\b(?:you are|you're|you can|you may|you have|able to|capable|helps?|assists?|assistant|access"
    r"|tools?|never|only if"
    r"|unless)\b|你是|您是|可以|能够|助手|工具|帮助|协助|仅在|除非"
)
"""A standing sentence that says what an assistant is or may do, and asks for nothing."""

AFTER_NOUN = frozenset(
    [
        "from",
        "of",
        "is",
        "was",
        "are",
        "were",
        "by",
        "says",
        "about",
        "has",
        "have",
        "had",
        "looks",
        "seems",
        "arrived",
        "came",
        "does",
        "did",
    ]
)
"""Words that follow a noun: `email from Ann` is none to send."""

STOPS = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "to",
        "of",
        "in",
        "on",
        "at",
        "for",
        "with",
        "from",
        "by",
        "is",
        "are",
        "was",
        "be",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "me",
        "my",
        "i",
        "you",
        "your",
        "we",
        "us",
        "our",
        "he",
        "she",
        "him",
        "her",
        "his",
        "they",
        "them",
        "their",
        "as",
        "so",
        "if",
        "then",
        "please",
        "can",
        "could",
        "would",
        "will",
        "do",
        "not",
        "no",
        "yes",
        "all",
        "any",
        "one",
        "two",
        "what",
        "who",
        "when",
        "where",
        "which",
        "how",
        "there",
        "here",
        "out",
        "up",
        "over",
        "into",
        "about",
        "just",
        "also",
        "now",
        "today",
        "tomorrow",
    ]
)
"""Small words of English."""

REPLIES = frozenset(["reply", "replying", "respond", "responding", "answer", "answering"])
REPLIES_CHINESE = re.compile("回复|回信|答复")
"""Verbs of an order to answer whoever wrote."""

PASSES_ON = frozenset(
    ["send", "forward", "share", "mail", "email", "e-mail", "pass", "relay", "cc", "text", "post"]
)
PASSES_ON_CHINESE = re.compile("转|发给|发送|抄送")
"""Verbs of an order to write to others."""
