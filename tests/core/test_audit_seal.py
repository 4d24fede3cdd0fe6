"""The chain finds each way of tampering, by somebody who may switch the triggers off; without tampering it is whole."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, AuditSeal, AuditSealEntry
from collection_ops.core.services import audit, audit_seal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def copy(settings, tmp_path):
    settings.AUDIT_SEAL_COPY = tmp_path / "seals" / "seals.jsonl"
    return settings.AUDIT_SEAL_COPY


def events(count, **kwargs):
    return [audit.record(action="test.done", actor=None, data={"n": n, "金额": "3.20"}, **kwargs) for n in range(count)]


def seal():
    return audit_seal.seal(now=clock.now())


def verify():
    return audit_seal.verify(now=clock.now())


def tamper(sql, *args):
    """As a superuser who knows how to get round the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for table in ("core_auditevent", "core_auditseal", "core_auditsealentry"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor.execute(sql, args)
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def chain(db):
    """Three seals over nine rows."""
    rows = []
    for _batch in range(3):
        rows += events(3)
        assert seal() == 3
    assert verify().is_whole
    return rows


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE core_auditevent SET action = 'x'",
        "DELETE FROM core_auditevent",
        "TRUNCATE core_auditevent CASCADE",
        "UPDATE core_auditseal SET digest = ''",
        "DELETE FROM core_auditsealentry",
    ],
)
def test_the_database_refuses_to_change_the_trail(chain, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending checks would refuse TRUNCATE before the trigger does
        cursor.execute(sql)
    assert verify().is_whole


def test_positions_have_no_gaps_and_every_row_is_sealed_once(chain):
    events(2)
    assert seal() == 2
    assert seal() == 0
    assert list(AuditSealEntry.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 12))
    assert AuditSeal.objects.count() == 4


def test_a_changed_row_is_named(chain):
    tamper("UPDATE core_auditevent SET actor_name = '别人' WHERE id = %s", chain[4].pk)
    [problem] = verify().problems
    assert (problem.kind, problem.event, problem.position, problem.seal) == ("tampered", chain[4].pk, 5, 2)


def test_changed_data_is_named(chain):
    tamper("UPDATE core_auditevent SET data = jsonb_set(data, '{n}', '9') WHERE id = %s", chain[0].pk)
    assert [p.event for p in verify().problems] == [chain[0].pk]


def test_a_deleted_row_is_named(chain):
    tamper("DELETE FROM core_auditevent WHERE id = %s", chain[1].pk)
    [problem] = verify().problems
    assert (problem.kind, problem.event) == ("missing", chain[1].pk)


def test_a_row_deleted_with_its_place_is_named_by_the_place(chain):
    tamper("DELETE FROM core_auditsealentry WHERE event_id = %s", chain[1].pk)
    tamper("DELETE FROM core_auditevent WHERE id = %s", chain[1].pk)
    problem = verify().problems[0]
    assert (problem.kind, problem.position) == ("entry_missing", 2)


def test_a_row_slipped_in_is_found_before_and_after_it_is_sealed(chain):
    late = AuditEvent.objects.create(action="test.forged", at=clock.now() - timedelta(days=30))
    assert [(p.kind, p.event) for p in verify().problems] == [("inserted", late.pk)]
    seal()
    assert [(p.kind, p.event) for p in verify().problems] == [("inserted", late.pk)]


def test_two_rows_that_changed_places_are_named(chain):
    a, b = chain[3].pk, chain[4].pk
    tamper("UPDATE core_auditsealentry SET event_id = -event_id, digest = digest WHERE event_id IN (%s, %s)", a, b)
    swap = "UPDATE core_auditsealentry SET event_id = CASE event_id WHEN %s THEN %s ELSE %s END WHERE event_id < 0"
    tamper(swap, -a, b, a)
    assert [p.kind for p in verify().problems] == ["tampered", "tampered"]


def test_places_recomputed_to_fit_break_the_seal(chain):
    row = chain[4]
    tamper("UPDATE core_auditevent SET actor_name = '别人' WHERE id = %s", row.pk)
    values = AuditEvent.objects.filter(pk=row.pk).values_list(*audit_seal.FIELDS).get()
    tamper("UPDATE core_auditsealentry SET digest = %s WHERE position = 5", audit_seal.row_digest(5, values))
    [problem] = verify().problems
    assert (problem.kind, problem.seal) == ("seal_broken", 2)


