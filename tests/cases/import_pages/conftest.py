"""The source whose files come in, and the clerk who brings them."""

from collections.abc import Callable

import pytest
from django.test import Client

from cases.models import Source
from cases.services.sources import add_source
from collection_ops.core.models import User

SignIn = Callable[[User], Client]


@pytest.fixture
def source(db: None) -> Source:
    return add_source(code="card", name="信用卡核心系统", actor=None)


@pytest.fixture
def clerk_browser(clerk: User, client_as: SignIn) -> Client:
    return client_as(clerk)
