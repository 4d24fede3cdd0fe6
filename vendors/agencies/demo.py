"""The demo's agencies: the one that has cases, one that is about to be admitted, and one that was stopped."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from cases.demo.play import AGENCY_DESK, Staff, staff_day
from cases.models import Desk
from collection_ops.core.access import users_with
from collection_ops.core.clock import month_after
from collection_ops.core.models import User
from compliance.demo_parts import at
from vendors.agencies import judging, papers, people, register
from vendors.agencies.credit_code import check_sign
from vendors.agencies.people import Certificate
from vendors.agencies.register import EDIT, JUDGE, Master
from vendors.contracts.drafting import APPROVE
from vendors.models import (
    Agency,
    CoefficientStep,
    Contract,
    ContractTarget,
    ContractVersion,
    DocumentKind,
    EvaluationKind,
    EvaluationResult,
    EventPrice,
    FeeBandRow,
    FeeTableRow,
    VersionState,
)

REGISTERED_AT = time(8, 30)
AGREED = {
    "purpose": "受托催收逾期贷款，不作他用",
    "term": "与委外合同相同，合同终止时同时终止",
    "method": "在委托方提供的系统内查看与拨打，不导出、不转存",
    "data_kinds": "姓名、脱敏电话、逾期金额与期数",
    "protection": "专区作业、分级授权、全程录音、数据加密",
    "audit": "委托方每季度检查一次，机构配合提供日志",
    "retention": "合同终止后 5 日内返还或删除，并出具删除证明",
}
PAST = {
    "licence": "经营范围含受托催收，未列入经营异常名录",
    "unlawful_record": "查询信用中国与裁判文书网，没有违法违规催收记录",
    "security": "终端管控、录音留存与权限分离符合要求",
    "finances": "近两年审计报告正常，无失信记录",
    "site": "独立作业区，门禁与监控完好",
    "staff": "作业人员均经培训考核，名册与社保一致",
}
SURNAMES = ("贺", "江", "罗", "舒", "温", "向", "严", "庄")


@dataclass(frozen=True)
class Profile:
    """`days` before the first day of the story the agency came to us; `code` of its desk."""

    code: str
    master: Master
    days: int
    people: int


def credit_code(number: int) -> str:
    """Well-formed, of an administrative division that does not exist."""
    body = f"91990000MA{number:07d}"
    return body + check_sign(body)


SONGFENG = Profile(
    AGENCY_DESK,
    Master(
        "松风资产管理有限公司", "松风集团", credit_code(2601), "400-555-0101", "https://songfeng.example/", "云杉路 18 号",
        "贺经理", "010-5555 0102", "contact@songfeng.example",
    ),
    days=400,
    people=5,
)  # fmt: skip
QINGHE = Profile(
    "agency-qinghe",
    Master("青禾信用服务有限公司", "", credit_code(2602), "400-555-0133", "", "青禾路 7 号", "江经理", "010-5555 0134"),
    days=20,
    people=3,
)
WANGHU = Profile(
    "agency-wanghu",
    Master("望湖催收服务有限公司", "松风集团", credit_code(2603), "400-555-0166", "", "望湖里 3 号", "罗经理"),
    days=300,
    people=2,
)


@staff_day
def register_agencies(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """On the first day that the story has one agency's desk and nobody has registered any."""
    desk = Desk.objects.filter(code=AGENCY_DESK, agency__isnull=True).first()
    if desk is None or Agency.objects.exists():
        return
    editor = users_with(EDIT).order_by("pk").first() or staff.supervisor
    judge = users_with(JUDGE).exclude(pk=editor.pk).order_by("pk").first() or staff.supervisor
    play_agencies(day=day, desk=desk, editor=editor, judge=judge)


def play_agencies(*, day: date, desk: Desk, editor: User, judge: User) -> list[Agency]:
    """松风, on whose desk cases are, works and was judged; 青禾 applies, and its page says what it lacks; 望湖 was stopped
    after an inspection. Everything is dated before `day`, on which it is written down.
    """
    return [
        _songfeng(day, desk, editor, judge),
        _qinghe(day, editor, judge),
        _wanghu(day, editor, judge),
    ]


def _songfeng(day: date, desk: Desk, editor: User, judge: User) -> Agency:
    """Its contract's second version counts from the first of the month after `day`: more is paid, and more is promised."""
    agency = admit(SONGFENG, day=day, editor=editor, judge=judge, desk=desk)
    dearer = Agreed(bands=(("0", "0.12"), ("0.05", "0.16"), ("0.10", "0.20")), targets=HIGHER)
    _version(Contract.objects.get(agency=agency), 2, month_after(day), dearer, editor, judge)
    return agency


