"""The published checkers' verdicts: a program for lm-eval's own environment, which has no Fen in it.

Reads lines of {key, prompt, instruction_id_list, kwargs, response}, and writes a line for each: a digit for
each instruction, 1 where it is followed strictly, plus 2 where loosely; `-` where chance decides. The
published checker of letters draws another one at random where it is asked for a sign.
"""

from __future__ import annotations

import json
import logging
import sys
from importlib.metadata import version
from typing import Any

import langdetect  # pyright: ignore  (lm-eval's environment has it)
from lm_eval.tasks.ifeval import utils  # pyright: ignore  (lm-eval's environment has it)


def _judge(row: dict[str, Any]) -> str:
    asked = utils.InputExample(row["key"], row["instruction_id_list"], row["prompt"], row["kwargs"])
    strict = utils.test_instruction_following_strict(asked, row["response"]).follow_instruction_list
    loose = utils.test_instruction_following_loose(asked, row["response"]).follow_instruction_list
    signs = zip(strict, loose, row["kwargs"], strict=True)
    return "".join("-" if _is_drawn(given) else str(one + 2 * other) for one, other, given in signs)


def _is_drawn(given: dict[str, Any]) -> bool:
    letter = given.get("letter")
    return letter is not None and not "a" <= letter.lower() <= "z"


def main() -> None:
    """Judge what comes in; the last line says with which versions."""
    logging.disable(logging.ERROR)  # each text whose language cannot be told is logged
    langdetect.DetectorFactory.seed = 0
    for line in sys.stdin:
        sys.stdout.write(_judge(json.loads(line)) + "\n")
    sys.stdout.write(json.dumps({name: version(name) for name in ("lm_eval", "langdetect", "nltk")}))


if __name__ == "__main__":
    main()
