# pyright: reportMissingImports=false
"""A task of our own for Inspect, asked of its mock model: one sample for each way in which an answer ends.

`inspect eval inspect_kinds.py -T names=right,cut,unscored,limited --no-log-realtime --no-log-model-api` made
`inspect_kinds.eval`. The mock model's usage is given, for Inspect would fetch a tokenizer to count it.
"""

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import NOANSWER, Score, exact, mean, scorer
from inspect_ai.solver import generate, solver
from inspect_ai.util import LimitExceededError

SAID = {
    "right": ("2", "stop"),
    "wrong": ("3", "stop"),
    "half": ("half", "stop"),
    "cut": ("The", "max_tokens"),
    "filtered": ("", "content_filter"),
    "silent": ("?", "stop"),
    "unscored": ("??", "stop"),
    "limited": ("4", "stop"),
    "failed": ("", "stop"),
}
VALUES = {"2": "C", "half": "P", "?": NOANSWER, "??": float("nan")}


def reply(messages, tools, tool_choice, config):
    text, reason = SAID[messages[-1].text.split()[0]]
    output = ModelOutput.from_content("mockllm/model", text, stop_reason=reason)
    output.usage = ModelUsage(
        input_tokens=10, output_tokens=3, total_tokens=15, input_tokens_cache_read=2, reasoning_tokens=1
    )
    return output


@solver
def stopped():
    async def solve(state, generate):
        if state.sample_id == "limited":
            raise LimitExceededError(type="custom", value=2, limit=1)
        if state.sample_id == "failed":
            raise ValueError("the solver broke")
        return state

    return solve


@scorer(metrics=[mean()])
def graded():
    async def score(state, target):
        said = state.output.completion
        return Score(value=VALUES.get(said, "I"), answer=said, explanation=f"said {said!r}")

    return score


@task
def kinds(names=tuple(SAID)):
    return Task(
        dataset=[Sample(id=name, input=f"{name} 1 + 1?", target="2") for name in names],
        solver=[generate(), stopped()],
        scorer=[graded(), exact()],
        model=get_model("mockllm/model", custom_outputs=reply),
        fail_on_error=False,
    )