def admit(profile: Profile, *, day: date, editor: User, judge: User, desk: Desk | None = None) -> Agency:
    """An agency that came long before `day`, has all its papers and a contract, was judged, and works from `day` on."""
    since = day - timedelta(days=profile.days)
    agency = _register(profile, day, editor, desk=desk)
    _papers(agency, day, since, editor)
    _checks(agency, day, since, judge)
    _people(agency, profile, day, since, editor)
    _evaluate(agency, day, day - timedelta(days=60), judge, EvaluationKind.YEARLY)
    _evaluate(agency, day, day - timedelta(days=45), judge, EvaluationKind.ONSITE)
    register.set_listing(agency=agency, listed_on=since, published_on=since, reason="", actor=editor)
    _contract(agency, f"WW-{agency.name[:2]}-01", since, day + timedelta(days=330), editor, judge)
    return register.activate(agency=agency, actor=judge, day=day)


def _qinghe(day: date, editor: User, judge: User) -> Agency:
    """An agreement without a word on what becomes of the data, no impact assessment, the security not yet looked at."""
    profile, since = QINGHE, day - timedelta(days=QINGHE.days)
    agency = _register(profile, day, editor)
    _paper(agency, DocumentKind.LICENCE, day, since, editor, number=profile.master.credit_code)
    _paper(
        agency, DocumentKind.DATA_AGREEMENT, day, since, editor, number="SJ-青禾-01", says={**AGREED, "retention": ""}
    )
    for kind in ("licence", "unlawful_record", "finances"):
        _check(agency, kind, day, since, judge)
    _people(agency, profile, day, since, editor)
    register.set_listing(agency=agency, listed_on=day, published_on=None, reason="", actor=editor)
    return agency


def _wanghu(day: date, editor: User, judge: User) -> Agency:
    profile, since = WANGHU, day - timedelta(days=WANGHU.days)
    agency = _register(profile, day, editor)
    _papers(agency, day, since, editor)
    _checks(agency, day, since, judge)
    _people(agency, profile, day, since, editor)
    register.set_listing(agency=agency, listed_on=since, published_on=since, reason="", actor=editor)
    _contract(agency, "WW-望湖-01", since, day + timedelta(days=160), editor, judge)
    register.activate(agency=agency, actor=judge, day=day)
    _evaluate(
        agency, day, day - timedelta(days=3), judge, EvaluationKind.ONSITE, EvaluationResult.LIMIT,
        compliance="抽听 20 通录音，2 通未表明身份；要求全员再培训",
    )  # fmt: skip
    return register.stop(agency=agency, reason="现场检查发现未表明身份，整改期间停止委案", actor=editor)


def _register(profile: Profile, day: date, editor: User, *, desk: Desk | None = None) -> Agency:
    code = "" if desk is not None else profile.code
    return register.register_agency(
        master=profile.master, desk=desk, code=code, actor=editor, now=at(day, REGISTERED_AT)
    )


def _papers(agency: Agency, day: date, since: date, editor: User) -> None:
    _paper(agency, DocumentKind.LICENCE, day, since, editor, number=agency.credit_code)
    _paper(agency, DocumentKind.DATA_AGREEMENT, day, since, editor, number=f"SJ-{agency.name[:2]}-01", says=AGREED)
    _paper(agency, DocumentKind.IMPACT_ASSESSMENT, day, since, editor, number=f"PG-{agency.name[:2]}-01")
    until = day + timedelta(days=150)
    _paper(agency, DocumentKind.SECURITY, day, since, editor, number=f"DB3-{agency.name[:2]}", valid_until=until)


def _paper(agency: Agency, kind: DocumentKind, day: date, signed_on: date, editor: User, **given: Any) -> None:
    papers.record_document(
        agency=agency, kind=kind, signed_on=signed_on, actor=editor, now=at(day, REGISTERED_AT), day=day, **given
    )


def _checks(agency: Agency, day: date, since: date, judge: User) -> None:
    for kind in PAST:
        _check(agency, kind, day, since, judge)


def _check(agency: Agency, kind: str, day: date, checked_on: date, judge: User) -> None:
    judging.record_check(
        agency=agency, kind=kind, passed=True, checked_on=checked_on, found=PAST[kind], actor=judge,
        now=at(day, REGISTERED_AT), day=day,
    )  # fmt: skip


