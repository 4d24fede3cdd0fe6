"""What raises a rectification. Pure: a rule is given what it looks at and says whether it is enough.

Each rule looks at one kind of matter, named by references (an id, a day, a paper). What an earlier rectification of the rule
named already is not counted again, so that the same breach is asked for once, however often the night comes.

    register_rule(Rule("low_grade", label=_("评分卡"), kind="scorecards", least=None, wording=…, refs=low_grades))
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collection_ops.core.dated_settings import Setting
    from vendors.models import Agency


@dataclass(frozen=True)
class Span:
    """The month that is looked at, and the day on which it is."""

    first: date
    last: date
    day: date
    known_by: datetime


References = Callable[["Sequence[Agency]", Span], Mapping[int, Sequence[str]]]
"""Agency id → what happened, for all agencies at once, in a fixed number of queries."""


Problems = Callable[[Mapping[int, Sequence[str]]], Mapping[int, Sequence[str]]]
"""Agency id → references that one is raised for, to agency id → what they say, a problem each; of all agencies at once."""


@dataclass(frozen=True)
class Rule:
    """`kind`: of the references, under which a finding keeps them; `least`: how many are enough, without it one;
    `wording`: the finding, with %(count)s and %(month)s; `problems`: several in its place, the references with the first."""

    code: str
    label: Any
    kind: str
    least: "Setting | None"
    wording: Any
    refs: References
    problems: Problems | None = None

    def enough_on(self, day: date) -> int:
        return 1 if self.least is None else int(self.least.on(day))


_rules: dict[str, Rule] = {}


def register_rule(rule: Rule) -> None:
    if rule.code in _rules or rule.code in HAND_GROUNDS:
        raise LookupError(f"two rules named {rule.code!r}")
    _rules[rule.code] = rule


def all_rules() -> list[Rule]:
    """In the order in which they were registered."""
    return list(_rules.values())


HAND_GROUNDS: Mapping[str, Any] = {
    "hand_conduct": _("催收行为"),
    "hand_security": _("信息安全"),
    "hand_complaint": _("投诉处理"),
    "hand_effect": _("作业与质效"),
    "hand_data": _("数据与文件"),
    "hand_other": _("其他事项"),
}
"""What a person can raise one for."""


def label_of(code: str) -> str:
    if code in _rules:
        return str(_rules[code].label)
    return str(HAND_GROUNDS.get(code, code))


def labels() -> list[tuple[str, Any]]:
    return [*((rule.code, rule.label) for rule in all_rules()), *HAND_GROUNDS.items()]


def fresh(refs: Sequence[str], seen: Collection[str], least: int) -> list[str]:
    """What there is to raise one for: the references that none named yet, where they are enough; else nothing."""
    new = [ref for ref in dict.fromkeys(refs) if ref not in seen]
    return new if len(new) >= least else []
