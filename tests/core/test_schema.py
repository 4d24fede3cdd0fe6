"""What the models promise stands in the database: a migration may take more than it says."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db


def test_every_constraint_and_index_of_the_models_is_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
        there = {name for (name,) in cursor.fetchall()}
    promised = {
        (model._meta.label, rule.name)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        for rule in (*model._meta.constraints, *model._meta.indexes)
    }
    assert len(promised) > 300
    assert {(label, name) for label, name in promised if name not in there} == set()
