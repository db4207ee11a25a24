"""What every refusal of a member without a counterpart says."""

from collections.abc import Callable

import pytest

from fen.wire.errors import Unsupported


def check_refused(translate: Callable[[], object], param: str, target: str) -> None:
    """Expect the refusal of a member by its name, with what was found, what was expected, and why."""
    with pytest.raises(Unsupported) as caught:
        translate()
    assert caught.value.param == param
    assert caught.value.message.startswith(f"{param}: found ")
    assert ", expected " in caught.value.message
    assert f"cannot be translated to {target}" in caught.value.message
