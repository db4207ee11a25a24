"""What settings are read, and what each complaint says: file, line, what was found, what was expected."""

import math
from pathlib import Path
from typing import Any

import pytest

from fen.app.settings import CommandLine, load_settings, make_home
from fen.wire.errors import ConfigError

COMPLAINTS = [
    ("[sever]\nport = 1", 1, "sever: found an unknown key, expected one of answer_cache, arena, batch"),
    (
        '[models."a/b"]\nfallbacks = ["c/d"]\nsame_model = ["e/f"]',
        3,
        """models."a/b".same_model[0]: found 'e/f', expected one of its fallbacks: c/d""",
    ),
    ("server = 3", 1, "server: found 3, expected a table"),
    ("[[server]]\nport = 1", 1, "server: found [{'port': 1}], expected a table"),
    ("models = 3", 1, "models: found 3, expected a table"),
    (
        "# a note\n\n[server]\nport = 1\nprot = 2",
        5,
        "server.prot: found an unknown key, expected one of host",
    ),
    ('[server]\nport = "80"', 2, "server.port: found '80', expected a whole number"),
    ("[server]\nport = true", 2, "server.port: found true, expected a whole number"),
    ("[server]\nport = 65536", 2, "server.port: found 65536, expected a whole number <= 65535"),
    ("[server]\nport = -1", 2, "server.port: found -1, expected a whole number >= 0"),
    ('[server]\nhost = ""', 2, "server.host: found '', expected an IP address or a host's name"),
    ('[server]\nhost = "[::1]"', 2, "server.host: found '[::1]', expected an IP address"),
    ('[server]\nhost = "http://localhost"', 2, "server.host: found 'http://localhost', expected an IP"),
    ('[server]\nhost = "300.1.1.1"', 2, "server.host: found '300.1.1.1', expected an IP address"),
    ("[server]\nmax_body_bytes = 0", 2, "server.max_body_bytes: found 0, expected a whole number >= 1"),
    ("[server]\nmax_in_flight = 1.5", 2, "server.max_in_flight: found 1.5, expected a whole number"),
    ("[server]\nshutdown_seconds = -1", 2, "server.shutdown_seconds: found -1, expected a number >= 0"),
    (
        '[server]\ntrusted_proxies = "10.0.0.1"',
        2,
        "server.trusted_proxies: found '10.0.0.1', expected a list",
    ),
    (
        '[server]\nport = 1\ntrusted_proxies = [\n  "10.0.0.0/8",\n  "proxy",\n]',
        3,
        "server.trusted_proxies[1]: found 'proxy', expected an IP address or a network such as 10.0.0.0/8",
    ),
    ("[server]\ntrusted_proxies = [1]", 2, "server.trusted_proxies[0]: found 1, expected text"),
    ("[deadlines]\nfirst = 0", 2, "deadlines.first: found 0, expected a number > 0"),
    ("[deadlines]\nfirst = nan", 2, "deadlines.first: found nan, expected a number > 0"),
    ("[deadlines]\ntotal = inf", 2, "deadlines.total: found inf, expected a number <= 604800"),
    (
        "[fx]\nEUR_PER_USD = {rate = 1, on = 2026-11-01, source = 's'}",
        2,
        "fx.EUR_PER_USD: found an unknown pair",
    ),
    (
        "[fx]\nCNY_PER_USD = {rate = '0', on = 2026-11-01, source = 's'}",
        2,
        "fx.CNY_PER_USD.rate: found '0', expected a decimal number above 0",
    ),
    ("[tiers.a]\nrpm = 1\nmarkup = -1", 3, "tiers.a.markup: found -1, expected a number from 0"),
    ('[tiers.a]\nbudget = "2EUR/day"', 2, "tiers.a.budget: found the currency 'EUR', expected USD or CNY"),
    ("[tiers.A]\nrpm = 1", 1, "tiers: found the name 'A', expected 1 to 64 of a-z"),
    ("[tiers.a]\nrps = 1", 2, "tiers.a.rps: found an unknown key, expected one of abilities"),
    ("[fx]\nCNY_PER_USD = {rate = 7.1, source = 's'}", 2, "fx.CNY_PER_USD: found"),
    ("[upstreams]\nmock = 3", 2, "upstreams.mock: found 3, expected a table"),
    (
        '[upstreams.mock]\nurl = "x"',
        2,
        "upstreams.mock.url: found an unknown key, expected one of api_key_env",
    ),
    ('[upstreams."a b"]\nbase_url = "http://h"', 1, 'upstreams."a b": found spaces or nothing in the name'),
    (
        '[upstreams.mock]\nbase_url = "http://h"\nmax_tokens_field = "tokens"',
        3,
        "upstreams.mock.max_tokens_field: found 'tokens', expected one of max_completion_tokens, max_tokens",
    ),
    (
        '[upstreams.mock]\nbase_url = "http://h"\napi_key_env = "K"\napi_key_file = "k"',
        1,
        "upstreams.mock: found both api_key_env and api_key_file, expected one of them",
    ),
    (
        '[upstreams.mock]\nbase_url = "http://h"\napi_key_envs = ["K"]\napi_key_env = "K"',
        1,
        "upstreams.mock: found both api_key_env and api_key_envs, expected one of them",
    ),
    (
        '[upstreams.mock]\nbase_url = "http://h"\nbase_urls = ["http://h"]',
        1,
        "upstreams.mock: found both base_url and base_urls, expected one of them",
    ),
    ("[upstreams.mock]\nbase_urls = []", 2, "upstreams.mock.base_urls: found an empty list, expected"),
    ('[upstreams.mock]\napi_key_envs = ["K", "sk-1"]', 2, "upstreams.mock.api_key_envs[1]: found what is no"),
    (
        "[models.gpt]\ncontext_window = 1",
        1,
        "models.gpt: found an id without a vendor, expected VENDOR/MODEL",
    ),
    (
        '[upstreams.mock]\nprovider = "Not One"',
        2,
        "upstreams.mock.provider: found 'Not One', expected any-llm's name of a vendor, such as cohere",
    ),
    (
        '[upstreams.mock]\nprovider = "cohere"\nmax_tokens_field = "max_tokens"',
        3,
        "upstreams.mock.max_tokens_field: found max_tokens_field for a vendor that is reached through",
    ),
    (
        '[upstreams.mock]\nbase_url = "http://h"\noptions = { a = 1 }',
        3,
        "upstreams.mock.options: found options without a provider, expected none",
    ),
    (
        '[upstreams.aws]\nformat = "openai"',
        2,
        "upstreams.aws.format: found format for a vendor that is reached through any-llm, expected none",
    ),
    (
        '[models."a/b"]\nupstream = "nowhere"',
        2,
        "models.\"a/b\".upstream: found 'nowhere', expected an [upstreams.NAME] or a vendor",
    ),
    (
        '[models."a/b"]\ncontext_window = 0',
        2,
        'models."a/b".context_window: found 0, expected a whole number >= 1',
    ),
    (
        '[models."a/b"]\nabilities = ["vision", "flight"]',
        2,
        "models.\"a/b\".abilities[1]: found 'flight', expected one of vision, audio",
    ),
    ('[models."a/b"]\nprice = "free"', 2, "models.\"a/b\".price: found 'free', expected a table"),
    (
        '[models."a/b"]\nprice = { input = "1" }',
        2,
        'models."a/b".price.currency: found none, expected one of USD',
    ),
    (
        '[models."a/b"]\nprice = { input = "1", currency = "EUR" }',
        2,
        "models.\"a/b\".price.currency: found 'EUR', expected one of USD, CNY",
    ),
    (
        '[models."a/b"]\nprice = { prompt = "1", currency = "USD" }',
        2,
        'models."a/b".price.prompt: found an unknown key, expected one of audio_input',
    ),
    (
        '[models."a/b".price]\ncurrency = "USD"\ninput = "cheap"',
        3,
        "models.\"a/b\".price.input: found 'cheap', expected a decimal number of at least 0, per million",
    ),
    (
        '[models."a/b".price]\ncurrency = "USD"\ninput = -1',
        3,
        'models."a/b".price.input: found -1, expected a',
    ),
    (
        '[models."a/b".price]\ncurrency = "USD"\ninput = nan',
        3,
        'models."a/b".price.input: found nan, expected a',
    ),
    (
        '[models."a/b".price]\ncurrency = "USD"\ninput = [1]',
        3,
        'models."a/b".price.input: found [1], expected',
    ),
    ("[embedded.mine]\nslots = 1", 1, "embedded.mine: found an id without a vendor, expected VENDOR/MODEL"),
    (
        '[embedded."fen/mine"]\nslots = 0',
        2,
        'embedded."fen/mine".slots: found 0, expected a whole number >= 1',
    ),
    (
        '[embedded."fen/mine"]\ngpu_layers = -2',
        2,
        'embedded."fen/mine".gpu_layers: found -2, expected a whole',
    ),
    (
        '[embedded."fen/mine"]\ncache_type = "q4_0"',
        2,
        "embedded.\"fen/mine\".cache_type: found 'q4_0', ",
    ),
    (
        '[embedded."fen/mine"]\nflash_attention = false\ncache_type = "q8_0"',
        3,
        "embedded.\"fen/mine\".cache_type: found 'q8_0' without flash attention, expected f16 or f32",
    ),
    ('[embedded."fen/mine"]\nloras = ["no.gguf"]', 2, 'embedded."fen/mine".loras[0]: found no file '),
    (
        '[upstreams."fen/mine"]\nbase_url = "http://h"\n[embedded."fen/mine"]\nslots = 1',
        1,
        'upstreams."fen/mine": found the name of an embedded model, expected another',
    ),
    ('[guard]\nmode = "on"', 2, "guard.mode: found 'on', "),
    (
        '[guard]\nmod = "observe"',
        2,
        "guard.mod: found an unknown key, expected one of allowed_tools, canaries",
    ),
    ("[guard]\nrequester = 1", 2, "guard.requester: found 1, expected true or false"),
    ('[guard]\nhosts = "a.example"', 2, "guard.hosts: found 'a.example', expected a list"),
    ("[guard.sinks]\nsend = 1", 2, "guard.sinks.send: found 1, expected a table"),
    ("[guard.sinks.send]\nto = 1", 2, "guard.sinks.send.to: found 1, expected text"),
    ('[guard]\nsecret_envs = ["A", "sk-1"]', 2, "guard.secret_envs[1]: found what is no variable's name"),
    (
        '[tiers.a]\nrpm = 1\n\n[guard.tiers.b]\nmode = "off"',
        4,
        "guard.tiers.b: found the name of no tier, expected one of a, api, web",
    ),
    ("[guard.tiers]\napi = 1", 2, "guard.tiers.api: found 1, expected a table"),
    ("[guard]\ntiers = 1", 2, "guard.tiers: found 1, expected a table"),
    ('[guard.tiers.api]\nmode = "on"', 2, "guard.tiers.api.mode: found 'on', "),
    ('[guard.tiers.api]\nmod = "off"', 2, "guard.tiers.api.mod: found an unknown key, expected one of"),
    (
        '[guard.tiers.api.tiers.web]\nmode = "off"',
        1,
        "guard.tiers.api.tiers: found tiers within a tier, expected none",
    ),
    ("[batch]\nconcurrency = 0", 2, "batch.concurrency: found 0, expected a whole number >= 1"),
    ("[batch]\nwindow = 1", 2, "batch.window: found an unknown key"),
    ('[models."a/b"]\nbatch_price = { input = "1" }', 2, "found none, expected one of USD, CNY"),
    ("[server]\nport = \nhost = 'x'", 2, "found what is not TOML: "),
    ("[server]\nhost = 'x", 2, "found what is not TOML: "),
    ("[server]\nport = 1\nport = 2", 3, "found what is not TOML: "),
]


