"""Reference data of the book that every installation needs."""

from cases.services.desks import pool_desk
from collection_ops.core.seeding import seeder


@seeder("cases.desks")
def seed_desks() -> str:
    """The pool: every new case starts there."""
    return f"pool desk {pool_desk().code}"