def _rewrite_whole_chain():
    """A forger who has all day: change a row, then recompute every digest."""
    AuditSealEntry.objects.count()
    tamper("UPDATE core_auditevent SET actor_name = '别人' WHERE id = (SELECT min(id) FROM core_auditevent)")
    previous = audit_seal.GENESIS
    for s in AuditSeal.objects.order_by("number"):
        digests = []
        for entry in AuditSealEntry.objects.filter(position__range=(s.first_position, s.last_position)).order_by(
            "position"
        ):
            values = AuditEvent.objects.filter(pk=entry.event_id).values_list(*audit_seal.FIELDS).get()
            digests.append(audit_seal.row_digest(entry.position, values))
            tamper("UPDATE core_auditsealentry SET digest = %s WHERE position = %s", digests[-1], entry.position)
        digest = audit_seal.seal_digest(
            number=s.number, first=s.first_position, last=s.last_position, previous=previous, digests=digests
        )
        tamper("UPDATE core_auditseal SET previous = %s, digest = %s WHERE number = %s", previous, digest, s.number)
        previous = digest


def test_a_chain_rewritten_from_end_to_end_is_found_by_the_outside_copy_only(chain, copy):
    _rewrite_whole_chain()
    assert [(p.kind, p.seal) for p in verify().problems] == [("rewritten", 1)]
    copy.unlink()
    assert verify().is_whole  # the twin: without the copy nobody could tell


def test_a_cut_tail_is_found_by_the_outside_copy_only(chain, copy):
    tamper("DELETE FROM core_auditsealentry WHERE position > 6")
    tamper("DELETE FROM core_auditseal WHERE number = 3")
    tamper("DELETE FROM core_auditevent WHERE id > %s", chain[5].pk)
    assert [(p.kind, p.seal) for p in verify().problems] == [("tail_cut", 3)]
    copy.unlink()
    assert verify().is_whole


def test_a_missing_seal_is_named(chain):
    tamper("DELETE FROM core_auditseal WHERE number = 2")
    assert verify().problems[0].kind == "seal_missing"


def test_a_row_that_commits_late_with_a_lower_number_is_sealed_by_the_next_run(chain):
    top = AuditEvent.objects.latest("id").pk
    AuditEvent.objects.create(id=top + 100, action="test.fast")
    assert seal() == 1
    AuditEvent.objects.create(id=top + 50, action="test.slow")
    assert seal() == 1
    assert verify().is_whole


def test_a_copy_that_could_not_be_written_is_made_good_by_the_next_run(chain, copy):
    copy.unlink()
    copy.mkdir()  # writing now fails, whoever we are
    events(1)
    assert seal() == 1
    copy.rmdir()
    seal()
    assert len(audit_seal.read_copy(copy)) == 4
    assert verify().is_whole


def test_the_copy_can_be_read_by_its_owner_only(chain, copy):
    assert copy.stat().st_mode & 0o077 == 0


def test_the_command_says_which_row_and_fails(chain, capsys):
    call_command("verify_audit")
    assert "whole" in capsys.readouterr().out
    tamper("UPDATE core_auditevent SET action = 'test.other' WHERE id = %s", chain[7].pk)
    with pytest.raises(SystemExit) as stop:
        call_command("verify_audit", "--json")
    assert stop.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert told["whole"] is False and told["problems"][0]["event"] == chain[7].pk


@pytest.mark.slow
def test_fifty_thousand_rows_are_sealed_where_the_statistics_say_that_there_are_none():
    """A row was compared with each entry then, and the sealer stood for six minutes, the verification for forty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE core_auditevent, core_auditsealentry")
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(action="test.load", object_type="cases.case", object_id=str(n), data={"n": n})
            for n in range(50_000)
        ],
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        # As when they are taken in the middle of another's transaction: pages are there, rows are not.
        cursor.execute("UPDATE pg_class SET reltuples = 0, relpages = 500 WHERE relname LIKE 'core_auditevent'")
        cursor.execute("UPDATE pg_class SET reltuples = 0, relpages = 100 WHERE relname LIKE 'core_auditsealentry'")
        cursor.execute("SET LOCAL statement_timeout = '60s'")
    assert seal() == 50_000
    assert verify().is_whole