def _people(agency: Agency, profile: Profile, day: date, since: date, editor: User) -> None:
    """Certificates of a year; those of the last two run out about when the story of a whole demo ends."""
    for number in range(profile.people):
        runs_out = {profile.people - 1: 140, profile.people - 2: 95}.get(number, 275 - 7 * number)
        certified_on = day + timedelta(days=runs_out - 365)
        people.record_person(
            agency=agency, employee_no=f"{profile.code[7:9].upper()}{number + 1:03d}", started_on=since,
            name=f"{SURNAMES[(number + len(profile.code)) % len(SURNAMES)]}一{'明敏强丽军'[number % 5]}",
            certificate=Certificate(
                f"WX{certified_on:%Y%m%d}-{number + 1}", certified_on, certified_on + timedelta(days=365)
            ),
            actor=editor, day=day,
        )  # fmt: skip


def _evaluate(
    agency: Agency,
    day: date,
    done_on: date,
    judge: User,
    kind: EvaluationKind,
    result: EvaluationResult = EvaluationResult.CONTINUE,
    *,
    compliance: str = "抽听录音与催记 60 通，未发现违规；投诉 1 件，不属实",
) -> None:
    judging.record_evaluation(
        agency=agency, kind=kind, done_on=done_on, compliance=compliance,
        effect="回款率与触达率达到合同约定，作业覆盖全部在手案件", security="未发现导出或外传，账号一人一号", result=result,
        actor=judge, now=at(day, REGISTERED_AT), day=day,
    )  # fmt: skip


def _contract(agency: Agency, number: str, starts: date, ends: date, editor: User, judge: User) -> None:
    """A contract with one approved version: a tenth of the money, more from a tenth of the debt on. Written here straight,
    with the days it has: the contracts' own services want a version that begins after today."""
    if Contract.objects.filter(agency=agency).exists():
        return
    contract = Contract.objects.create(
        agency=agency, number=number, starts_on=starts, ends_on=ends, created_by=editor,
        created_at=at(starts, REGISTERED_AT),
    )  # fmt: skip
    _version(contract, 1, starts, Agreed(), editor, judge)


Targets = tuple[tuple[str, str, tuple[int, ...]], ...]
STEPS = (("0", "0.80"), ("60", "0.90"), ("90", "1.00"))
PRICES = (("complaint", "500.00"), ("breach", "200.00"), ("critical_breach", "2000.00"))


@dataclass(frozen=True)
class Agreed:
    """A version's terms, as texts: bands and steps (from, share), what an event costs, targets (measure, figure, stages)."""

    bands: tuple[tuple[str, str], ...] = (("0", "0.10"), ("0.10", "0.15"))
    steps: tuple[tuple[str, str], ...] = STEPS
    prices: tuple[tuple[str, str], ...] = PRICES
    targets: Targets = (
        ("recovery", "5.00", (3, 4, 5)), ("recovery", "2.50", (6, 7)), ("contact", "25.00", ()),
        ("case_complaints", "10.00", ()),
    )  # fmt: skip


HIGHER: Targets = (
    ("recovery", "6.00", (3, 4, 5)), ("recovery", "3.00", (6, 7)), ("contact", "25.00", ()),
    ("case_complaints", "5.00", ()),
)  # fmt: skip


def _version(contract: Contract, number: int, since: date, agreed: Agreed, editor: User, judge: User) -> None:
    made_at, approved_at = at(since - timedelta(days=3), REGISTERED_AT), at(since - timedelta(days=1), time(16, 0))
    approver = users_with(APPROVE).exclude(pk=editor.pk).order_by("pk").first() or judge
    version = ContractVersion.objects.create(
        contract=contract, number=number, effective_from=since, made_by=editor, made_at=made_at
    )
    row = FeeTableRow.objects.create(version=version, number=1)
    FeeBandRow.objects.bulk_create(
        FeeBandRow(row=row, floor=Decimal(floor), rate=Decimal(rate)) for floor, rate in agreed.bands
    )
    CoefficientStep.objects.bulk_create(
        CoefficientStep(version=version, floor=Decimal(floor), factor=Decimal(factor)) for floor, factor in agreed.steps
    )
    EventPrice.objects.bulk_create(
        EventPrice(version=version, event=event, amount=Decimal(amount)) for event, amount in agreed.prices
    )
    ContractTarget.objects.bulk_create(
        ContractTarget(version=version, number=n, measure=measure, figure=Decimal(figure), stages=list(stages))
        for n, (measure, figure, stages) in enumerate(agreed.targets, start=1)
    )
    ContractVersion.objects.filter(pk=version.pk).update(
        state=VersionState.APPROVED, submitted_at=made_at + timedelta(hours=1), approved_by=approver,
        approved_at=approved_at,
    )  # fmt: skip
