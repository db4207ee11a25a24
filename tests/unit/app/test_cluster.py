import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import fen
from fen.app import cluster
from fen.app.cluster import check_database, load_ray
from fen.app.cluster_worker import ClusterWorker, Order, pick_environ
from fen.app.settings import Settings, load_settings
from fen.evals.record import Run
from fen.evals.spread import Errand
from fen.wire.errors import ConfigError

CONFIG = """
[upstreams.own]
base_url = "http://127.0.0.1:9/v1"
api_key_env = "OWN_KEY"

[upstreams.more]
base_url = "http://127.0.0.1:9/v1"
api_key_envs = ["MORE_KEY", "MOST_KEY"]
"""


def settings(tmp_path: Path, **environ: str) -> Settings:
    config = tmp_path / "fen.toml"
    config.write_text(CONFIG)
    return load_settings(config, {"FEN_HOME": str(tmp_path / "home"), **environ})


def test_only_what_fen_reads_of_the_environment_travels(tmp_path: Path) -> None:
    wanted = {
        "FEN_HOME": str(tmp_path / "home"),
        "FEN_EVAL_API_KEY": "a",
        "OPENAI_API_KEY": "b",
        "DEEPSEEK_API_KEY_FILE": "c",
        "OWN_KEY": "d",
        "MORE_KEY_FILE": "e",
        "MOST_KEY": "f",
        "OTEL_SERVICE_NAME": "g",
    }
    others = {"PATH": "/bin", "DATABASE_PASSWORD": "x", "GITHUB_TOKEN": "y", "OTHER_KEY": "z"}
    assert pick_environ(settings(tmp_path, **wanted, **others)) == wanted


def test_an_order_shows_no_key(tmp_path: Path) -> None:
    order = Order(settings(tmp_path, OPENAI_API_KEY="sk-secret"), "data", False, "/")
    assert "sk-secret" not in f"{order} {order!r} {[order]}"


def test_sqlite_is_for_one_machine() -> None:
    one: dict[str, Any] = {"Alive": True}
    gone: dict[str, Any] = {"Alive": False}
    check_database("sqlite:///fen.db", [one, gone])
    check_database("postgresql://db/fen", [one, one])
    with pytest.raises(ConfigError, match="found SQLite and a cluster of 2 machines, expected FEN_DATABASE_"):
        check_database("sqlite:///fen.db", [one, gone, one])


def test_without_the_extra_the_reader_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        ConfigError, match=r"found no ray, expected Fen's extra `ray`: pip install 'fen\[ray\]'"
    ):
        load_ray()


async def test_an_address_where_nobody_is_ends_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "load_ray", lambda: None)
    with pytest.raises(
        ConfigError, match=r"--ray 127\.0\.0\.1:1: found nobody there .*, expected a Ray cluster"
    ):
        async with cluster.open_cluster(settings(tmp_path), None, "127.0.0.1:1", 2):
            pass


async def open_worker(order: Order) -> tuple[str, str]:
    worker = ClusterWorker()
    run = Run(id="run_1", model="own/m", suites=("smoke",), started=datetime.now(UTC))
    halt = await worker.open(order, Errand(run, 1, ""))
    await worker.close()
    assert halt is not None
    return halt.kind, halt.message


async def test_a_worker_says_what_its_machine_lacks(tmp_path: Path) -> None:
    order = Order(settings(tmp_path), None, False, str(tmp_path))
    kind, message = await open_worker(replace(order, version="0.0.1"))
    assert (kind, message) == (
        "ConfigError",
        f"a worker found Fen {fen.__version__}, expected 0.0.1, as the command has",
    )
    kind, message = await open_worker(order)
    assert kind == "ConfigError"
    assert "fen.db on its machine, expected FEN_DATABASE_URL with a PostgreSQL" in message
    assert not (tmp_path / "home").exists()
