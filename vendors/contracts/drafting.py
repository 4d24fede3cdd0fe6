"""Contracts and their versions: registered, drafted, saved, submitted, approved by somebody else.

Every act locks the contract first (registering: the agency), looks again, and writes with its audit row in one transaction.
A draft belongs to whoever made it: nobody else changes or submits it, so whoever wrote it is the one who may not approve.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.services.grace import set_desk_grace
from collection_ops.core.access import has
from collection_ops.core.clock import month_after
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.wording import sentences
from vendors.contracts.reading import ROWS, digest_of, document_of, terms_of
from vendors.contracts.terms import Band, Event, FeeRow, Step, Terms, faults, faults_of_targets
from vendors.models import (
    Agency,
    AgencyEvaluation,
    AgencyState,
    BenchRun,
    CoefficientStep,
    Contract,
    ContractTarget,
    ContractVersion,
    EvaluationKind,
    EvaluationResult,
    EventPrice,
    FeeBandRow,
    FeeTableRow,
    Settlement,
    VersionState,
)

APPROVE = "contracts.approve"
EVALUATION_DAYS = 365
"""CN-A-03: a renewal needs an evaluation that is no older."""
MOST_GRACE = 60
"""As the table of graces of desks holds."""
OPEN = (VersionState.DRAFT, VersionState.SUBMITTED)


class ContractRefused(Exception):
    """Nothing was changed. `reasons`: sentences that say what to do; `field`: the entry that is meant, or empty."""

    def __init__(self, *reasons: Any, field: str = "") -> None:
        self.reasons = [str(one) for one in reasons]
        self.field = field
        super().__init__(sentences(self.reasons))


# A contract --------------------------------------------------------------------------------------------------------


def register_contract(
    *, agency: Agency, number: str, starts_on: date, ends_on: date, actor: User, day: date
) -> Contract:
    """An agreement with an agency for a period. `day`: the business day. Raises ContractRefused: number missing or taken,
    periods that overlap, an agency that leaves, a renewal without an evaluation (CN-A-03)."""
    number = number.strip()
    if not number:
        raise ContractRefused(_("请填写合同编号"), field="number")
    if ends_on < starts_on:
        raise ContractRefused(_("结束日期不能早于开始日期"), field="ends_on")
    with transaction.atomic():
        agency = Agency.objects.select_for_update().get(pk=agency.pk)
        if agency.state in (AgencyState.EXITING, AgencyState.EXITED):
            said = {"agency": agency.name, "state": agency.get_state_display()}
            raise ContractRefused(_("%(agency)s %(state)s，不能再登记合同") % said, field="agency")
        others = list(Contract.objects.filter(agency=agency).order_by("starts_on"))
        for other in others:
            if starts_on <= other.ends_on and other.starts_on <= ends_on:
                known = {"number": other.number, "first": other.starts_on, "last": other.ends_on}
                raise ContractRefused(
                    _("与合同 %(number)s（%(first)s 至 %(last)s）的期间重叠，请改期间") % known, field="starts_on"
                )
        if any(other.ends_on < starts_on for other in others):
            _check_evaluated(agency, day)
        try:
            with transaction.atomic():
                contract = Contract.objects.create(
                    agency=agency, number=number, starts_on=starts_on, ends_on=ends_on, created_by=actor
                )
        except IntegrityError as taken:
            raise ContractRefused(_("合同编号 %(number)s 已登记过") % {"number": number}, field="number") from taken
        audit.record(
            action="contract.registered",
            actor=actor,
            obj=contract,
            data={
                "agency": agency.pk, "number": number, "starts_on": starts_on.isoformat(),
                "ends_on": ends_on.isoformat(),
            },
        )  # fmt: skip
    return contract


def _check_evaluated(agency: Agency, day: date) -> None:
    """A visit to the site is no evaluation of compliance, effect and security."""
    newest = (
        AgencyEvaluation.objects.filter(agency=agency, done_on__lte=day)
        .exclude(kind=EvaluationKind.ONSITE)
        .order_by("-done_on", "-pk")
        .first()
    )
    if newest is None or (day - newest.done_on).days > EVALUATION_DAYS:
        raise ContractRefused(
            _("续约前须有 %(days)d 天内的机构评价(CN-A-03)，请先评价该机构") % {"days": EVALUATION_DAYS}, field="agency"
        )
    if newest.result == EvaluationResult.TERMINATE:
        said = {"day": newest.done_on}
        raise ContractRefused(_("%(day)s 的评价结论是终止合作，不能续约(CN-A-03)") % said, field="agency")


# A draft -----------------------------------------------------------------------------------------------------------


def usual_terms(effective_from: date) -> Terms:
    """What a first draft begins with; nothing is in force until somebody agreed."""
    share = Decimal
    return Terms(
        version=0,
        effective_from=effective_from,
        rows=(
            FeeRow(
                1,
                (
                    Band(share(0), share("0.10")),
                    Band(share("0.05"), share("0.15")),
                    Band(share("0.10"), share("0.20")),
                ),
            ),
        ),
        coefficient=(Step(share(0), share("0.8")), Step(share(60), share("0.9")), Step(share(85), share(1))),
        events={
            Event.COMPLAINT: share(500),
            Event.BREACH: share(200),
            Event.CRITICAL_BREACH: share(2000),
            Event.LATE_FILE: share(50),
        },
    )


def draft_version(*, contract: Contract, actor: User, now: datetime, day: date, empty: bool = False) -> ContractVersion:
    """A draft: a copy of the contract's newest version (withdrawn ones too, so that nothing is typed twice), else of the
    newest that was agreed with the agency, else or with `empty` the usual terms. One open draft a contract."""
    with transaction.atomic():
        contract = Contract.objects.select_for_update(of=("self",)).select_related("agency").get(pk=contract.pk)
        versions = list(contract.versions.order_by("number"))
        for one in versions:
            if one.state in OPEN:
                raise ContractRefused(
                    _("版本 v%(number)d 还在%(state)s，请先处理它") % _named(one),
                )
        effective_from = _first_day(contract, versions, day)
        source = None if empty else _to_copy(contract, versions)
        terms = terms_of(source) if source is not None else usual_terms(effective_from)
        version = ContractVersion.objects.create(
            contract=contract,
            number=versions[-1].number + 1 if versions else 1,
            effective_from=effective_from,
            made_by=actor,
            made_at=now,
        )
        _write(version, replace(terms, version=version.pk, effective_from=effective_from))
        audit.record(
            action="contract.drafted",
            actor=actor,
            obj=version,
            data={"contract": contract.number, "number": version.number, "copied_from": source.pk if source else None},
        )
    return version


def _to_copy(contract: Contract, versions: list[ContractVersion]) -> ContractVersion | None:
    if versions:
        return versions[-1]
    earlier = ContractVersion.objects.filter(contract__agency=contract.agency, state=VersionState.APPROVED)
    return earlier.order_by("-effective_from", "-pk").first()


def _first_day(contract: Contract, versions: list[ContractVersion], day: date) -> date:
    """The contract's first day for the first version, else the first of a month to come, within the contract."""
    approved = [one.effective_from for one in versions if one.state == VersionState.APPROVED]
    if not approved:
        return contract.starts_on
    return min(max(month_after(day), max(approved) + timedelta(days=1)), contract.ends_on)


