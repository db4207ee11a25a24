"""The adapter that comes with Fen for the model that comes with Fen: the instruction hierarchy, trained in.

It is trained as its manifest says, and lies in this package as data; `make train-default` trains one like it.
`[embedded."fen/smollm2-135m"]` turns it on with `shipped_adapter = true`. It is off, for it is undecided
whether all of the model's ability is left (docs/training.md).
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from fen.app.manifest import check_contents, read_manifest
from fen.app.settings import EMBEDDED
from fen.app.tables import EmbeddedTable
from fen.upstreams import SMOLLM2
from fen.wire.errors import ConfigError

SHIPPED = Path(__file__).parent / "data" / "smollm2-135m-hierarchy.gguf"
MOST_BYTES = 10_000_000


def add_shipped(name: str, table: EmbeddedTable, shipped: Path = SHIPPED) -> EmbeddedTable:
    """Return an embedded model's table, with the shipped adapter where the model is the one it is for."""
    if name != EMBEDDED or table.model is not None or not table.shipped_adapter or not shipped.is_file():
        return table
    return msgspec.structs.replace(table, loras=[str(shipped), *table.loras])


def check_shipped(table: EmbeddedTable, shipped: Path = SHIPPED) -> None:
    """Check that the shipped adapter, where a table has it, is what was shipped, and for these weights.

    Raises ConfigError.
    """
    if str(shipped) not in table.loras:
        return
    manifest = read_manifest(shipped)
    if manifest is None:
        raise ConfigError(f"{shipped}: found no manifest beside it, expected the one that came with it")
    check_contents(shipped, manifest)
    if manifest.base.sha256 != SMOLLM2.sha256:
        expected = f"{SMOLLM2.sha256} of {SMOLLM2.member}"
        raise ConfigError(f"{shipped}: found the base {manifest.base.sha256}, expected {expected}")
