"""Two people approve one version at the same moment: one does, the other is told."""

from threading import Barrier

import pytest
from django.db import IntegrityError, connection

from cases.models import DeskGrace
from collection_ops.core.models import AuditEvent
from tests.core.races import at_once
from tests.vendors.contracts.made import DAY, NOW, make_agency, make_contract, make_submitted
from vendors.contracts import drafting
from vendors.contracts.drafting import ContractRefused, approve_version, draft_version
from vendors.contracts.reading import ROWS
from vendors.models import ContractVersion

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version(vendor_manager) -> ContractVersion:
    return make_submitted(make_contract(make_agency(), vendor_manager), vendor_manager, grace_days=3)


def both(version, finance, manager) -> list[object]:
    return at_once(
        *(lambda actor=actor: approve_version(version=version, actor=actor, now=NOW, day=DAY).state
          for actor in (finance, manager))
    )  # fmt: skip


def test_one_approves_and_the_other_is_told(version, finance, manager):
    answers = both(version, finance, manager)
    told = [answer for answer in answers if isinstance(answer, ContractRefused)]
    assert len(told) == 1 and "不在待批准" in str(told[0])
    assert DeskGrace.objects.count() == 1
    assert AuditEvent.objects.filter(action="contract.approved").count() == 1


@pytest.fixture
def without_lock(monkeypatch):
    """Nobody waits: each has read the version before either writes."""
    met = Barrier(2)

    def unlocked(asked):
        found = (
            ContractVersion.objects.select_related("contract__agency__desk").prefetch_related(*ROWS).get(pk=asked.pk)
        )
        met.wait(timeout=10)
        return found

    monkeypatch.setattr(drafting, "held", unlocked)


def test_twin_without_the_lock_the_table_still_keeps_the_first_but_with_no_word_for_people(
    version, finance, manager, without_lock
):
    answers = both(version, finance, manager)
    assert [type(answer) for answer in answers if not isinstance(answer, str)] == [IntegrityError]


def test_twin_with_both_guards_off_both_approve(version, finance, manager, without_lock):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vendors_contractversion DISABLE TRIGGER vendors_contractversion_kept")
        cursor.execute("ALTER TABLE cases_deskgrace DROP CONSTRAINT desk_grace_once")
    try:
        both(version, finance, manager)
        assert AuditEvent.objects.filter(action="contract.approved").count() == 2
    finally:
        DeskGrace.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE vendors_contractversion ENABLE TRIGGER vendors_contractversion_kept")
            cursor.execute(
                "ALTER TABLE cases_deskgrace ADD CONSTRAINT desk_grace_once UNIQUE (desk_id, effective_from, set_at)"
            )


def test_two_drafts_at_once_are_one(vendor_manager, manager):
    contract = make_contract(make_agency(), vendor_manager)
    answers = at_once(
        *(lambda: draft_version(contract=contract, actor=vendor_manager, now=NOW, day=DAY).number for _n in range(2))
    )
    assert sorted(map(str, answers))[0] == "1" and sum(isinstance(one, ContractRefused) for one in answers) == 1
