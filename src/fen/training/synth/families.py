"""All families: those that are trained on, and those that only measure."""

from __future__ import annotations

from fen.training.synth.data import make_data_triple
from fen.training.synth.extraction import make_extraction
from fen.training.synth.family import Family
from fen.training.synth.phrasings import TRAINED, TRAINED_ZH, UNSEEN, UNSEEN_ZH
from fen.training.synth.rules import make_ban, make_form_rule, make_scope_rule, make_word_rule

_SEEN = tuple(TRAINED)
_NEW = tuple(UNSEEN)
_SEEN_ZH = tuple(TRAINED_ZH)
_NEW_ZH = tuple(UNSEEN_ZH)

FAMILIES: tuple[Family, ...] = (
    Family("rule_word", "open_domain", "en", "first_turn", _SEEN, False, make_word_rule),
    Family("rule_form", "open_domain", "en", "first_turn", _SEEN, False, make_form_rule),
    Family("rule_ban", "open_domain", "en", "first_turn", _SEEN, False, make_ban),
    Family("rule_scope", "open_domain", "en", "first_turn", _SEEN, False, make_scope_rule),
    Family("closed_quote", "closed_domain", "en", "quote", _SEEN, False, make_data_triple),
    Family("closed_mail", "closed_domain", "en", "mail", _SEEN, False, make_data_triple),
    Family("closed_comment", "closed_domain", "en", "comment", _SEEN, False, make_data_triple),
    Family("closed_table", "closed_domain", "en", "table", _SEEN, False, make_data_triple),
    Family("tool_json", "indirect_tool", "en", "tool_json", _SEEN, False, make_data_triple),
    Family("tool_lines", "indirect_tool", "en", "tool_lines", _SEEN, False, make_data_triple),
    Family("tool_page", "indirect_tool", "en", "web_page", _SEEN, False, make_data_triple),
    Family("zh_rule", "open_domain", "zh", "zh_first_turn", _SEEN_ZH, False, make_word_rule),
    Family("zh_quote", "closed_domain", "zh", "zh_quote", _SEEN_ZH, False, make_data_triple),
    Family("zh_tool", "indirect_tool", "zh", "zh_tool_json", _SEEN_ZH, False, make_data_triple),
    Family("file_csv", "indirect_file", "en", "file_csv", _NEW, True, make_data_triple),
    Family("file_log", "indirect_file", "en", "file_log", _NEW, True, make_data_triple),
    Family("image_text", "indirect_image", "en", "image", _NEW, True, make_data_triple),
    Family("secret", "extraction", "en", "later_turn", _NEW, True, make_extraction),
    Family("zh_file", "indirect_file", "zh", "zh_file_csv", _NEW_ZH, True, make_data_triple),
    Family("zh_secret", "extraction", "zh", "zh_later_turn", _NEW_ZH, True, make_extraction),
)
"""The families, in the order of their tables."""


def choose_families(language: str = "both", *, held_out: bool) -> tuple[Family, ...]:
    """Return the families of a language (`en`, `zh`, `both`) that are held out, or are trained on."""
    return tuple(
        family for family in FAMILIES if family.held_out == held_out and language in ("both", family.language)
    )
