"""Which upstreams a configuration opens, and what a new configuration does to them."""

import asyncio
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from fen.app import embedded
from fen.app import upstreams as opening
from fen.app.settings import EMBEDDED, Settings, load_settings
from fen.app.upstreams import Upstreams, list_upstreams
from fen.upstreams import BalancedUpstream, Library, find_library
from fen.wire.errors import ConfigError


class Opened:
    """Stands for an upstream; remembers what it was opened with and how often it was closed."""

    def __init__(self, *given: Any, **_: Any) -> None:
        self.given = given
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "open_address", lambda _speech, *given: Opened(*given))
    for module in (opening, embedded):
        monkeypatch.setattr(module, "EmbeddedUpstream", Opened)
    monkeypatch.setattr(opening, "AnyLLMUpstream", Opened)


def settings(folder: Path, text: str = "", **environ: str) -> Settings:
    path = folder / "fen.toml"
    path.write_text(text)
    return load_settings(path, environ)


def given(upstreams: Upstreams, name: str) -> Any:
    upstream = upstreams.table()[name]
    assert isinstance(upstream, Opened)
    return upstream.given


OPENAI = "https://api.openai.com/v1"
MOCK = '[upstreams.mock]\nbase_url = "http://127.0.0.1:1/v1"\n'


def test_without_anything_there_is_the_embedded_model(tmp_path: Path) -> None:
    assert set(Upstreams(settings(tmp_path)).table()) == {EMBEDDED}


def test_vendors_are_enabled_by_their_variables(tmp_path: Path) -> None:
    upstreams = Upstreams(settings(tmp_path, OPENAI_API_KEY="sk-1", OLLAMA_BASE_URL="http://h:1"))
    assert set(upstreams.table()) == {EMBEDDED, "openai", "ollama"}
    assert given(upstreams, "openai")[:2] == ("https://api.openai.com/v1", "sk-1")
    assert given(upstreams, "ollama")[:2] == ("http://h:1/v1", None)


def test_key_of_an_address_is_in_a_variable_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    (tmp_path / "other").write_text("from-named-file\n")
    text = MOCK + 'api_key_file = "key"\n' + MOCK.replace("mock", "two") + 'api_key_env = "TWO"\n'
    upstreams = Upstreams(settings(tmp_path, text, TWO="from-variable"))
    assert given(upstreams, "mock")[1] == "from-file"
    assert given(upstreams, "two")[1] == "from-variable"
    upstreams = Upstreams(settings(tmp_path, text, TWO_FILE=str(tmp_path / "other")))
    assert given(upstreams, "two")[1] == "from-named-file"


def test_variable_that_is_not_set_means_no_key_and_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    upstreams = Upstreams(settings(tmp_path, MOCK + 'api_key_env = "MOCK_KEY"'))
    assert given(upstreams, "mock")[1] is None
    assert "upstreams.mock: MOCK_KEY is not set" in caplog.text


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_key_file_that_holds_none_is_refused_with_its_line(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content)
    found = settings(tmp_path, MOCK + 'api_key_file = "key"')
    with pytest.raises(
        ConfigError, match=r"fen.toml:3: upstreams.mock.api_key_file: found .*key.*, expected"
    ):
        Upstreams(found)


def test_address_without_a_base_url_is_refused_with_its_line(tmp_path: Path) -> None:
    found = settings(tmp_path, "# a note\n[upstreams.mock]\nstream_usage = false")
    with pytest.raises(ConfigError, match=r"fen.toml:2: upstreams.mock: found no base_url, expected http"):
        Upstreams(found)


def test_provider_of_any_llm_needs_no_address(tmp_path: Path) -> None:
    text = '[upstreams.team]\nprovider = "cohere"\napi_key_env = "TEAM"\noptions = { timeout = 9 }'
    upstreams = Upstreams(settings(tmp_path, text, TEAM="k"))
    assert given(upstreams, "team") == (find_library("cohere"), None, "k", {"timeout": 9})
    text = '[upstreams.team]\nprovider = "watsonx"\nbase_url = "http://h"'
    assert given(Upstreams(settings(tmp_path, text)), "team") == (Library("watsonx"), "http://h", None, {})


def test_options_of_the_file_win_over_the_variables(tmp_path: Path) -> None:
    text = '[upstreams.aws]\noptions = { region_name = "eu-west-1" }'
    assert "aws" not in Upstreams(settings(tmp_path, text, AWS_REGION="us-east-1")).table()
    found = settings(tmp_path, text, AWS_REGION="us-east-1", AWS_BEARER_TOKEN_BEDROCK="k")
    library = find_library("bedrock")
    assert given(Upstreams(found), "aws") == (library, None, "k", {"region_name": "eu-west-1"})


