"""A week is drawn: what makes a talk likelier, that nothing is drawn twice, and that the draw can be made again."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from cases.models import Promise
from collection_ops.core.models import Notification, User
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.models import About, GateDecision, QualityCheck, SampleBatch, SamplingPlan, TrainingCertificate
from compliance.quality.batches import discard_batch, draw_batch, issue_batch, replay
from compliance.quality.gathering import gather
from compliance.quality.plans import plan_on, save_plan
from compliance.quality.reasons import DEFAULT_WEIGHTS
from compliance.quality.reference import seed_quality
from compliance.quality.refusals import QualityRefused
from compliance.wordcheck.judging import call_harmless
from compliance.wordcheck.scanning import read_new
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import monday
from tests.compliance.quality.builders import NEXT_WEEK, SUNDAY, drawn, talked, week_of_talks

pytestmark = pytest.mark.django_db
FIRST = monday("00:00").date()


@pytest.fixture(autouse=True)
def _plan(collector: User) -> None:
    seed_quality()
    old = make_case(desk=desk_of(collector))
    talked(old, collector, monday("09:00") - dt.timedelta(days=60))  # no new starter


def reasons() -> dict[int, tuple[str, ...]]:
    return {talk.attempt: talk.reasons for talk in gather(first=FIRST, last=SUNDAY, plan=plan_on(SUNDAY))}


def test_each_reason_is_seen_where_it_is_and_nowhere_else(
    collector: User, team_leader: User, compliance_officer: User
) -> None:
    def case():
        return make_case(desk=desk_of(collector))

    plain = talked(case(), collector, monday("10:00"))
    long = talked(case(), collector, monday("10:10"), seconds=600)
    short = talked(case(), collector, monday("10:30"), seconds=19)
    brief = talked(case(), collector, monday("10:31"), seconds=19, result="third_party")  # nobody spoke of a debt
    late = talked(case(), collector, monday("10:40"), late_minutes=7)
    unrecorded = talked(case(), collector, monday("10:50"), detail={"recording_ref": "", "no_recording": True})
    refused, earlier = case(), case()
    for one, at in ((refused, "10:31"), (earlier, "09:59")):
        GateDecision.objects.create(
            debtor=one.loan.debtor, case=one, actor=collector, channel="call", purpose="demand", decided_at=monday(at),
            verdict="block", facts={},
        )  # fmt: skip
    after, long_after = talked(refused, collector, monday("11:00")), talked(earlier, collector, monday("11:00"))
    promised, kept = case(), case()
    for one, state, paid in ((promised, "broken", 0), (kept, "kept", 50)):
        Promise.objects.create(
            case=one, amount=50, enough=50, made_on=FIRST, due_on=FIRST, counts_until=FIRST, owed=100, stage=2, paid=paid,
            made_at=monday("11:12"), state=state, settled_on=FIRST + dt.timedelta(days=1),
        )  # fmt: skip
    broke, held = talked(promised, collector, monday("11:10")), talked(kept, collector, monday("11:10"))
    TrainingCertificate.objects.filter(user=team_leader).update(recorded_at=monday("08:00", day=1))
    fresh = talked(case(), team_leader, monday("11:20"))
    missed = talked(case(), collector, monday("11:30"), result="no_answer")
    worded = talked(case(), collector, monday("11:40"), note="骂他老赖")
    harmless = talked(case(), collector, monday("11:50"), note="路过老赖饭店")
    read_new(now=NEXT_WEEK)
    call_harmless(hit=harmless.wording_hits.get(), reason="店名", actor=compliance_officer, now=NEXT_WEEK)
    assert reasons() == {
        plain.pk: (), long.pk: ("long",), short.pk: ("short_effective",), brief.pk: (), late.pk: ("late_note",),
        unrecorded.pk: ("no_recording",), after.pk: ("refused",), long_after.pk: (), broke.pk: ("broken_promise",),
        held.pk: (), fresh.pk: ("new_starter",), worded.pk: ("wording",), harmless.pk: (),
    }  # fmt: skip
    assert missed.pk not in reasons()


def test_a_complaint_of_the_debtor_or_about_the_person_counts_until_it_is_found_untrue(
    collector: User, team_leader: User
) -> None:
    mine, other = make_case(desk=desk_of(collector)), make_case(desk=desk_of(team_leader))
    talked(other, team_leader, monday("09:00") - dt.timedelta(days=60))
    first, second = talked(mine, collector, monday("10:00")), talked(other, team_leader, monday("10:00"))
    complaint = receive(
        said=Said(source="hotline", type="threat", narrative="骂人", received_at=monday("12:00")),
        whose=Whose(debtor=other.loan.debtor, case=other), accused=[Accused(About.COLLECTOR, collector)], actor=None,
        now=monday("12:00"),
    )  # fmt: skip
    assert reasons() == {first.pk: ("complaint",), second.pk: ("complaint",)}  # about the person; of the debtor
    type(complaint).objects.filter(pk=complaint.pk).update(
        state="closed", outcome="not_upheld", decided_at=NEXT_WEEK, closed_at=NEXT_WEEK, handler=team_leader
    )
    assert reasons() == {first.pk: (), second.pk: ()}


def test_a_week_is_drawn_issued_and_never_drawn_twice(collector: User, compliance_officer: User) -> None:
    week_of_talks(collector, 45)  # 5 %: 2.25, so three
    batch = drawn(issue=False)
    assert (batch.candidates, batch.drawn, batch.checks.count()) == (45, 3, 3)
    assert batch.strata[0]["drawn"] == 3
    assert not Notification.objects.filter(kind="quality.issued").exists()
    with pytest.raises(QualityRefused, match="已按方案抽足"):
        draw_batch(first=FIRST, last=SUNDAY, actor=compliance_officer, now=NEXT_WEEK)
    issue_batch(batch=batch, actor=None, now=NEXT_WEEK)
    assert Notification.objects.filter(kind="quality.issued").get().user == compliance_officer
    with pytest.raises(QualityRefused, match="已下发"):
        discard_batch(batch=batch, actor=compliance_officer, now=NEXT_WEEK)
    with pytest.raises(DatabaseError), transaction.atomic():
        batch.checks.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        one = batch.checks.first()
        QualityCheck.objects.create(
            batch=batch, attempt=one.attempt, user=collector, talked_on=FIRST, probability=1, state="waiting"
        )


def test_a_batch_is_drawn_again_from_what_was_looked_at_then(collector: User, compliance_officer: User) -> None:
    made = week_of_talks(collector, 60)
    batch = drawn()
    assert replay(batch)[1]
    # What becomes known later changes nothing of it, nor does a talk told about later.
    type(made[0]).objects.filter(pk__in=[one.pk for one in made]).update(late_minutes=90)
    week_of_talks(collector, 3)
    assert replay(batch)[1]
    kept = batch.checks.first()
    QualityCheck.objects.filter(pk=kept.pk).update(weight=99)
    assert not replay(batch)[1]
    SampleBatch.objects.filter(pk=batch.pk).update(seed="other")
    batch.refresh_from_db()
    assert not replay(batch)[1]


def test_a_discarded_draft_gives_its_talks_back(collector: User, compliance_officer: User) -> None:
    week_of_talks(collector, 3)
    batch = drawn(issue=False)
    batch = discard_batch(batch=batch, actor=compliance_officer, now=NEXT_WEEK)
    assert not batch.checks.exists()
    assert replay(batch)[1]
    assert drawn(issue=False).drawn == 2


def test_days_that_cannot_be_drawn_are_refused(collector: User) -> None:
    for first, last, words in (
        (SUNDAY, FIRST, "不能早于"),
        (FIRST, NEXT_WEEK.date(), "已经过去"),
        (FIRST - dt.timedelta(days=31), FIRST, "最多抽 31 天"),
        (FIRST, SUNDAY, "没有已记录的通话"),
    ):
        with pytest.raises(QualityRefused, match=words):
            draw_batch(first=first, last=last, actor=None, now=NEXT_WEEK)


def test_the_number_of_queries_does_not_grow_with_the_talks(collector: User) -> None:
    def queries(count: int) -> int:
        week_of_talks(collector, count)
        with (
            transaction.atomic(),
            CaptureQueriesContext(
                connection,
            ) as caught,
        ):
            drawn(issue=False)
            transaction.set_rollback(True)
        return len(caught)

    assert queries(3) == queries(60) <= 25


def test_a_plan_holds_from_its_day_on_and_is_never_changed(compliance_officer: User) -> None:
    typed = {
        "collector_share": "10", "agency_share": "2.5", "least": "1", "most": "5", "long_minutes": "8",
        "short_seconds": "15", "starter_days": "20", **{f"weight_{code}": "1" for code in DEFAULT_WEIGHTS},
    }  # fmt: skip
    day = NEXT_WEEK.date()

    def save(**changes: str) -> SamplingPlan:
        return save_plan(
            typed={**typed, **changes}, valid_from=day, reason="新人多", actor=compliance_officer, now=NEXT_WEEK
        )

    before, plan = plan_on(day), save()
    assert (plan_on(day), plan_on(SUNDAY)) == (plan, before)
    for changes, field in (
        ({"least": "9"}, "least"), ({"collector_share": "101"}, "collector_share"), ({"agency_share": "x"}, "agency_share"),
        ({"weight_long": "-1"}, "weight_long"), ({"agency_share": "NaN"}, "agency_share"),
    ):  # fmt: skip
        with pytest.raises(QualityRefused) as refused:
            save(**changes)
        assert refused.value.field == field
    with pytest.raises(QualityRefused, match="早于今天"):
        save_plan(typed=typed, valid_from=SUNDAY, reason="x", actor=compliance_officer, now=NEXT_WEEK)
    with pytest.raises(DatabaseError), transaction.atomic():
        SamplingPlan.objects.filter(pk=plan.pk).update(least=0)


def test_the_command_draws_shows_and_compares(collector: User) -> None:
    week_of_talks(collector, 45)

    def run(*args: str) -> dict:
        out = StringIO()
        call_command("sample_quality", *args, "--json", stdout=out)
        return json.loads(out.getvalue())

    days = ("--from", str(FIRST), "--to", str(SUNDAY), "--seed", "s")
    shown = run(*days, "--dry-run")
    assert not SampleBatch.objects.exists()
    made = run(*days)
    assert made["checks"] == shown["checks"]
    assert run("--replay", str(made["batch"])) == {"batch": made["batch"], "drawn": 3, "same": True}
    QualityCheck.objects.update(weight=50)
    with pytest.raises(SystemExit):
        run("--replay", str(made["batch"]))
