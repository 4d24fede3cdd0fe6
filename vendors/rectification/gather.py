"""What the rules look at: the same events that a settlement counts, and papers that have expired."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from vendors.agencies.gather import facts_of
from vendors.agencies.standing import expired_papers
from vendors.models import UNSETTLED, Agency, Rectification, RectificationFinding
from vendors.rectification import limits
from vendors.rectification.rules import Rule, Span, register_rule
from vendors.rectification.scorecards import CARDS, low_grades, problems_of
from vendors.rectification.targets import missed_twice
from vendors.rectification.targets import problems_of as targets_said
from vendors.settlement.events import Conduct, conduct_of


def _of_conduct(choose: Callable[[Conduct], Sequence[object]]) -> Callable[..., Mapping[int, Sequence[str]]]:
    def refs(agencies: Sequence[Agency], span: Span) -> Mapping[int, Sequence[str]]:
        found = conduct_of(agencies, span.first, span.last, span.known_by)
        return {pk: [str(one) for one in choose(conduct)] for pk, conduct in found.items()}

    return refs


def _papers(agencies: Sequence[Agency], span: Span) -> Mapping[int, Sequence[str]]:
    """The newest of its kind is over: named with its last day, since the next one that runs out is another matter."""
    return {
        pk: [f"{kind}:{until.isoformat()}" for kind, until in expired_papers(facts, span.day)]
        for pk, facts in facts_of(agencies, span.day).items()
    }


def seen_before(agencies: Sequence[Agency]) -> dict[tuple[int, str], set[str]]:
    """(agency id, rule) → references that its rectifications name, settled or not. One query."""
    found: dict[tuple[int, str], set[str]] = {}
    rows = RectificationFinding.objects.filter(rectification__agency__in=agencies).order_by()
    for agency, rule, refs in rows.values_list("rectification__agency_id", "rectification__rule", "refs"):
        found.setdefault((agency, rule), set()).update(ref for some in refs.values() for ref in some)
    return found


def waiting_now(agencies: Sequence[Agency]) -> set[tuple[int, str, date]]:
    """(agency id, rule, month) of those that are not settled: one at a time. One query."""
    rows = Rectification.objects.filter(agency__in=agencies, state__in=UNSETTLED)
    return set(rows.values_list("agency_id", "rule", "period"))


for rule in (
    Rule(
        "critical_breach", label=_("红线违规"), kind="breaches", least=limits.CRITICAL_LEAST,
        wording=_("%(month)s 发生 %(count)s 件红线违规"), refs=_of_conduct(lambda one: one.critical),
    ),
    Rule(
        "breaches", label=_("违规次数"), kind="breaches", least=limits.BREACHES_LEAST,
        wording=_("%(month)s 发生 %(count)s 件违规"), refs=_of_conduct(lambda one: one.breaches),
    ),
    Rule(
        "complaints", label=_("属实投诉"), kind="complaints", least=limits.COMPLAINTS_LEAST,
        wording=_("%(month)s 有 %(count)s 件投诉查明属实"), refs=_of_conduct(lambda one: one.complaints),
    ),
    Rule(
        "late_files", label=_("迟交联系记录"), kind="days", least=limits.LATE_LEAST,
        wording=_("%(month)s 有 %(count)s 天的联系记录迟交"), refs=_of_conduct(lambda one: one.late_days),
    ),
    Rule(
        "papers", label=_("文件到期"), kind="papers", least=limits.PAPERS_LEAST,
        wording=_("有 %(count)s 份文件已到期，未更新"), refs=_papers,
    ),
    Rule(
        "low_grade", label=_("评分卡评级过低"), kind="scorecards", least=None,
        wording=_("%(month)s 的评分卡评级过低"), refs=low_grades, problems=problems_of,
    ),
    Rule(
        "missed_targets", label=_("连续两月未达约定目标"), kind=CARDS, least=None,
        wording=_("%(month)s 与上月都未达成合同约定的目标"), refs=missed_twice, problems=targets_said,
    ),
):  # fmt: skip
    register_rule(rule)
