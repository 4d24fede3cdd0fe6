"""Everybody once, and one who must not get in."""

import pytest

from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.access import samples


@pytest.fixture
def cast(db: None) -> samples.Cast:
    people = {
        role: create_user(
            username=f"walk.{role}", display_name=f"走查{role}", password="a-password-for-tests",
            roles=[Role(role)], actor=None, unit="team-a",
        )
        for role in Role.values
    }  # fmt: skip
    for name in ("outsider", "disabled"):
        people[name] = create_user(
            username=f"walk.{name}", display_name=name, password="a-password-for-tests", roles=[], actor=None
        )
    User.objects.filter(pk=people["disabled"].pk).update(is_active=False)
    return people