def test_missing_extra_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "any_llm.any_llm", None)
    found = settings(tmp_path, '\n[upstreams.team]\nprovider = "cohere"')
    with pytest.raises(
        ConfigError, match=r"fen.toml:2: upstreams.team: found no any-llm-sdk, expected Fen's"
    ):
        Upstreams(found)


def test_vendors_of_the_extra_are_listed_with_it(tmp_path: Path) -> None:
    offers = {offer.id: offer for offer in list_upstreams(settings(tmp_path))}
    assert offers["cohere"].name == "Cohere (extra vendors)"
    assert (offers["aws"].enabled, offers["aws"].base_url) == (False, None)
    assert offers["aws"].enabled_by == ("AWS_BEARER_TOKEN_BEDROCK with AWS_REGION",)


def test_malformed_address_is_refused_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found = settings(tmp_path, '\n[upstreams.mock]\nbase_url = "ftp://h"')
    with pytest.raises(ConfigError, match=r"fen.toml:2: upstreams.mock: found 'ftp://h', expected http"):
        Upstreams(found)


def members(upstreams: Upstreams, name: str) -> list[Any]:
    upstream = upstreams.table()[name]
    assert isinstance(upstream, BalancedUpstream)
    return [cast("Any", member.upstream).given[:2] for member in upstream._members]


def test_each_key_goes_with_each_address_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = (
        '[upstreams.mock]\nbase_urls = ["http://a", "http://b"]\n'
        'api_key_envs = ["ONE", "TWO", "AGAIN", "UNSET"]\n'
    )
    found = settings(tmp_path, text, ONE="1", TWO="2", AGAIN="1")
    given = [("http://a", "1"), ("http://a", "2"), ("http://b", "1"), ("http://b", "2")]
    assert members(Upstreams(found), "mock") == given
    assert "upstreams.mock: UNSET is not set, so its key is left out" in caplog.text
    offers = {offer.id: offer for offer in list_upstreams(found)}
    assert offers["mock"].base_url == "http://a, http://b"


def test_several_keys_of_a_vendor_take_the_place_of_its_own(tmp_path: Path) -> None:
    text = '[upstreams.openai]\napi_key_envs = ["ONE", "TWO"]\n'
    upstreams = Upstreams(settings(tmp_path, text, OPENAI_API_KEY="0", ONE="1", TWO="2"))
    assert members(upstreams, "openai") == [(OPENAI, "1"), (OPENAI, "2")]
    upstreams = Upstreams(settings(tmp_path, text, OPENAI_API_KEY="0", TWO="2"))
    assert given(upstreams, "openai")[:2] == (OPENAI, "2")


async def test_a_change_of_one_member_opens_the_upstream_anew_and_closing_closes_all(tmp_path: Path) -> None:
    text = '[upstreams.mock]\nbase_urls = ["http://a", "http://b"]\n'
    upstreams = Upstreams(settings(tmp_path, text))
    first = upstreams.table()["mock"]
    upstreams.change(settings(tmp_path, text))
    assert upstreams.table()["mock"] is first
    upstreams.change(settings(tmp_path, text.replace("http://b", "http://c")))
    second = upstreams.table()["mock"]
    assert second is not first
    await upstreams.close()
    for balanced in (first, second):
        assert isinstance(balanced, BalancedUpstream)
        assert [cast("Any", member.upstream).closed for member in balanced._members] == [1, 1]


def test_members_are_sticky_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    text = '[upstreams.mock]\nbase_urls = ["http://a", "http://b"]\n'
    upstreams = Upstreams(settings(tmp_path, text))
    before = upstreams.table()["mock"]
    upstreams.change(settings(tmp_path, text + "sticky = false\n"))
    after = upstreams.table()["mock"]
    assert isinstance(before, BalancedUpstream)
    assert isinstance(after, BalancedUpstream)
    assert before._habit is not None
    assert after._habit is None


def test_change_to_a_vendor_keeps_what_it_does_not_name(tmp_path: Path) -> None:
    text = "[upstreams.zhipu]\nstream_usage = false\n[upstreams.ollama]\nmax_tokens_field = 'max_tokens'\n"
    upstreams = Upstreams(settings(tmp_path, text, ZHIPU_API_KEY="k", OLLAMA_BASE_URL="http://h:1/v1"))
    base_url, key, dialect = given(upstreams, "zhipu")
    assert (base_url, key) == ("https://open.bigmodel.cn/api/paas/v4", "k")
    assert (dialect.stream_usage, dialect.max_tokens_field) == (False, "max_tokens")
    assert given(upstreams, "ollama")[0] == "http://h:1/v1"


