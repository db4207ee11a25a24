"""Take a new harvest of the installed genai-prices: append what it knows to the price book's data."""

from __future__ import annotations

from datetime import UTC, datetime

from fen.catalogue.genai import take_harvest
from fen.catalogue.harvest import HARVEST, merge, read_harvest, write_harvest
from fen.catalogue.vendors import read_vendors


def main() -> None:
    """Write the harvest and say what it holds."""
    fresh = take_harvest(read_vendors(), datetime.now(UTC).date())
    merged = merge(read_harvest(), fresh) if HARVEST.exists() else fresh
    write_harvest(merged)
    print(f"{HARVEST}: {len(merged.models)} models of genai-prices {merged.header.version}")


if __name__ == "__main__":
    main()
