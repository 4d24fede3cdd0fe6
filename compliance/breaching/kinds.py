"""What was done wrong, and how grave it is: the families of forbidden conduct (CN-B-01), and the rules of the packs."""

from collections.abc import Mapping
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting
from compliance.models import BreachSeverity, ComplaintType
from compliance.rule_texts import spoken
from compliance.rules.packs import Rule, pack_names, shipped

CRITICAL, SERIOUS, MINOR = BreachSeverity.CRITICAL, BreachSeverity.SERIOUS, BreachSeverity.MINOR

LOOKING = "PI-07"
"""Personal data looked up or taken out without need (个保法 51)."""

CONDUCT: Mapping[str, str | Promise] = {
    "B01.1": _("冒用行政、司法机关名义"),
    "B01.2": _("暴力、威胁、侮辱、恐吓、跟踪、骚扰、误导、欺骗"),
    "B01.3": _("非法占有、处置财产"),
    "B01.4": _("散布隐私、违规公开个人信息"),
    "B01.5": _("向无还款义务的人催收"),
    "B01.6": _("其他不正当手段"),
    LOOKING: _("越权或无工作需要查询、导出个人信息"),
}

SEVERITY_OF: Mapping[str, BreachSeverity] = {
    # The first four families are red lines (CN-B-01), and what touches them.
    **dict.fromkeys(("B01.1", "B01.2", "B01.3", "B01.4"), CRITICAL),
    **dict.fromkeys(("B01.5", "B01.6", LOOKING), SERIOUS),
    **dict.fromkeys(("CN-B-01", "CN-B-05", "CN-S-06A"), CRITICAL),
}
"""Where the strength of the rule does not say it; the migration of the log had the same."""
BY_VERDICT: Mapping[str, BreachSeverity] = {"block": SERIOUS, "report": MINOR, "warn": MINOR, "record": MINOR}

OF_COMPLAINT: Mapping[str, str] = {
    ComplaintType.THREAT: "B01.2",
    ComplaintType.HARASSMENT: "B01.2",
    ComplaintType.IMPERSONATION: "B01.1",
    ComplaintType.DISCLOSURE: "B01.4",
    ComplaintType.DATA_USE: LOOKING,
    ComplaintType.THIRD_PARTY: "B01.5",
    ComplaintType.NOT_OWED: "B01.5",
    ComplaintType.HOURS: "CN-T-01",
}
"""Complaints about conduct: what an upheld one is a breach of. The others are about money, papers or the system."""

OF_CRITICAL: Mapping[str, str] = {
    "threat": "B01.2",
    "disclosure": "B01.4",
    "impersonation": "B01.1",
    "false_promise": "CN-B-04",
    "push_to_borrow": "CN-B-03",
    "forbidden_time": "CN-T-01",
}
"""What a critical error of the shipped score form is a breach of. One that people add says so in the form."""
OTHER_CONDUCT = "B01.6"

OF_WORDING: Mapping[str, str] = {"B01.posed": "B01.1", "B01.pressed": "B01.2"}
"""Categories of forbidden wording that tell of a family of conduct without being named like it."""

DAYS: Mapping[BreachSeverity, Setting] = {
    CRITICAL: Setting(
        "breach.critical_days",
        label=_("红线违规整改天数"),
        default=3,
        source=_("内部政策"),
        unit=_("天"),
        least=1,
        most=30,
    ),
    SERIOUS: Setting(
        "breach.serious_days",
        label=_("严重违规整改天数"),
        default=7,
        source=_("内部政策"),
        unit=_("天"),
        least=1,
        most=60,
    ),
    MINOR: Setting(
        "breach.minor_days",
        label=_("一般违规整改天数"),
        default=15,
        source=_("内部政策"),
        unit=_("天"),
        least=1,
        most=90,
    ),
}


@lru_cache(maxsize=1)
def _rules() -> dict[str, Rule]:
    """By id; the ids of the packs differ."""
    return {rule.id: rule for pack in pack_names() for rule in shipped(pack).rules}


def rule_named(kind: str) -> Rule | None:
    return _rules().get(kind)


def is_known(kind: str) -> bool:
    return kind in CONDUCT or kind in _rules()


def severity_of(kind: str) -> BreachSeverity:
    """How grave it is unless somebody says otherwise. What no shipped pack knows any more is minor."""
    if kind in SEVERITY_OF:
        return SEVERITY_OF[kind]
    rule = rule_named(kind)
    return BY_VERDICT[rule.verdict] if rule is not None else MINOR


def said_of(kind: str) -> str:
    """The kind in words, in the reader's language."""
    if kind in CONDUCT:
        return str(CONDUCT[kind])
    rule = rule_named(kind)
    return spoken(rule.statement) if rule is not None else ""


def of_wording(category: str, rule: str) -> str:
    """What words of a category are a breach of: the family of conduct, else the rule that forbids them."""
    kind = OF_WORDING.get(category, category)
    if kind in CONDUCT:
        return kind
    return rule if is_known(rule) else OTHER_CONDUCT


def choices() -> list[tuple[str, object]]:
    """For a form: conduct first, then the rules by id."""
    rules = [(rule.id, f"{rule.id} {spoken(rule.statement)}"[:60]) for rule in _rules().values()]
    return [*((kind, f"{kind} {label}") for kind, label in CONDUCT.items()), *sorted(rules)]
