"""The agency whose March is told."""

import pytest

from tests.vendors.accruals.cast import with_march
from vendors.models import Agency


@pytest.fixture
def jia(db: None) -> Agency:
    return with_march()
