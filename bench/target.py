"""What is measured: each gateway as a started process and the bytes of the requests that it is sent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

from bench.mock_answer import MODEL, Shape
from bench.nginx import mock_config, proxy_config, started_nginx
from bench.process import Command, Cores, Process, free_port, started
from bench.python import module

FLOWING = Shape(chunks=100, interval_ms=20)
IDLING = Shape(chunks=5, interval_ms=1000)
CHAT = "/v1/chat/completions"
ANY_KEY = "sk-bench"


class Ground(msgspec.Struct, frozen=True):
    """What every gateway stands on.

    The mock of whole answers and its port, the port of the mock of streams, the processors that each side
    runs on, and a folder for what the programs write.
    """

    mock: Process
    whole_port: int
    stream_port: int
    cores: Cores
    folder: Path

    def room(self, name: str) -> Path:
        """A folder of its own for one started program; two of one name get two folders."""
        number = sum(1 for other in self.folder.glob(f"{name}-*"))
        return self.folder / f"{name}-{number}"


class Target(msgspec.Struct, frozen=True):
    """One gateway, started: its port, its process, and the request that gives each kind of answer."""

    name: str
    port: int
    process: Process
    whole: str
    flowing: str
    idling: str
    weight: int = 1
    """Times as many whole answers, for a gateway whose CPU would otherwise be near the clock's tick."""
    forks: bool = False
    """Whether the work is done by child processes, so that they are the process that is measured."""
    rewrites_events: bool = False
    """Whether the events of a stream are not the upstream's, so that only their text can be compared."""
    check_books: Callable[[int], dict[str, float]] | None = None
    """Given the number of requests sent, checks the gateway's own books and raises BenchError on a gap."""


Start = Callable[[Ground], AbstractContextManager[Target]]


MESSAGES = (
    {"role": "system", "content": "You answer in one sentence."},
    {"role": "user", "content": "What do you think of measured answers?"},
)


def render_request(
    port: int,
    path: str,
    model: str,
    secret: str,
    *,
    stream: bool = False,
    messages: Sequence[Mapping[str, object]] = MESSAGES,
) -> str:
    """A chat request as the bytes of HTTP/1.1, in ASCII text."""
    asked: dict[str, object] = {"model": model, "messages": messages, "max_tokens": 256}
    if stream:
        asked |= {"stream": True, "stream_options": {"include_usage": True}}
    body = msgspec.json.encode(asked).decode()
    return (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {secret}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}"
    )


def passing_target(name: str, port: int, process: Process) -> Target:
    """A gateway that sends each path on as it is, to the mock that the path belongs to."""
    return Target(
        name=name,
        port=port,
        process=process,
        whole=render_request(port, CHAT, MODEL, ANY_KEY),
        flowing=render_request(port, FLOWING.path + "/chat/completions", MODEL, ANY_KEY, stream=True),
        idling=render_request(port, IDLING.path + "/chat/completions", MODEL, ANY_KEY, stream=True),
    )


@contextmanager
def started_ground(folder: Path, cores: Cores) -> Iterator[Ground]:
    """Run both mock upstreams for the length of the block."""
    whole_port, stream_port = free_port(), free_port()
    command = module("bench.mock_stream", str(stream_port), log=folder / "mock_stream.log", cores=cores.mocks)
    with (
        started_nginx(mock_config(whole_port), whole_port, folder / "mock", cores.mocks) as mock,
        started(command) as streaming,
    ):
        streaming.wait_for_port(stream_port)
        yield Ground(mock, whole_port, stream_port, cores, folder)


def direct_target(ground: Ground) -> Target:
    """The mock of whole answers itself, without a gateway."""
    return passing_target("direct", ground.whole_port, ground.mock)


@contextmanager
def started_proxy(ground: Ground) -> Iterator[Target]:
    """One worker of nginx as a plain reverse proxy."""
    port = free_port()
    inside = proxy_config(port, ground.whole_port, ground.stream_port)
    with started_nginx(inside, port, ground.room("nginx"), ground.cores.measured) as process:
        yield msgspec.structs.replace(passing_target("nginx", port, process), weight=5, forks=True)


@contextmanager
def started_forwarder(ground: Ground) -> Iterator[Target]:
    """The bare forwarder: Fen's server and Fen's HTTP client with nothing between."""
    port = free_port()
    room = ground.room("bare")
    room.mkdir()
    words = [str(port), str(ground.whole_port), str(ground.stream_port)]
    command: Command = module("bench.forwarder", *words, log=room / "log", cores=ground.cores.measured)
    with started(command) as process:
        process.wait_for_port(port)
        yield passing_target("bare", port, process)
