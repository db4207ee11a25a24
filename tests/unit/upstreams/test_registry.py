import os
import re
from pathlib import Path

import pytest

from fen.upstreams import VENDORS, Library, enabled, find_library, find_vendor, read_key
from fen.upstreams.http import parse_address
from fen.wire.errors import ConfigError

IDS = (
    "openai anthropic deepseek dashscope zhipu moonshot minimax baichuan volcengine hunyuan iflytek baidu "
    "01ai stepfun sensetime siliconflow mistral groq together fireworks openrouter xai "
    "google vllm sglang ollama llamacpp cohere aws vertexai"
)


def test_every_vendor_is_there_once() -> None:
    assert [vendor.id for vendor in VENDORS] == IDS.split()


def test_rows_are_well_formed() -> None:
    variables = [name for v in VENDORS for name in (v.key_env, *v.other_key_envs, v.base_url_env) if name]
    assert len(set(variables)) == len(variables)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", name) for name in variables)
    for vendor in [vendor for vendor in VENDORS if vendor.base_url or vendor.library is None]:
        address = parse_address(vendor.base_url)
        assert address.secure is not vendor.local
        assert not vendor.base_url.endswith("/")
        assert vendor.docs.startswith("https://")


def test_nothing_is_enabled_without_a_variable() -> None:
    assert enabled({"PATH": "/bin", "OPENAI_API_KEY": "", "DEEPSEEK_API_KEY": "  "}) == ()


@pytest.mark.parametrize("vendor", [v for v in VENDORS if not v.local], ids=lambda v: v.id)
def test_key_alone_enables_a_vendor(vendor) -> None:
    beside = [names[0] for _, names in (vendor.library.options if vendor.library else ())]
    for variable in (vendor.key_env, *vendor.other_key_envs):
        [found] = enabled({variable: " secret\n", **dict.fromkeys(beside, "there")}, installed=True)
        assert (found.vendor, found.base_url, found.key) == (vendor, vendor.base_url, "secret")


@pytest.mark.parametrize("vendor", [v for v in VENDORS if v.local], ids=lambda v: v.id)
def test_server_of_ones_own_is_enabled_by_its_address(vendor) -> None:
    assert enabled({vendor.key_env: "secret"}) == ()
    [bare] = enabled({vendor.base_url_env: "http://box:1234"})
    assert (bare.base_url, bare.key) == ("http://box:1234/v1", None)
    [full] = enabled({vendor.base_url_env: "http://box/api/v3", vendor.key_env: "k"})
    assert (full.base_url, full.key) == ("http://box/api/v3", "k")


def test_vendor_of_the_extra_is_enabled_where_that_is_installed() -> None:
    environ = {"COHERE_API_KEY": "k", "XAI_API_KEY": "x"}
    assert [found.vendor.id for found in enabled(environ, installed=False)] == ["xai"]
    assert [found.vendor.id for found in enabled(environ, installed=True)] == ["xai", "cohere"]


def test_options_of_a_librarys_client_come_from_their_first_variable() -> None:
    environ = {"AWS_BEARER_TOKEN_BEDROCK": "k", "AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-1"}
    [found] = enabled(environ, installed=True)
    assert enabled({"AWS_BEARER_TOKEN_BEDROCK": "k"}, installed=True) == ()
    assert found.options == {"region_name": "eu-west-1"}
    assert find_library("bedrock") is found.vendor.library
    assert find_library("watsonx") == Library("watsonx")


def test_clients_variable_for_fens_own_address_changes_nothing() -> None:
    [found] = enabled({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:8000/v1"})
    assert found.base_url == "https://api.openai.com/v1"


def test_key_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("secret\n")
    [found] = enabled({"GROQ_API_KEY_FILE": str(file)})
    assert found.key == "secret"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe\x00"])
def test_unusable_key_file_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"XAI_API_KEY_FILE.*expected"):
        enabled({"XAI_API_KEY_FILE": str(file)})


def test_key_given_twice_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found both"):
        read_key("A_KEY", {"A_KEY": "a", "A_KEY_FILE": os.devnull})


def test_key_is_not_shown() -> None:
    [found] = enabled({"OPENAI_API_KEY": "very-secret"})
    assert "very-secret" not in f"{found!r} {found}"
    assert "openai" in repr(found)


async def test_enabled_vendor_opens() -> None:
    [found] = enabled({"OPENAI_API_KEY": "k"})
    await found.open().close()


@pytest.mark.parametrize("environ", [{"OLLAMA_BASE_URL": "box:11434"}, {"OPENAI_API_KEY": "a\nb"}])
def test_unusable_address_or_key_says_whose(environ: dict[str, str]) -> None:
    [found] = enabled(environ)
    with pytest.raises(ConfigError, match=f"upstream {found.vendor.id}: found"):
        found.open()


def test_vendor_is_found_by_id() -> None:
    vendor = find_vendor("deepseek")
    assert vendor is not None
    assert vendor.name == "DeepSeek"
    assert find_vendor("nobody") is None


def test_vendor_is_opened_in_the_format_that_it_speaks() -> None:
    opened = {
        found.vendor.id: found.open().format
        for found in enabled({"ANTHROPIC_API_KEY": "a", "XAI_API_KEY": "b"})
    }
    assert opened == {"anthropic": "anthropic", "xai": "openai"}
