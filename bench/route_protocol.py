"""The protocol by which routers are compared, loaded from where it lies."""

import importlib.util
from pathlib import Path
from types import ModuleType

from bench.process import BenchError

BUDGETS = (0.10, 0.25, 0.50, 0.75)


def load_protocol(path: Path) -> ModuleType:
    """Return the module of a file; raises BenchError where it is not there or lacks a library."""
    if not path.is_file():
        raise BenchError(f"found no {path}, expected the protocol")
    spec = importlib.util.spec_from_file_location("routing_protocol", path)
    if spec is None or spec.loader is None:
        raise BenchError(f"found {path}, expected a Python module")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        raise BenchError(f"found no {error.name}, expected what requirements/routing.txt lists") from error
    return module
