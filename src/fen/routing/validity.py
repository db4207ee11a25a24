"""Whether JSON text fits a client's JSON schema, in bounded work and without asking anybody.

A schema comes from outside: a reference to another document is never fetched, patterns are not matched (one
can take for ever), and references are followed a limited number of times (a few lines of them can name each
other a billion times).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema import validators as makers
from referencing import Registry
from referencing.exceptions import Unresolvable

MOST_REFERENCES = 2_000
_IGNORED = ("pattern", "format")
_UNUSABLE = (b'"patternProperties"', b'"unevaluated', b'"$dynamicRef"', b'"$schema"')
"""Keywords that match patterns or follow references out of our sight, or change the rules half-way."""
_EXTEND: Any = makers.extend  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # untyped


class _TooDeepError(Exception):
    """The schema's references go on and on."""


def is_valid(text: str, schema: Mapping[str, Any]) -> bool | None:
    """Whether a text is JSON and fits the schema; None where the schema cannot be used."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    rules = {name: rule for name, rule in schema.items() if name != "$schema"}
    try:
        written = msgspec.json.encode(rules)
        if any(keyword in written for keyword in _UNUSABLE):
            return None
        Draft202012Validator.check_schema(rules)
        registry: Registry[Any] = Registry()
        return next(_make_class()(rules, registry=registry).iter_errors(value), None) is None
    except (SchemaError, Unresolvable, ArithmeticError, RecursionError, _TooDeepError):
        return None


def _make_class() -> Any:
    """Return a validator that counts the references it follows, for one text."""
    usual = Draft202012Validator.VALIDATORS["$ref"]
    followed = 0

    def follow(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        nonlocal followed
        followed += 1
        if followed > MOST_REFERENCES:
            raise _TooDeepError
        yield from usual(validator, value, instance, schema) or ()

    rules = {**dict.fromkeys(_IGNORED, _ignore), "$ref": follow}
    return _EXTEND(Draft202012Validator, rules)


def _ignore(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    return iter(())
