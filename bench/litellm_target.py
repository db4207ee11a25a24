"""LiteLLM's proxy, in a venv of its own so that its many pinned libraries stay out of Fen's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from bench.process import BenchError, Command, free_port, started
from bench.python import ROOT
from bench.target import CHAT, FLOWING, IDLING, Ground, Target, passing_target, render_request

VENV = ROOT / "build" / "bench" / "litellm-venv"
LOCK = ROOT / "requirements" / "bench-litellm.txt"
MASTER_KEY = "sk-bench-litellm"


def installed() -> bool:
    """Whether an earlier `--litellm` has finished installing."""
    return (VENV / "bin" / "litellm").exists()


def install() -> None:
    """Make the venv from its lock file; raises BenchError where pip cannot."""
    if installed():
        return
    commands = (
        [sys.executable, "-m", "venv", str(VENV)],
        [
            str(VENV / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "-r",
            str(LOCK),
        ],
    )
    for argv in commands:
        if (code := subprocess.run(argv, check=False).returncode) != 0:
            raise BenchError(f"{' '.join(argv)} ended with status {code}")


def litellm_config(whole_port: int, stream_port: int) -> str:
    """The proxy's configuration: one model for each kind of answer (JSON, which is YAML too)."""
    bases = {
        "whole": f"http://127.0.0.1:{whole_port}/v1",
        "flowing": f"http://127.0.0.1:{stream_port}{FLOWING.path}",
        "idling": f"http://127.0.0.1:{stream_port}{IDLING.path}",
    }
    models = [
        {
            "model_name": name,
            "litellm_params": {"model": "openai/gpt-4o-mini", "api_base": base, "api_key": "sk-mock"},
        }
        for name, base in bases.items()
    ]
    return json.dumps({"model_list": models, "general_settings": {"master_key": MASTER_KEY}})


@contextmanager
def started_litellm(ground: Ground) -> Iterator[Target]:
    """One worker of LiteLLM's proxy with its master key, without a database."""
    port = free_port()
    room = ground.room("litellm")
    room.mkdir()
    config = room / "config.yaml"
    config.write_text(litellm_config(ground.whole_port, ground.stream_port))
    argv = [
        str(VENV / "bin" / "litellm"),
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "NO_PROXY": "*"}
    command = Command([*argv, "--num_workers", "1"], room, room / "log", environment, ground.cores.measured)
    with started(command) as process:
        process.wait_for_port(port)
        yield msgspec.structs.replace(
            passing_target("litellm", port, process),
            whole=render_request(port, CHAT, "whole", MASTER_KEY),
            flowing=render_request(port, CHAT, "flowing", MASTER_KEY, stream=True),
            idling=render_request(port, CHAT, "idling", MASTER_KEY, stream=True),
            rewrites_events=True,
        )