@pytest.mark.parametrize(("text", "line", "words"), COMPLAINTS, ids=[text for text, _, _ in COMPLAINTS])
def test_complaint_names_file_line_found_and_expected(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = tmp_path / "fen.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path, {})
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: "), message
    assert words in message


def test_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fen.toml"
    with pytest.raises(ConfigError, match=r"fen.toml: No such file or directory, expected a readable TOML"):
        load_settings(path, {})
    path.write_bytes(b"[server]\nhost = '\xff'")
    with pytest.raises(ConfigError, match="found bytes that are not UTF-8"):
        load_settings(path, {})


def test_key_in_the_place_of_a_variables_name_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "fen.toml"
    path.write_text('[upstreams.mock]\nbase_url = "http://h"\napi_key_env = "sk-hush-123"')
    with pytest.raises(
        ConfigError, match=r"fen.toml:3: upstreams.mock.api_key_env: found what is no"
    ) as caught:
        load_settings(path, {})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"FEN_OFFLINE": "perhaps"}, "FEN_OFFLINE: found 'perhaps', expected 1 or 0"),
        ({"FEN_LOG_STYLE": "xml"}, "FEN_LOG_STYLE: found 'xml', expected json or text"),
    ],
)
def test_malformed_variable_is_refused(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_settings(None, environ)


@pytest.mark.parametrize("given", [{"host": "a b"}, {"host": ""}, {"port": -1}, {"port": 65536}])
def test_malformed_option_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"--(host|port): found .*, expected"):
        load_settings(None, {}, CommandLine(**given))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::", "::1", "localhost", "fen.example.org", "a-1"])
