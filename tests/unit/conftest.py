import pytest

from fen.catalogue import Catalogue, load_catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue as it comes."""
    return load_catalogue()