def save_version(
    *, version: ContractVersion, terms: Terms, note: str, based_on: str, actor: User, now: datetime
) -> ContractVersion:
    """The whole document at once. `based_on`: digest of the terms that were looked at. A draft may be incomplete; what it
    lacks is said when it is submitted. Raises ContractRefused."""
    with transaction.atomic():
        version = held(version)
        not_own = list(_against_changing(version, actor))
        if not_own:
            raise ContractRefused(*not_own)
        before = terms_of(version)
        if digest_of(before) != based_on:
            raise ContractRefused(_("草稿已在别处改过，请打开最新的草稿再改；本页填写的内容未保存"))
        wrong = list(limits(terms))
        if wrong:
            raise ContractRefused(*wrong)
        version.note = note.strip()[:400]
        version.made_by, version.made_at = actor, now
        _write(version, terms)
        audit.record(
            action="contract.saved",
            actor=actor,
            obj=version,
            data={"number": version.number, "before": document_of(before), "after": document_of(terms)},
        )
    return version


def limits(terms: Terms) -> Iterator[Any]:
    """What the tables cannot hold, a sentence each; a form says it earlier, beside the entry."""
    if terms.grace_days > MOST_GRACE:
        yield _("退案后宽限天数最多 %(most)d 天") % {"most": MOST_GRACE}
    for row in terms.rows:
        floors = [band.floor for band in row.bands]
        if len(floors) != len(set(floors)) or any(not 0 <= band.rate <= 1 or band.floor < 0 for band in row.bands):
            yield _("第 %(number)d 行：各档的回款率不能重复，费率在 0 与 100%% 之间") % {"number": row.number}
        if row.age_to is not None and row.age_to < row.age_from:
            yield _("第 %(number)d 行：账龄的上限小于下限") % {"number": row.number}
    steps = [step.floor for step in terms.coefficient]
    if len(steps) != len(set(steps)) or any(not 0 <= floor <= 100 for floor in steps):
        yield _("合规系数：得分在 0 与 100 之间，不能重复")
    if any(amount < 0 for amount in terms.events.values()):
        yield _("扣款与奖励都写正数")
    yield from faults_of_targets(terms.targets)