def test_address_or_name_is_a_host(host: str) -> None:
    assert load_settings(None, {}, CommandLine(host)).server.host == host


def test_command_line_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "fen.toml"
    path.write_text('[server]\nhost = "::1"\nport = 9')
    server = load_settings(None, {"FEN_CONFIG": str(path)}, CommandLine(port=0)).server
    assert (server.host, server.port, server.max_in_flight) == ("::1", 0, 4096)
    assert load_settings(None, {}).server.port == 8000


def test_batch_limits_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "fen.toml"
    path.write_text("[batch]\nmax_lines = 7\nvendors = false")
    batch = load_settings(path, {}).batch
    assert (batch.max_lines, batch.vendors, batch.concurrency) == (7, False, 8)


def test_relative_paths_are_the_files_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "mine.gguf").touch()
    (folder / "fen.toml").write_text(
        '[upstreams.mock]\nbase_url = "http://h"\napi_key_file = "secrets/key"\n'
        f'[embedded."fen/mine"]\nmodel = "mine.gguf"\nmmproj = "{folder}/mine.gguf"\nloras = ["mine.gguf"]\n'
    )
    monkeypatch.chdir(tmp_path)
    settings = load_settings(Path("etc/fen.toml"), {})
    mine = settings.embedded["fen/mine"]
    assert settings.upstreams["mock"].api_key_file == f"{folder}/secrets/key"
    assert (mine.model, mine.mmproj, mine.loras) == (*[f"{folder}/mine.gguf"] * 2, [f"{folder}/mine.gguf"])


