"""Taking in what a checker found: as a draft, or for good."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import CheckState, OpinionKind, QualityCheck, QualityOpinion, SecondState
from compliance.models.quality import CHECK
from compliance.quality.following import follow_result, lock_check, tell_result
from compliance.quality.form import Form, read_form
from compliance.quality.forms_of import form_in_force
from compliance.quality.refusals import QualityRefused
from compliance.quality.scoring import Scored, score
from compliance.quality.second import compare

SECOND_SHARE = Setting(
    "quality.second_share",
    label=gettext_lazy("质检盲样复评比例"),
    default=10,
    source=gettext_lazy("内控：校准质检员之间的尺度"),
    unit="%",
    least=0,
    most=100,
)
LEVELS = (0, 1, 2)
MOST_WORDS = 1000


@dataclass(frozen=True)
class Given:
    """What a checker filled in. `answers` by item: a level, or None for not applicable. `quotes`: by code of each critical
    error that was found, what was said."""

    answers: Mapping[str, int | None] = field(default_factory=dict)
    quotes: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""


def kind_for(check: QualityCheck, person: User) -> OpinionKind | None:
    """Which opinion of the check this person could give as things stand, or none. Expects the check with its opinions and
    appeal (`select_related("appeal")`, opinions prefetched)."""
    if not has(person, CHECK) or check.user_id == person.pk:
        return None
    own = next((one for one in check.opinions.all() if one.checker_id == person.pk), None)
    if own is not None and own.submitted_at is not None:
        return None
    if check.state in (CheckState.WAITING, CheckState.CHECKING):
        return OpinionKind.FIRST if check.checker_id in (None, person.pk) else None
    if check.state != CheckState.DONE:
        return None
    wanted = (
        OpinionKind.APPEAL
        if (appeal := getattr(check, "appeal", None)) is not None
        and not appeal.outcome
        and appeal.made_by_id != person.pk
        else OpinionKind.SECOND
        if check.second == SecondState.WANTED
        else None
    )
    if wanted is None or (own is not None and own.kind != wanted):
        return None
    taken = any(one.kind == wanted and one.checker_id != person.pk for one in check.opinions.all())
    return None if taken else wanted


def save_opinion(
    *, check: QualityCheck, kind: OpinionKind | str, given: Given, submit: bool, actor: User, now: datetime
) -> QualityOpinion:
    """Keep a draft of the first or second opinion, or submit it. (An appeal is decided by `appeals.decide_appeal`.) The
    first draft takes the check: nobody else works on it from then on.

    Raises QualityRefused: one's own talk, somebody else has it or has given this opinion, submitted already; answers that
    the form does not know, a critical error without a quote; on submitting, items without an answer.
    """
    with transaction.atomic():
        locked = lock_check(check)
        if kind_for(locked, actor) != kind or kind == OpinionKind.APPEAL:
            raise QualityRefused(_why_not(locked, actor))
        opinion = write_opinion(locked, OpinionKind(kind), given, submit=submit, actor=actor, now=now)
        if kind == OpinionKind.FIRST:
            locked.checker, locked.state = actor, CheckState.CHECKING
            if submit:
                _first_result(locked, opinion, actor, now)
            locked.save()
        elif submit:
            compare(locked, actor=actor, now=now)
    return opinion


def write_opinion(
    check: QualityCheck, kind: OpinionKind, given: Given, *, submit: bool, actor: User, now: datetime
) -> QualityOpinion:
    """The row of it; the check is locked. Raises QualityRefused as `save_opinion` does."""
    opinion = next((one for one in check.opinions.all() if one.kind == kind), None)
    if opinion is None:
        opinion = QualityOpinion(check_of=check, kind=kind, checker=actor, form=form_in_force())
    form = read_form(opinion.form.body)
    found = _judged(form, given, submit=submit)
    opinion.answers, opinion.comment = dict(given.answers), given.comment.strip()[:MOST_WORDS]
    opinion.critical = [one.code for one in form.critical if one.code in given.quotes]
    opinion.quotes = json.dumps({code: given.quotes[code].strip() for code in opinion.critical}, ensure_ascii=False)
    opinion.saved_at = now
    if submit:
        opinion.submitted_at, opinion.score, opinion.passed = now, found.score, found.passed
        audit.record(
            action="quality.scored",
            actor=actor,
            obj=check,
            data={"kind": str(kind), "score": str(found.score), "passed": found.passed, "critical": opinion.critical},
        )
    opinion.save()
    return opinion


def _first_result(check: QualityCheck, opinion: QualityOpinion, actor: User, now: datetime) -> None:
    check.state, check.done_at = CheckState.DONE, now
    check.score = check.first_score = opinion.score
    check.passed = check.first_passed = opinion.passed
    check.critical = opinion.critical
    if _is_for_second(check, SECOND_SHARE.on(clock.business_date(now))):
        check.second = SecondState.WANTED
    follow_result(check, opinion=opinion, actor=actor, now=now)
    if check.user is not None:
        tell_result(check, "quality.passed" if check.passed else "quality.failed")
    elif not check.passed:
        tell_result(check, "quality.agency_failed")


def _is_for_second(check: QualityCheck, share: int) -> bool:
    """By the seed of its batch: nobody chooses which checks are looked at twice."""
    digest = blake2b(f"second:{check.batch.seed}:{check.attempt_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) * 100 < share * 2**64


def _judged(form: Form, given: Given, *, submit: bool) -> Scored:
    known = {item.code: item for item in form.items}
    for code, level in given.answers.items():
        item = known.get(code)
        if item is None or (level not in LEVELS if level is not None else not item.na):
            raise QualityRefused(_("评分表没有这个选项，请刷新后重新填写"), code)
    errors = {one.code: one for one in form.critical}
    for code, quote in given.quotes.items():
        if code not in errors:
            raise QualityRefused(_("评分表没有这个致命错误，请刷新后重新填写"), f"critical_{code}")
        if not quote.strip() and submit:
            raise QualityRefused(_("“%(label)s”须摘录原话与时间点") % {"label": errors[code].label}, f"critical_{code}")
        if len(quote) > MOST_WORDS:
            raise QualityRefused(_("最多 %(most)d 字") % {"most": MOST_WORDS}, f"critical_{code}")
    if len(given.comment.strip()) > MOST_WORDS:
        raise QualityRefused(_("最多 %(most)d 字") % {"most": MOST_WORDS}, "comment")
    found = score(form, given.answers, given.quotes)
    if submit and found.open:
        left = {"count": len(found.open), "first": known[found.open[0]].label}
        raise QualityRefused(_("还有 %(count)d 项未评：%(first)s") % left, found.open[0])
    if submit and found.score is None:
        raise QualityRefused(_("至少一项须适用"))
    return found


def _why_not(check: QualityCheck, person: User) -> str:
    if not has(person, CHECK):
        return _("您没有质检的权限")
    if check.user_id == person.pk:
        return _("不能检查自己的通话")
    if any(one.checker_id == person.pk and one.submitted_at for one in check.opinions.all()):
        return _("您已提交过这次通话的评分")
    if check.state == CheckState.CHECKING:
        return _("这次通话已由 %(who)s 检查") % {"who": check.checker}
    if check.state == CheckState.DRAWN:
        return _("这个批次还没有下发")
    return _("这次通话已有评分，请刷新页面")
