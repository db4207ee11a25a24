"""The containers: every file that they name is there, and every program takes its arguments."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from fen.app import load_settings
from fen.cli.serve import serve
from fen.storage.valkey_url import check_valkey_url
from fen.web.dispatch import PAGES

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
REPLICAS = [name for name, service in SERVICES.items() if service.get("image") == "fen"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def test_there_are_two_replicas_with_a_home_of_their_own() -> None:
    assert len(REPLICAS) == 2
    homes = [v for name in REPLICAS for v in SERVICES[name]["volumes"] if v.endswith(":/var/lib/fen")]
    assert len(set(homes)) == 2


def test_every_service_volume_and_file_that_is_named_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (DEPLOY / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"]
    build = SERVICES[REPLICAS[0]]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


@pytest.mark.parametrize("name", REPLICAS)
def test_fen_takes_its_arguments_and_its_environment(name: str, tmp_path: Path) -> None:
    service = SERVICES[name]
    command, *arguments = service["command"]
    assert command == "serve"
    found = serve.make_context("serve", arguments).params
    assert (found["host"], found["port"], found["workers"]) == ("0.0.0.0", 8000, 2)
    environ = {key: re.sub(r"\$\{[^}]*\}", "", value) for key, value in service["environment"].items()}
    settings = load_settings(DEPLOY / "fen.toml", environ | {"FEN_HOME": str(tmp_path)})
    assert settings.database_url == "postgresql://fen:@postgres/fen"
    assert settings.valkey_url is not None
    check_valkey_url(settings.valkey_url)
    grace = int(service["stop_grace_period"].removesuffix("s"))
    assert grace >= 2 * settings.server.shutdown_seconds


def test_no_password_is_written_down() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|API_KEY|DATABASE_URL", key):
                assert "${" in value, key


def test_nginx_asks_every_replica() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    for port in (8000, 8001):  # of the API, and of the pages that several workers have beside it
        assert re.findall(rf"server (\S+):{port};", text) == REPLICAS


def test_nginx_hands_on_each_page_and_nothing_else_of_fen() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    [pattern] = re.findall(r"location ~ (\S+) \{", text)
    for page in (*PAGES, "/_nicegui/3/static/a.js", "/_nicegui_ws/socket.io/"):
        assert re.match(pattern, page), page
    for path in ("/metrics", "/readyz", "/openapi.json", "/api/arena/board"):
        assert not re.match(pattern, path), path
    assert f"location ~ {pattern} {{" in (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    assert NGINX is not None
    text = (DEPLOY / "nginx.conf").read_text()
    for name in REPLICAS:
        text = text.replace(f"{name}:", "127.0.0.1:")  # names that Docker alone knows
    paths = "".join(f"{what}_temp_path {tmp_path}/{what};" for what in ("proxy", "fastcgi", "uwsgi", "scgi"))
    text = text.replace("http {", f"http {{ client_body_temp_path {tmp_path}/body; {paths}")
    config = tmp_path / "nginx.conf"
    config.write_text(f"pid {tmp_path}/pid; error_log stderr;\n" + text)
    done = subprocess.run(
        [NGINX, "-t", "-p", tmp_path, "-c", config], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 0, done.stderr


def test_the_image_is_made_of_files_that_are_there_and_not_ignored() -> None:
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for word in line.split()[:-1]
    ]
    allowed = set(re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE))
    assert copied
    for word in copied:
        assert (ROOT / word).exists(), word
        assert word.split("/")[0] in allowed, word


def test_the_image_runs_as_nobody_in_particular_and_serves() -> None:
    [user] = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert int(user) > 0
    [command] = re.findall(r'^CMD \["serve", (.*)\]$', DOCKERFILE, re.MULTILINE)
    arguments = re.findall(r'"([^"]*)"', command)
    assert serve.make_context("serve", arguments).params["port"] == 8000
    assert re.search(r"^HEALTHCHECK ", DOCKERFILE, re.MULTILINE)
