"""Quality checks of the demo: the first week of calls drawn and partly checked, the second drawn and waiting; forbidden
wording that was found."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from random import Random

from cases.demo.play import Staff, staff_day
from collection_ops.core.access import users_with
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from compliance.demo_parts import at
from compliance.models import HitState, OpinionKind, QualityCheck, SampleBatch, SecondState, WordingHit
from compliance.models.quality import CHECK
from compliance.quality.appeals import acknowledge, make_appeal
from compliance.quality.batches import draw_batch
from compliance.quality.checking import SECOND_SHARE, Given, save_opinion
from compliance.quality.form import read_form
from compliance.quality.forms_of import form_in_force
from compliance.quality.reference import seed_quality
from compliance.quality.refusals import QualityRefused
from compliance.wordcheck.judging import confirm
from compliance.wordcheck.scanning import read_new

LOOKS_BACK = timedelta(days=7)
CHECKED = 7
GOOD = "开场规范，金额说明清楚；可多问一句客户的实际困难。"
POOR = "核实身份前已说明欠款，未告知异议途径；催记与录音不完全一致。"


@staff_day
def check_talks(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """One batch three days before the end, checked in part the day after; a draft on the last day that is played."""
    officer = users_with(CHECK).order_by("pk").first()
    if officer is None:
        return
    if days_left == 3:
        seed_quality()
        # More than the usual tenth: a few checks have to show what a second opinion is.
        set_value(
            SECOND_SHARE,
            40,
            effective_from=day,
            reason="启用质检，先多复评校准尺度",
            actor=officer,
            now=at(day, time(9, 0)),
        )
        _draw(day, officer, issue=True)
    if days_left == 2:
        _check(day, officer, random)
    if days_left == 1:
        _draw(day, officer, issue=False)
        _judge_words(day, officer)


def _draw(day: date, officer: User, *, issue: bool) -> SampleBatch | None:
    try:
        return draw_batch(
            first=day - LOOKS_BACK, last=day - timedelta(days=1), seed=f"demo-{day}", actor=officer,
            now=at(day, time(9, 30)), issue=issue,
        )  # fmt: skip
    except QualityRefused:
        return None  # a demo too small or too short to have talks


def _check(day: date, officer: User, random: Random) -> None:
    """The weightiest first. One fails, one has a critical error, one is begun; the rest passes."""
    form = read_form(form_in_force().body)
    rows: Iterable[QualityCheck] = (
        QualityCheck.objects.open().order_by("-weight", "attempt_id").exclude(user=None)[:CHECKED]
    )
    for number, check in enumerate(rows):
        now = at(day, time(10, 0)) + timedelta(minutes=12 * number)
        answers: dict[str, int | None] = {
            item.code: 2 if number != 1 and random.random() < 0.85 else 1 for item in form.items
        }
        quotes = {"threat": "00:21 “再不还，明天就去你单位找你”"} if number == 0 else {}
        comment = POOR if number < 2 else GOOD
        save_opinion(
            check=check, kind=OpinionKind.FIRST, given=Given(answers, quotes, comment), submit=number != CHECKED - 1,
            actor=officer, now=now,
        )  # fmt: skip
        if number in (1, 2) and check.user is not None:
            _answered(check, appeals=number == 1, now=now + timedelta(hours=2))


def _judge_words(day: date, officer: User) -> None:
    """What was written and said so far is read; of what is found one is a breach, the rest waits."""
    read_new(now=at(day, time(11, 0)))
    hit = WordingHit.objects.filter(state=HitState.NEW).exclude(attempt__actor=officer).order_by("pk").first()
    if hit is not None:
        confirm(hit=hit, reason="回听录音属实", actor=officer, now=at(day, time(11, 20)))


def _answered(check: QualityCheck, *, appeals: bool, now: datetime) -> None:
    check.refresh_from_db()
    assert check.user is not None
    if appeals and check.second != SecondState.DIFFERS:
        make_appeal(check=check, reason="00:40 已核实姓名与证件号后四位，之后才说明欠款", actor=check.user, now=now)
    else:
        acknowledge(check=check, actor=check.user, now=now)
