"""nginx twice: as the mock upstream of whole answers, and as the plain reverse proxy to compare with."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.mock_answer import whole_answer
from bench.process import BenchError, Command, Process, started

_FRAME = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 8192; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_timeout 600s;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{inside}
}}
"""


def mock_config(port: int) -> str:
    """An upstream whose every answer is the same whole chat completion."""
    answer = whole_answer().decode()
    if "'" in answer or "$" in answer:
        raise BenchError("expected a mock answer without ' and $, which nginx would interpret")
    return f"    server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 '{answer}'; }} }}"


def proxy_config(port: int, whole_port: int, stream_port: int) -> str:
    """A plain reverse proxy with kept connections: whole answers under `/v1`, else unbuffered streams."""
    return f"""
    upstream whole {{ server 127.0.0.1:{whole_port}; keepalive 256; keepalive_requests 1000000000; }}
    upstream stream {{ server 127.0.0.1:{stream_port}; keepalive 256; keepalive_requests 1000000000; }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location /v1/ {{ proxy_pass http://whole; }}
        location / {{ proxy_pass http://stream; proxy_buffering off; }}
    }}"""


@contextmanager
def started_nginx(inside: str, port: int, folder: Path, cores: frozenset[int] | None) -> Iterator[Process]:
    """Run nginx with one worker for the length of the block; raises BenchError where it is not installed."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise BenchError("expected nginx, found none; on Debian: apt-get install nginx-light")
    folder.mkdir(parents=True)
    config, log = folder / "nginx.conf", folder / "error.log"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(_FRAME.format(folder=folder, inside=inside, user=user))
    argv = [program, "-p", str(folder), "-c", str(config), "-e", str(log)]
    with started(Command(argv, folder, log, cores=cores)) as process:
        process.wait_for_port(port)
        yield process