def test_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    path = tmp_path / "fen.toml"
    path.write_text('[upstreams.mock]\nbase_url = "http://h"\napi_key_file = "~/key"')
    assert load_settings(path, {}).upstreams["mock"].api_key_file == f"{tmp_path}/me/key"


def test_embedded_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "fen.toml"
    path.write_text('[embedded."fen/mine"]\nslots = 2\nmodel = "mine.gguf"')
    with pytest.raises(ConfigError, match=rf"fen.toml:3: .*model: found no file {tmp_path}/mine.gguf"):
        load_settings(path, {})
    (tmp_path / "mine.gguf").touch()
    assert load_settings(path, {}).embedded["fen/mine"].slots == 2


def test_known_vendors_and_embedded_models_may_be_a_models_upstream(tmp_path: Path) -> None:
    path = tmp_path / "fen.toml"
    path.write_text(
        '[models."a/b"]\nupstream = "openai"\n[models."a/c"]\nupstream = "fen/smollm2-135m"\n'
        '[models."a/d"]\nupstream = "mock"\n[upstreams.mock]\nbase_url = "http://h"\n'
    )
    assert set(load_settings(path, {}).models) == {"a/b", "a/c", "a/d"}


def test_numbers_of_any_kind_are_prices(tmp_path: Path) -> None:
    path = tmp_path / "fen.toml"
    path.write_text(
        '[models."a/b"]\nprice = { input = "0.15", output = 0.6, reasoning = 1, currency = "CNY" }'
    )
    price = load_settings(path, {}).models["a/b"].price
    assert price is not None
    assert math.isclose(float(price["output"]), 0.6)


def test_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = load_settings(None, {"FEN_HOME": str(tmp_path / "file" / "home")})
    with pytest.raises(ConfigError, match=r"FEN_HOME: .*/file/home: Not a directory, expected a folder"):
        make_home(settings)