def test_change_to_a_vendor_does_not_enable_it(tmp_path: Path) -> None:
    found = settings(tmp_path, "[upstreams.openai]\nstream_usage = true")
    assert "openai" not in Upstreams(found).table()
    offers = {offer.id: offer for offer in list_upstreams(found)}
    assert not offers["openai"].enabled


def test_reload_keeps_what_did_not_change(tmp_path: Path) -> None:
    text = (
        MOCK + MOCK.replace("mock", "two") + '[embedded."fen/b"]\nslots = 1\n[embedded."fen/c"]\nslots = 1\n'
    )
    upstreams = Upstreams(settings(tmp_path, text, OPENAI_API_KEY="k"))
    before = upstreams.table()
    changed = text.replace(":1/v1", ":2/v1", 1).replace("slots = 1", "slots = 2", 1)
    upstreams.change(settings(tmp_path, changed, OPENAI_API_KEY="k"))
    after = upstreams.table()
    assert set(after) == set(before)
    assert {name for name in after if after[name] is not before[name]} == {"mock", "fen/b"}


def test_every_upstream_is_closed_once_however_often_settings_changed(tmp_path: Path) -> None:
    upstreams = Upstreams(settings(tmp_path, MOCK))
    seen = set(upstreams.table().values())
    for text in (MOCK.replace(":1", ":2"), "", MOCK, MOCK):
        upstreams.change(settings(tmp_path, text))
        seen |= set(upstreams.table().values())
    assert len(seen) == 4
    assert all(isinstance(one, Opened) and one.closed == 0 for one in seen)  # calls may still run
    asyncio.run(upstreams.close())
    asyncio.run(upstreams.close())
    assert [one.closed for one in seen if isinstance(one, Opened)] == [1] * 4


def test_refused_settings_change_nothing(tmp_path: Path) -> None:
    upstreams = Upstreams(settings(tmp_path, MOCK))
    before = upstreams.table()
    with pytest.raises(ConfigError):
        upstreams.change(settings(tmp_path, "[upstreams.new]\nstream_usage = true"))
    assert upstreams.table() == before


def test_list_of_upstreams_shows_no_key(tmp_path: Path) -> None:
    found = settings(tmp_path, MOCK + 'api_key_env = "M"', M="hush-1", OPENAI_API_KEY="hush-2")
    offers = {offer.id: offer for offer in list_upstreams(found)}
    assert offers["openai"].enabled
    assert offers["mock"].enabled_by == ("[upstreams.mock]",)
    assert offers["deepseek"].enabled_by == ("DEEPSEEK_API_KEY",)
    assert "hush" not in repr(offers)
    assert "hush" not in repr(opening._plan(found))


def test_address_of_ones_own_may_speak_anthropics_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "open_address", Opened)
    upstreams = Upstreams(settings(tmp_path, MOCK + 'format = "anthropic"\n', ANTHROPIC_API_KEY="k"))
    assert given(upstreams, "mock")[0] == "anthropic"
    assert given(upstreams, "anthropic")[:3] == ("anthropic", "https://api.anthropic.com", "k")


def test_batch_api_is_a_vendors_own_address_or_what_the_table_says(tmp_path: Path) -> None:
    def batches(text: str = "", **environ: str) -> set[str]:
        return set(Upstreams(settings(tmp_path, text, **environ)).batches())

    assert batches(OPENAI_API_KEY="sk-1", DEEPSEEK_API_KEY="sk-2", OLLAMA_BASE_URL="http://h:1") == {"openai"}
    assert batches(DASHSCOPE_API_KEY="sk-1") == {"dashscope"}
    proxied = '[upstreams.openai]\nbase_url = "http://127.0.0.1:1/v1"\n'
    assert batches(proxied, OPENAI_API_KEY="sk-1") == set()
    assert batches(proxied + "batches = true", OPENAI_API_KEY="sk-1") == {"openai"}
    assert batches("[upstreams.openai]\nbatches = false", OPENAI_API_KEY="sk-1") == set()
    assert batches(MOCK + "batches = true") == {"mock"}
    with pytest.raises(ConfigError, match="batches: found true for another wire format, expected"):
        batches(MOCK + 'format = "anthropic"\nbatches = true')
