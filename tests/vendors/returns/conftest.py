import pytest

from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests are the worker)
from tests.vendors.returns.house import House, a_house


@pytest.fixture
def house(db: None) -> House:
    return a_house()