def _write(version: ContractVersion, terms: Terms) -> None:
    """The version and its rows as `terms` say; whatever was there goes. A dozen statements, however many rows."""
    version.effective_from = terms.effective_from
    version.grace_days, version.clawback_days = terms.grace_days, terms.clawback_days
    version.cap, version.tax_rate = terms.cap, terms.tax_rate
    version.rounding, version.least_attempts = terms.rounding, terms.least_attempts
    version.save()
    for kind in (FeeTableRow, CoefficientStep, EventPrice, ContractTarget):
        kind._default_manager.filter(version=version).delete()
    rows = FeeTableRow.objects.bulk_create(
        FeeTableRow(
            version=version, number=number, stages=sorted(row.stages), products=sorted(row.products),
            age_from=row.age_from, age_to=row.age_to, method=row.method,
        )
        for number, row in enumerate(terms.rows, 1)
    )  # fmt: skip
    FeeBandRow.objects.bulk_create(
        FeeBandRow(row=kept, floor=band.floor, rate=band.rate)
        for kept, row in zip(rows, terms.rows, strict=True)
        for band in row.bands
    )
    CoefficientStep.objects.bulk_create(
        CoefficientStep(version=version, floor=step.floor, factor=step.factor) for step in terms.coefficient
    )
    EventPrice.objects.bulk_create(
        EventPrice(version=version, event=event, amount=amount) for event, amount in terms.events.items()
    )
    ContractTarget.objects.bulk_create(
        ContractTarget(
            version=version, number=number, measure=one.measure, figure=one.figure, stages=sorted(one.stages)
        )
        for number, one in enumerate(terms.targets, 1)
    )
    version.refresh_from_db()  # the rows that were fetched with it are gone


# Agreeing ----------------------------------------------------------------------------------------------------------


def submit_version(*, version: ContractVersion, actor: User, now: datetime, day: date) -> ContractVersion:
    """From draft to the desk of those who approve. Raises ContractRefused with every sentence that speaks against it."""
    with transaction.atomic():
        version = held(version)
        terms = terms_of(version)
        wrong = list(against_submitting(version, terms, actor=actor, day=day))
        if wrong:
            raise ContractRefused(*wrong)
        version.state, version.submitted_at = VersionState.SUBMITTED, now
        version.save(update_fields=["state", "submitted_at"])
        audit.record(action="contract.submitted", actor=actor, obj=version, data=_told(version, terms))
    return version


def withdraw_version(*, version: ContractVersion, actor: User) -> ContractVersion:
    """A draft or a submitted version is given up; it stays to be read and copied. Raises ContractRefused."""
    with transaction.atomic():
        version = held(version)
        if version.state not in OPEN:
            raise ContractRefused(_("版本 v%(number)d %(state)s，不能撤回") % _named(version))
        was = version.state
        version.state = VersionState.WITHDRAWN
        version.save(update_fields=["state"])
        audit.record(
            action="contract.withdrawn", actor=actor, obj=version, data={"number": version.number, "was": str(was)}
        )
    return version


