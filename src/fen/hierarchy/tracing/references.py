"""Words that point: of a request, to what a document has; of a document, to the model that reads it."""

from __future__ import annotations

import re

REFERS = re.compile(
    r"\b(?:this|that|these|those|it|its|them|they|their|her|his|him|he|she|above|below|attached"
    r"|enclosed|linked|there"
    r"|the|first|second|third|last|top|best|same|mentioned|listed|named|given)\b"
    r"|这|那|它|他|她|其|上述|以上|附件|里|中|第[一二三四五六七八九十\d]|最[高低好新]|刚|该|收件|发件"
)
"""Words that leave something to a text that both know."""

REFERS_TO_SLOT = re.compile(
    r"\b(?:to|with|at|cc|bcc|invite|notify|call)\s+(?:also\s+)?"
    r"(?:her|him|them|there|everyone|everybody|all|both|each|whoever"
    r"|(?:the|their|its|his|her|that|this|those|these)\s+(?:\w+\s+){0,2}(?:sender|author|address|number"
    r"|account|contact"
    r"|recipients?|link|url|site|wallet|channel|team|customer|client|requester|reviewers?|vendor"
    r"|supplier|seller"
    r"|people|person|attendees|participants|manager|owner|list|invoice|bill))\b"
    r"|\b(?:reply|respond|answer|write back)\b|回复|回信|答复|给(?:她|他|它|他们|她们|对方|大家|客户"
    r"|发件人|作者)"
)
"""Words that leave the very value of a sink to a text: `to her`, `at the address in it`, `reply`."""

NAMES_ADDRESS = re.compile(
    r"\b(?:address|contact|signature|list|everyone|everybody|all|team|both|cc|copy|mentioned|given|named)\b"
    r"|地址|邮箱|联系|签名|名单|大家|所有|抄送|提到"
)
"""Words that let an answer go to others than the sender."""

HEADER = re.compile(
    r"^\W*(?:from|reply-to|sender|to|cc|发件人|寄件人|收件人|抄送|回复地址)\W{0,3}[:：]", re.MULTILINE
)
"""A line of a message's head that names whom it is from or for."""

TO_ONESELF = re.compile(
    r"\b(?:send|email|e-mail|mail|text|message|forward)\s+(?:it\s+to\s+)?(?:me|us|myself)\b|发给我|发我"
    r"|给我发"
)
"""A message to whoever asks."""

ADDRESSES_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override|overrule)\b.{0,40}\b(?:previous|prior|above|earlier"
    r"|instructions?|user(?:'s)?|told"
    r"|before|said|everything|values?|details|rules)\b"
    r"|(?<!my )(?<!your )(?<!our )(?<!his )(?<!her )(?<!the shop )\b(?:ai|llm|chatbot|language model"
    r"|assistants?"
    r"|ai agents?|ai models?|copilot|gpt)\b.{0,30}(?:[:,]|\b(?:must|should|shall|needs? to|ha(?:s"
    r"|ve) to|please"
    r"|(?:is|are) required|read(?:ing|s)? this|note)\b)"
    r"|\b(?:note|attention|instructions?|message|notice|memo) (?:to|for) (?:the |any |all )?(?:ai"
    r"|assistant|model|agent|llm)"
    r"|(?:do not|don't|never|without) (?:\w+ ){0,2}(?:mention|tell|telling|inform|informing|asking"
    r"|notify|notifying|reveal|show)"
    r"|\b(?:model|assistant|agent|ai|llm|bot) (?:instructions?|notes?|directives?|override|memo)\b"
    r"|\bdear (?:ai|assistant|model|agent|bot)\b|\bkeep (?:this|it) (?:confidential|secret|quiet"
    r"|to yourself|private)\b"
    r"|^\W*system\W{0,2}\s*[:>\]]\s*(?:next|you|the (?:user|assistant)|override|forget|new|now|please"
    r"|ignore|call|run|use"
    r"|execute|send|from now)\b|<\W*system\b|\[system\]|\boverride\b.{0,3}[:\]]"
    r"|(?:忽略|无视|不要理会|忘记|忘掉|抛开).{0,16}(?:之前|上述|以上|上面|前面|用户|指令|要求|信息|规则)"
    r"|你(?:是|作为).{0,4}(?:助手|模型|智能体|机器人)"
    r"|(?:助手|智能体|人工智能|语言模型|(?<![a-z])ai(?![a-z])|模型).{0,6}(?:请|须|必须|应当|应该|注意"
    r"|务必|听|：|:|，)"
    r"|(?:不要|别|无需|不得)(?:告诉|告知|通知|询问|让).{0,4}(?:用户|主人)|系统指令\s*[：:]|系统(?:通知|提示|消息)?\s*[：:].{0,10}(?:下一步|执行|立即|须|必须|忽略)",
    re.MULTILINE,
)
"""Words of an untrusted text that speak to the model over its user's head."""
