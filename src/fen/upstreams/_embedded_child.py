"""The child process that runs llama.cpp's server; `python -m fen.upstreams._embedded_child`.

It reads its configuration as one line of JSON from its standard input, so that neither the key nor a path
shows in `ps`; writes one line of JSON, its address or an error, to its standard output once it can answer;
and ends when its standard input does, that is with its parent.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import msgspec

from fen.upstreams._child_settings import ChildReady, ChildSettings

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_QUIET = 1  # llama.cpp's log level: errors; a warning comes with nearly every call
_PROMPT_CACHE_MIB = 256
_HTTP_THREADS = 64  # one is held by each open call; those beyond wait for a connection
_EMBEDDING_BATCH = 2048
_HEALTH_SECONDS = 30.0


def main() -> None:
    """Run until the standard input ends."""
    # The parent decides when it ends: a Ctrl-C or a service manager's SIGTERM goes to the whole group, and
    # the parent may still have streams to finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    answer_to = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that llama.cpp prints is taken for the answer
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=ChildSettings)
    _die_with(settings.parent)
    try:
        server = _serve(settings)
        ready = ChildReady(address=server.listening_address)
    except Exception as error:  # noqa: BLE001 (the edge of a process; the parent is told)
        ready = ChildReady(error=f"{type(error).__name__}: {error}")
    os.write(answer_to, msgspec.json.encode(ready) + b"\n")
    os.close(answer_to)
    if ready.error is None:
        threading.Event().wait()
    os._exit(1)


def _die_with(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    threading.Thread(target=_wait_for_end_of_input, daemon=True).start()


def _wait_for_end_of_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)  # llama.cpp's own shutdown would first finish what it generates


def _serve(settings: ChildSettings) -> Any:
    # Heavy and native: only this process ever loads it.
    import xllamacpp  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

    native: Any = xllamacpp
    server = native.Server(_configure(settings, native))
    _check_health(server.listening_address)
    return server


def _configure(settings: ChildSettings, native: Any) -> Any:
    params = native.CommonParams()
    params.model.path = settings.model
    if settings.mmproj is not None:
        params.mmproj.path = settings.mmproj
    params.n_ctx = settings.context_length * settings.slots  # llama.cpp divides it by the slots
    params.n_parallel = settings.slots
    params.n_threads_http = _HTTP_THREADS
    params.cpuparams.n_threads = settings.threads
    params.cpuparams_batch.n_threads = settings.threads
    if settings.gpu_layers is not None:
        params.n_gpu_layers = settings.gpu_layers
    params.lora_adapters = [native.CommonAdapterLoraInfo(path, 1.0) for path in settings.loras]
    _configure_attention(params, settings, native)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings.key]
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    params.cont_batching = params.cache_prompt = params.use_jinja = True
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.verbosity = _QUIET
    params.offline = True
    if settings.embeddings:
        params.embedding = True
        params.pooling_type = native.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        # The text of one embedding has to fit into one physical batch.
        params.n_batch = params.n_ubatch = min(_EMBEDDING_BATCH, settings.context_length)
    return params


def _configure_attention(params: Any, settings: ChildSettings, native: Any) -> None:
    kind = getattr(native.ggml_type, f"GGML_TYPE_{settings.cache_type.upper()}")
    params.cache_type_k = params.cache_type_v = kind
    if settings.flash_attention is not None:
        ways = native.llama_flash_attn_type
        on, off = ways.LLAMA_FLASH_ATTN_TYPE_ENABLED, ways.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.flash_attn_type = on if settings.flash_attention else off


def _check_health(address: str) -> None:
    end = time.monotonic() + _HEALTH_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310 (loopback)
                if answer.status == 200:
                    return
        except urllib.error.URLError:  # 503 while it loads
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


if __name__ == "__main__":
    main()
