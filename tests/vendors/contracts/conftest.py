"""An agency with a contract for the year."""

import pytest

from collection_ops.core.models import User
from tests.vendors.contracts.made import make_agency, make_contract
from vendors.models import Agency, Contract


@pytest.fixture
def agency(db: None) -> Agency:
    return make_agency()


@pytest.fixture
def contract(agency: Agency, vendor_manager: User) -> Contract:
    return make_contract(agency, vendor_manager)
