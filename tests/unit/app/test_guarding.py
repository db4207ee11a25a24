"""`[guard]` of the settings: the policy of each tier, the secret of marks, and the guard of an evaluation."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fen.accounts.tier import make_tiers
from fen.app.guarding import enforce_guard, needs_examiner, protect_judge, read_guards, read_secret
from fen.app.settings import Settings, load_settings
from fen.hierarchy.policy import GuardPolicy
from fen.wire.errors import ConfigError

SETTINGS = """
[tiers.strict]
rpm = 9

[guard]
mode = "observe"
hosts = ["example.org"]
delegate = ["tool:get_weather"]

[guard.tiers.strict]
mode = "enforce"
requester = true
fail = "closed"
secret_envs = ["HUSH"]

[guard.tiers.web]
mode = "off"

[guard.sinks.send_email]
to = "recipient"
"""


def load(folder: Path, text: str, **environ: str) -> Settings:
    path = folder / "fen.toml"
    path.write_text(text)
    return load_settings(path, {"FEN_HOME": str(folder), **environ})


def read(settings: Settings) -> dict[str, GuardPolicy]:
    return read_guards(settings, make_tiers(settings.tiers))


def test_a_tiers_table_lies_over_the_general_one(tmp_path: Path) -> None:
    guards = read(load(tmp_path, SETTINGS, HUSH="a secret of the house"))
    assert set(guards) == {"api", "strict"}  # `web` wants none
    api, strict = guards["api"], guards["strict"]
    assert (api.mode, api.requester, api.fail, api.secrets) == ("observe", False, "open", ())
    assert (strict.mode, strict.requester, strict.fail) == ("enforce", True, "closed")
    assert strict.secrets == ("a secret of the house",)
    for policy in (api, strict):
        assert policy.hosts == {"example.org"}
        assert policy.delegations[0].parts == ("tool:get_weather",)
        assert policy.allowed_tools == ("*",)
    assert needs_examiner(guards)


def test_without_a_table_there_is_no_guard(tmp_path: Path) -> None:
    assert read(load(tmp_path, "")) == {}
    leaks = read(load(tmp_path, '[guard]\nleaks = "observe"\nsystem = true'))
    assert set(leaks) == {"api", "web"}
    assert not needs_examiner(leaks)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[guard]\nmode = "enforce"\nsecret_envs = ["HUSH"]',
            ":3: guard.secret_envs: found no variable HUSH",
        ),
        ('[guard]\nmode = "enforce"\ncanaries = ["short"]', ":1: guard: found"),
    ],
)
def test_what_cannot_be_protected_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(load(tmp_path, text))
    assert f"{tmp_path}/fen.toml{told}" in str(caught.value)


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load(tmp_path, "")
    with ThreadPoolExecutor(8) as pool:  # workers that start at once
        [secret] = set(pool.map(lambda _: read_secret(settings), range(16)))
    assert len(secret) == 32
    path = tmp_path / "guard.key"
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (secret, 0o600)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["fen.toml", "guard.key"]


def test_the_secret_of_the_variable_goes_first_and_makes_no_file(tmp_path: Path) -> None:
    assert read_secret(load(tmp_path, "", FEN_GUARD_KEY="k" * 32)) == b"k" * 32
    assert not (tmp_path / "guard.key").exists()


def test_a_secret_that_is_too_short_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"FEN_GUARD_KEY: found 4 characters, expected 32 or more"
    ) as caught:
        read_secret(load(tmp_path, "", FEN_GUARD_KEY="hush"))
    assert "hush" not in str(caught.value)
    (tmp_path / "guard.key").write_bytes(b"short")
    with pytest.raises(ConfigError, match=r"guard.key: found 5 bytes, expected 32 or more"):
        read_secret(load(tmp_path, ""))


def test_an_evaluation_has_all_of_the_guard_where_the_settings_have_none(tmp_path: Path) -> None:
    for text in ("", '[guard]\nmode = "off"', '[guard.tiers.api]\nmode = "off"'):
        api = read(enforce_guard(load(tmp_path, text)))["api"]
        assert (api.mode, api.requester, api.leaks, api.system) == ("enforce", True, "withhold", True), text
    only = read(enforce_guard(load(tmp_path, '[guard]\nleaks = "off"')))["api"]
    assert (only.mode, only.leaks) == ("enforce", "off")


def test_an_evaluation_has_the_guard_of_the_settings_enforced(tmp_path: Path) -> None:
    settings = load(
        tmp_path, '[guard]\nmode = "observe"\nmethod = "delimit"\n[guard.tiers.web]\nmode = "off"'
    )
    guards = read(enforce_guard(settings))
    assert set(guards) == {"api"}
    api = guards["api"]
    assert (api.mode, api.method, api.requester, api.leaks) == ("enforce", "delimit", False, "off")
    tier = load(tmp_path, '[guard]\nmode = "off"\n[guard.tiers.api]\nmode = "observe"\nhosts = ["a.example"]')
    assert read(enforce_guard(tier))["api"].hosts == {"a.example"}


def test_a_judge_has_a_guard_that_refuses_nothing_and_withholds_nothing(tmp_path: Path) -> None:
    texts = (
        "",
        '[guard]\nmode = "off"',
        '[guard.tiers.api]\nmode = "off"\nrequester = true\nleaks = "withhold"',
    )
    for text in texts:
        api = read(protect_judge(load(tmp_path, text)))["api"]
        found = (api.mode, api.requester, api.leaks, api.system)
        assert found == ("enforce", False, "off", False), text
    kept = read(protect_judge(load(tmp_path, '[guard]\nmethod = "delimit"')))
    assert kept["api"].method == "delimit"
