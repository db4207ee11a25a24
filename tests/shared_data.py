"""The shared folder of data beside the repository; tests that want it skip where it is not there."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"


def need(*names: str) -> pytest.MarkDecorator:
    """Skip a test where one of the folders `names` of the shared data is missing."""
    missing = [name for name in names if not (SHARED / name).exists()]
    return pytest.mark.skipif(bool(missing), reason=f"no ../shared/data/{', '.join(missing)} here")
