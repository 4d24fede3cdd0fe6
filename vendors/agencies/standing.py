"""Whether an agency may be given cases on a day, and why not (CN-A-01, 02, 03, 05, 08; CN-H-01 for its people). Pure.

What is dated later than the day is not known on it: a paper signed tomorrow helps tomorrow. Days count whole and their
ends are inside: an evaluation of 2025-03-01 is good through 2026-03-01 (365 days).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from collection_ops.core.wording import listed
from vendors.agencies.limits import Limits


class Matter(StrEnum):
    """What an obstacle or a warning is about; stable, for programs."""

    STATE = "state"
    LISTED = "listed"
    PUBLISHED = "published"
    CONTRACT = "contract"
    RECORD = "record"
    CHECK = "check"
    LICENCE = "licence"
    EVALUATION = "evaluation"
    AGREEMENT = "agreement"
    ASSESSMENT = "assessment"
    PAPER = "paper"
    PEOPLE = "people"
    RECTIFICATION = "rectification"


LABELS: Mapping[Matter, Promise] = {
    Matter.STATE: gettext_lazy("合作状态"),
    Matter.LISTED: gettext_lazy("名单"),
    Matter.PUBLISHED: gettext_lazy("公示"),
    Matter.CONTRACT: gettext_lazy("合同"),
    Matter.RECORD: gettext_lazy("违规记录"),
    Matter.CHECK: gettext_lazy("准入核查"),
    Matter.LICENCE: gettext_lazy("营业执照"),
    Matter.EVALUATION: gettext_lazy("机构评价"),
    Matter.AGREEMENT: gettext_lazy("数据协议"),
    Matter.ASSESSMENT: gettext_lazy("影响评估"),
    Matter.PAPER: gettext_lazy("文件到期"),
    Matter.PEOPLE: gettext_lazy("人员证书"),
    Matter.RECTIFICATION: pgettext_lazy("agency", "整改"),
}


@dataclass(frozen=True)
class Obstacle:
    """One rule that is not met (or soon will not be): what is so, and what to do, in the reader's words."""

    rule: str
    matter: Matter
    sentence: str
    what_to_do: str

    @property
    def label(self) -> str:
        return str(LABELS[self.matter])


@dataclass(frozen=True)
class Paper:
    """The newest document of a kind that was signed by the day. `says`: of a data agreement, what it agrees."""

    signed_on: date
    valid_until: date | None = None
    says: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """The newest check of a kind by the day."""

    passed: bool
    checked_on: date


@dataclass(frozen=True)
class Evaluated:
    kind: str
    done_on: date
    result: str


