import msgspec
import pytest

from tests.fakes.script import Script, ScriptError, parse_script


@pytest.mark.parametrize(
    ("model", "text", "expected"),
    [
        ("fake/tokens-200-gap-5ms", "", Script(tokens=200, gap=0.005)),
        ("tokens-2-delay-1.5s-hang", "", Script(tokens=2, delay=1.5, hang=True)),
        ("m", "Hello [[status-429-retry-2]] there", Script(status=429, retry="2")),
        ("fake/tokens-9-zh", "[[tokens-1]] [[usage-none]]", Script(tokens=1, zh=True, usage="none")),
        ("gpt-4o-mini", "no script at all", Script()),
        ("", "", Script()),
    ],
)
def test_words_in_model_and_message_are_read(model: str, text: str, expected: Script) -> None:
    assert parse_script(model, text) == expected


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("fake/tokens-many", ""),
        ("fake/tokens", ""),
        ("fake/gap-5", ""),
        ("fake/usage-wrong", ""),
        ("fake/tokens-2-speed-3", ""),
        ("m", "[[tokns-2]]"),
        ("m", "[[finish]]"),
    ],
)
def test_misspelt_script_is_refused(model: str, text: str) -> None:
    with pytest.raises(ScriptError, match="expected"):
        parse_script(model, text)


def test_every_setting_is_explained() -> None:
    explained = Script.__doc__ or ""
    assert [f.name for f in msgspec.structs.fields(Script) if f.name not in explained] == []