def approve_version(*, version: ContractVersion, actor: User, now: datetime, day: date) -> ContractVersion:
    """Puts a submitted version in force from its day on, and gives the agency's desk its days of grace from then. Raises
    ContractRefused: by whoever made it, without the right, without a trial of these very terms, and for every obstacle that
    has come up since it was submitted."""
    with transaction.atomic():
        version = held(version)
        terms = terms_of(version)
        wrong = list(against_approving(version, terms, actor=actor, day=day))
        if wrong:
            raise ContractRefused(*wrong)
        version.state, version.approved_by, version.approved_at = VersionState.APPROVED, actor, now
        version.save(update_fields=["state", "approved_by", "approved_at"])
        set_desk_grace(
            desk=version.contract.agency.desk,
            days=version.grace_days,
            effective_from=version.effective_from,
            actor=actor,
            now=now,
        )
        audit.record(action="contract.approved", actor=actor, obj=version, data=_told(version, terms))
    return version


def obstacles(version: ContractVersion, terms: Terms, *, day: date) -> Iterator[Any]:
    """What keeps these terms from being put in force, a sentence each. Two queries."""
    yield from faults(terms)
    yield from limits(terms)
    contract, begins = version.contract, terms.effective_from
    if not contract.starts_on <= begins <= contract.ends_on:
        period = {"first": contract.starts_on, "last": contract.ends_on}
        yield _("生效日期要在合同期 %(first)s 至 %(last)s 之内") % period
    last = contract.versions.filter(state=VersionState.APPROVED).order_by("-effective_from").first()
    if last is not None and begins <= last.effective_from:
        said = {"number": last.number, "day": last.effective_from}
        yield _("生效日期要晚于已生效的版本 v%(number)d（%(day)s）") % said
    if begins < day and Settlement.objects.filter(agency_id=contract.agency_id).exists():
        yield _("已按此前的版本结算过，生效日期不能早于今天 %(day)s") % {"day": day}


def against_submitting(version: ContractVersion, terms: Terms, *, actor: User, day: date) -> Iterator[Any]:
    """Why this person cannot submit this version today, a sentence each. Two queries."""
    not_own = list(_against_changing(version, actor))
    yield from not_own or obstacles(version, terms, day=day)


def against_approving(version: ContractVersion, terms: Terms, *, actor: User, day: date) -> Iterator[Any]:
    """Why this person cannot approve this version today, a sentence each. Three queries."""
    if version.state != VersionState.SUBMITTED:
        yield _("版本 v%(number)d %(state)s，不在待批准") % _named(version)
        return
    if not has(actor, APPROVE):
        yield _("没有批准合同版本的权限")
    if version.made_by_id == actor.pk:
        yield _("起草人不能批准自己的版本，请由另一人批准")
    if not BenchRun.objects.filter(version=version, digest=digest_of(terms)).exists():
        yield _("这个版本的现有条款还没有试算，请先试算并保存")
    yield from obstacles(version, terms, day=day)


def held(version: ContractVersion) -> ContractVersion:
    """The version as it is now, with its rows; nobody else touches the contract until the transaction ends."""
    contract = (
        Contract.objects.select_for_update(of=("self",)).select_related("agency__desk").get(pk=version.contract_id)
    )
    found = ContractVersion.objects.prefetch_related(*ROWS).get(pk=version.pk)
    found.contract = contract
    return found


def _against_changing(version: ContractVersion, actor: User) -> Iterator[Any]:
    if version.state != VersionState.DRAFT:
        yield _("版本 v%(number)d %(state)s，只有草稿可以修改或提交") % _named(version)
    elif version.made_by_id not in (None, actor.pk):
        said = {"name": version.made_by}
        yield _("这是 %(name)s 的草稿；要接手请撤回它，再照它起草一版") % said


def _named(version: ContractVersion) -> dict[str, Any]:
    return {"number": version.number, "state": version.get_state_display()}


def _told(version: ContractVersion, terms: Terms) -> dict[str, Any]:
    return {
        "number": version.number, "effective_from": terms.effective_from.isoformat(), "digest": digest_of(terms),
        "terms": document_of(terms),
    }  # fmt: skip
