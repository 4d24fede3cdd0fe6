"""What the contact log held before there was a register comes into it."""

import datetime as dt
from importlib import import_module

import pytest
from django.db import connection

from collection_ops.core import clock
from compliance.breaching.kinds import severity_of
from compliance.models import Breach, BreachCase
from compliance.rules.packs import pack_names, shipped
from compliance.services.breaches import OF_THE_LOG
from compliance.services.log import record_past
from tests.compliance.conftest import Person, monday

pytestmark = pytest.mark.django_db
migration = import_module("compliance.migrations.0027_breach_register_and_incidents")


def test_breaches_of_the_log_come_into_the_register_with_days_that_run_from_now(person: Person) -> None:
    attempt = record_past(
        case=person.card, point=person.mobile, channel="call", result="no_answer", started_at=monday("11:00"), actor=None,
        now=monday("11:30"), org="agency-a",
    )  # fmt: skip
    assert not BreachCase.objects.exists()
    for rule, state in (("CN-T-01", "open"), ("CN-B-05", "open"), ("CN-F-04A", "withdrawn")):
        Breach.objects.create(attempt=attempt, pack="CN-DEFAULT", rule=rule, state=state, found_at=monday("11:30"))
    with connection.cursor() as cursor:
        cursor.execute(migration.FILL)
    rows = {row.kind: row for row in BreachCase.objects.all()}
    today = clock.business_date(clock.now())
    found = {kind: (row.severity, row.state, (row.due_on - today).days) for kind, row in rows.items()}
    assert found == {"CN-T-01": (2, "open", 7), "CN-B-05": (3, "open", 3), "CN-F-04A": (1, "withdrawn", 15)}
    assert {(row.org, row.found_on, row.what) for row in rows.values()} == {("agency-a", dt.date(2026, 3, 2), "")}
    steps = rows["CN-F-04A"].steps.order_by("pk").values_list("kind", flat=True)
    assert sorted(steps) == ["opened", "withdrawn"]


def test_the_migration_weighs_as_the_table_does() -> None:
    of_the_log = [
        rule.id
        for pack in pack_names()
        for rule in shipped(pack).rules
        if rule.kind.name in OF_THE_LOG and rule.verdict in ("block", "report")
    ]
    weighed = {rule: 3 if rule in migration.CRITICAL else 1 if rule in migration.MINOR else 2 for rule in of_the_log}
    assert weighed == {rule: severity_of(rule) for rule in of_the_log}