@dataclass(frozen=True)
class Agreed:
    """A contract; `approved_from`: from when its approved versions count."""

    number: str
    starts_on: date
    ends_on: date
    approved_from: tuple[date, ...] = ()

    def covers(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on

    def has_terms(self, day: date) -> bool:
        return any(since <= day for since in self.approved_from)


@dataclass(frozen=True)
class Undone:
    """A rectification for which nothing is placed since a day."""

    number: str
    since: date


@dataclass(frozen=True)
class Facts:
    """What stands in the register. Documents and checks by kind, the newest of each; evaluations oldest first;
    `record_on`: the newest record of unlawful collection that any check found; `required` and `expected`: kinds of checks
    with their names, `agreement_fields` what a data agreement has to say, by name."""

    state: str
    is_active: bool
    listed_on: date | None
    published_on: date | None
    hotline: str
    contracts: tuple[Agreed, ...] = ()
    documents: Mapping[str, Paper] = field(default_factory=dict)
    checks: Mapping[str, Checked] = field(default_factory=dict)
    record_on: date | None = None
    evaluations: tuple[Evaluated, ...] = ()
    people_without_certificate: int = 0
    undone: tuple[Undone, ...] = ()
    limits: Limits = field(default_factory=Limits)
    state_label: Any = ""
    check_labels: Mapping[str, Any] = field(default_factory=dict)
    document_labels: Mapping[str, Any] = field(default_factory=dict)
    agreement_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """`obstacles`: nothing may be placed while there is one. `warnings`: what will become one, or is only expected. True
    in a condition when the agency may be given cases."""

    obstacles: tuple[Obstacle, ...] = ()
    warnings: tuple[Obstacle, ...] = ()

    def __bool__(self) -> bool:
        return self.may_receive

    @property
    def may_receive(self) -> bool:
        return not self.obstacles

    @property
    def besides_state(self) -> tuple[Obstacle, ...]:
        """All that stands in the way of making the agency active."""
        return tuple(one for one in self.obstacles if one.matter != Matter.STATE)


RECORD_CHECK = "unlawful_record"
REQUIRED_CHECKS = ("licence", "security")
EXPECTED_CHECKS = ("finances", "site", "staff")
LICENCE, AGREEMENT, ASSESSMENT = "licence", "data_agreement", "impact_assessment"
JUDGED = ("licence", "data_agreement", "impact_assessment")
FULL_EVALUATIONS = ("yearly", "before_end")
"""An inspection on the spot looks at one thing; these two judge compliance, effect and security together."""

Rule = Callable[[Facts, date], Iterator[Obstacle]]


def standing(facts: Facts, day: date) -> Standing:
    """May the agency be given cases on `day`?"""
    return Standing(
        tuple(one for rule in OBSTACLES for one in rule(facts, day)),
        tuple(one for rule in WARNINGS for one in rule(facts, day)),
    )


# What stands in the way ---------------------------------------------------------------------------------------------


def _state(facts: Facts, day: date) -> Iterator[Obstacle]:
    if not facts.is_active:
        yield Obstacle(
            "CN-A-01",
            Matter.STATE,
            _("合作状态为“%(state)s”，不是“合作中”") % {"state": facts.state_label or facts.state},
            _("由合规或经理启用；停止委案的先恢复，退出的机构不再委案"),
        )


def _listed(facts: Facts, day: date) -> Iterator[Obstacle]:
    if facts.listed_on is None:
        yield Obstacle("CN-A-01", Matter.LISTED, _("未列入委外机构名单"), _("登记列入名单的日期"))
    elif facts.listed_on > day:
        said = _("%(day)s 才列入名单") % {"day": facts.listed_on}
        yield Obstacle("CN-A-01", Matter.LISTED, said, _("到该日再委案"))


def _published(facts: Facts, day: date) -> Iterator[Obstacle]:
    if not facts.limits.publish_required:
        return
    if facts.published_on is None:
        yield Obstacle("CN-A-01", Matter.PUBLISHED, _("未对外公示"), _("填写公示电话，登记对外公示的日期"))
    elif facts.published_on > day:
        said = _("%(day)s 才对外公示") % {"day": facts.published_on}
        yield Obstacle("CN-A-01", Matter.PUBLISHED, said, _("到该日再委案"))
    elif not facts.hotline.strip():
        yield Obstacle("CN-A-01", Matter.PUBLISHED, _("公示缺少联系电话"), _("填写公示电话"))


def contract_on(facts: Facts, day: date) -> Agreed | None:
    """The contract in force with terms, the one that lasts longest."""
    covering = [one for one in facts.contracts if one.covers(day) and one.has_terms(day)]
    return max(covering, key=lambda one: one.ends_on, default=None)


def _contract(facts: Facts, day: date) -> Iterator[Obstacle]:
    if contract_on(facts, day) is not None:
        return
    covering = [one for one in facts.contracts if one.covers(day)]
    ended = [one for one in facts.contracts if one.ends_on < day]
    coming = [one for one in facts.contracts if one.starts_on > day]
    if covering:
        said = _("合同 %(number)s 没有已批准且已生效的版本") % {"number": covering[0].number}
        yield Obstacle("CN-A-01", Matter.CONTRACT, said, _("起草合同版本，由财务或经理批准"))
    elif coming:
        next_one = min(coming, key=lambda one: one.starts_on)
        said = _("合同 %(number)s 于 %(day)s 才开始") % {"number": next_one.number, "day": next_one.starts_on}
        yield Obstacle("CN-A-01", Matter.CONTRACT, said, _("到该日再委案"))
    elif ended:
        last = max(ended, key=lambda one: one.ends_on)
        said = _("合同 %(number)s 已于 %(day)s 到期") % {"number": last.number, "day": last.ends_on}
        yield Obstacle("CN-A-01", Matter.CONTRACT, said, _("续签合同，或办理退出并收回案件"))
    else:
        yield Obstacle("CN-A-01", Matter.CONTRACT, _("没有委外合同"), _("登记合同并批准其版本"))


def years_later(day: date, years: int) -> date:
    """The same day of a later year; of 29 February, where there is none, the first of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _record(facts: Facts, day: date) -> Iterator[Obstacle]:
    check = facts.checks.get(RECORD_CHECK)
    clear_after = years_later(facts.record_on, facts.limits.lookback_years) if facts.record_on is not None else None
    if clear_after is not None and day <= clear_after:
        said = _("%(day)s 有违法违规催收记录，未满 %(years)s 年") % {
            "day": facts.record_on,
            "years": facts.limits.lookback_years,
        }
        what = _("%(day)s 之前不得委托；已委案件请安排退回") % {"day": clear_after + timedelta(days=1)}
        yield Obstacle("CN-A-02", Matter.RECORD, said, what)
    elif check is None:
        said = _("没有核查过违法违规催收记录")
        yield Obstacle("CN-A-02", Matter.RECORD, said, _("查询处罚与诉讼信息，登记核查结果"))
    elif not check.passed:
        said = _("%(day)s 的违法违规催收记录核查未通过") % {"day": check.checked_on}
        yield Obstacle("CN-A-02", Matter.RECORD, said, _("不得委托；情况消除后重新核查"))


def _checks(facts: Facts, day: date) -> Iterator[Obstacle]:
    for kind in (*REQUIRED_CHECKS, *EXPECTED_CHECKS):
        check, name = facts.checks.get(kind), facts.check_labels.get(kind, kind)
        if check is not None and not check.passed:
            said = _("“%(check)s”核查未通过（%(day)s）") % {"check": name, "day": check.checked_on}
            yield Obstacle("CN-A-02", Matter.CHECK, said, _("要求机构整改后重新核查"))
        elif check is None and kind in REQUIRED_CHECKS:
            said = _("没有核查“%(check)s”") % {"check": name}
            yield Obstacle("CN-A-02", Matter.CHECK, said, _("核查并登记结果"))


def _is_over(paper: Paper, day: date) -> bool:
    return paper.valid_until is not None and paper.valid_until < day


def expired_papers(facts: Facts, day: date) -> list[tuple[str, date]]:
    """(kind, last day) of each whose newest document is over."""
    return [
        (kind, paper.valid_until)
        for kind, paper in sorted(facts.documents.items())
        if paper.valid_until is not None and _is_over(paper, day)
    ]


def _licence(facts: Facts, day: date) -> Iterator[Obstacle]:
    paper = facts.documents.get(LICENCE)
    if paper is None:
        yield Obstacle("CN-A-02", Matter.LICENCE, _("没有营业执照"), _("登记营业执照及有效期"))
    elif _is_over(paper, day):
        said = _("营业执照已于 %(day)s 到期") % {"day": paper.valid_until}
        yield Obstacle("CN-A-02", Matter.LICENCE, said, _("登记新的营业执照"))


def _agreement(facts: Facts, day: date) -> Iterator[Obstacle]:
    paper = facts.documents.get(AGREEMENT)
    if paper is None:
        said = _("没有个人信息委托处理协议")
        yield Obstacle("CN-A-05", Matter.AGREEMENT, said, _("签署协议并登记其约定"))
        return
    if _is_over(paper, day):
        said = _("个人信息委托处理协议已于 %(day)s 到期") % {"day": paper.valid_until}
        yield Obstacle("CN-A-05", Matter.AGREEMENT, said, _("续签协议并登记"))
    empty = [str(name) for key, name in facts.agreement_fields.items() if not str(paper.says.get(key) or "").strip()]
    if empty:
        said = _("个人信息委托处理协议未约定：%(fields)s") % {"fields": listed(empty)}
        yield Obstacle("CN-A-05", Matter.AGREEMENT, said, _("补签协议，逐项约定后重新登记"))


def _assessment(facts: Facts, day: date) -> Iterator[Obstacle]:
    paper = facts.documents.get(ASSESSMENT)
    if paper is None:
        said = _("没有个人信息保护影响评估")
        yield Obstacle("CN-A-08", Matter.ASSESSMENT, said, _("委托前完成评估并登记报告"))
    elif _is_over(paper, day):
        said = _("个人信息保护影响评估已于 %(day)s 过期") % {"day": paper.valid_until}
        yield Obstacle("CN-A-08", Matter.ASSESSMENT, said, _("重新评估并登记报告"))


def working_since(facts: Facts) -> date | None:
    """From when the agency can have worked for the lender: the start of its first contract with approved terms. The first
    evaluation is due a year after it, so that listing an agency anew does not put it off."""
    starts = [max(one.starts_on, min(one.approved_from)) for one in facts.contracts if one.approved_from]
    return min(starts, default=None)


def _last(facts: Facts, *kinds: str) -> Evaluated | None:
    found = [one for one in facts.evaluations if one.kind in kinds]
    return max(found, key=lambda one: one.done_on, default=None)


def _evaluation(facts: Facts, day: date) -> Iterator[Obstacle]:
    if facts.evaluations and facts.evaluations[-1].result == "terminate":
        said = _("%(day)s 的评价结论为终止合作") % {"day": facts.evaluations[-1].done_on}
        yield Obstacle("CN-A-03", Matter.EVALUATION, said, _("办理退出；情况改变的重新评价"))
    most = facts.limits.evaluation_max_days
    last, since = _last(facts, *FULL_EVALUATIONS), working_since(facts)
    if since is None or (day - since).days <= most:
        return  # in its first year
    if last is None:
        said = _("合作已满 %(days)s 天，没有年度评价") % {"days": most}
        yield Obstacle("CN-A-03", Matter.EVALUATION, said, _("完成年度评价并登记"))
    elif (day - last.done_on).days > most:
        said = _("最近一次评价在 %(day)s，已超过 %(days)s 天") % {"day": last.done_on, "days": most}
        yield Obstacle("CN-A-03", Matter.EVALUATION, said, _("完成年度评价并登记"))


def _rectification(facts: Facts, day: date) -> Iterator[Obstacle]:
    for one in facts.undone:
        said = _("整改 %(number)s 逾期或多次不合格，%(day)s 起停止委案") % {"number": one.number, "day": one.since}
        yield Obstacle("CN-A-03", Matter.RECTIFICATION, said, _("完成整改，验收合格后恢复"))


# What will be, or is only expected ----------------------------------------------------------------------------------


def _evaluation_soon(facts: Facts, day: date) -> Iterator[Obstacle]:
    limits = facts.limits
    last, since = _last(facts, *FULL_EVALUATIONS), working_since(facts)
    if since is not None:
        begin = max(last.done_on, since) if last is not None else since
        age = (day - begin).days
        if limits.evaluation_warn_days <= age <= limits.evaluation_max_days:
            due = begin + timedelta(days=limits.evaluation_max_days)
            said = _("年度评价须在 %(day)s 前完成，逾期不得委案") % {"day": due}
            yield Obstacle("CN-A-03", Matter.EVALUATION, said, _("安排年度评价"))
    if facts.evaluations and facts.evaluations[-1].result == "limit":
        said = _("%(day)s 的评价结论为缩小范围") % {"day": facts.evaluations[-1].done_on}
        yield Obstacle("CN-A-03", Matter.EVALUATION, said, _("委案时减少数量或限定阶段"))
    contract = contract_on(facts, day)
    if contract is not None and (contract.ends_on - day).days <= limits.before_end_days:
        before_end = _last(facts, "before_end")
        if before_end is None or before_end.done_on < contract.starts_on:
            said = _("合同 %(number)s 将于 %(day)s 到期，没有到期前评价") % {
                "number": contract.number,
                "day": contract.ends_on,
            }
            yield Obstacle("CN-A-03", Matter.EVALUATION, said, _("续签前完成到期前评价"))
    year_ago = day - timedelta(days=365)
    onsite = sum(1 for one in facts.evaluations if one.kind == "onsite" and one.done_on >= year_ago)
    if since is not None and since < year_ago and onsite < limits.onsite_per_year:
        said = _("近一年现场检查 %(number)s 次，应有 %(wanted)s 次") % {
            "number": onsite,
            "wanted": limits.onsite_per_year,
        }
        yield Obstacle("CN-A-03", Matter.EVALUATION, said, _("安排现场检查"))


def _checks_expected(facts: Facts, day: date) -> Iterator[Obstacle]:
    for kind in EXPECTED_CHECKS:
        if kind not in facts.checks:
            said = _("没有核查“%(check)s”") % {"check": facts.check_labels.get(kind, kind)}
            yield Obstacle("CN-A-02", Matter.CHECK, said, _("核查并登记结果"))


def _papers_soon(facts: Facts, day: date) -> Iterator[Obstacle]:
    for kind, paper in facts.documents.items():
        if paper.valid_until is None:
            continue
        left, name = (paper.valid_until - day).days, facts.document_labels.get(kind, kind)
        if 0 <= left <= facts.limits.expiry_warn_days:
            said = _("“%(paper)s”将于 %(day)s 到期") % {"paper": name, "day": paper.valid_until}
            yield Obstacle(RULES_OF_PAPERS.get(kind, ""), Matter.PAPER, said, _("到期前登记新的文件"))
        elif left < 0 and kind not in JUDGED:
            said = _("“%(paper)s”已于 %(day)s 到期") % {"paper": name, "day": paper.valid_until}
            yield Obstacle(RULES_OF_PAPERS.get(kind, ""), Matter.PAPER, said, _("登记新的文件"))


RULES_OF_PAPERS = {
    "licence": "CN-A-02",
    "security": "CN-A-02",
    "data_agreement": "CN-A-05",
    "impact_assessment": "CN-A-08",
}


def _people(facts: Facts, day: date) -> Iterator[Obstacle]:
    number = facts.people_without_certificate
    if number:
        said = ngettext(
            "%(number)s 名在岗人员没有有效的培训证书", "%(number)s 名在岗人员没有有效的培训证书", number
        ) % {"number": number}
        yield Obstacle("CN-H-01", Matter.PEOPLE, said, _("要求机构完成培训，登记证书；未持证的不得作业"))


OBSTACLES: tuple[Rule, ...] = (
    *(_state, _listed, _published, _contract, _record, _checks, _licence, _agreement, _assessment, _evaluation),
    _rectification,
)
WARNINGS: tuple[Rule, ...] = (_evaluation_soon, _checks_expected, _papers_soon, _people)
