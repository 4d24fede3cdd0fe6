"""Files of days through the importer, and the codes that calls are told with."""

import pytest

from compliance.reference import seed_codes
from tests.cases.imports.conftest import import_day, other_source, source

__all__ = ["codes", "import_day", "other_source", "source"]


@pytest.fixture
def codes(db: None) -> None:
    seed_codes()
