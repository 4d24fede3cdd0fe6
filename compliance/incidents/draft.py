"""The text of a report from the facts: a beginning that people go on with. The document is Chinese whoever reads the page.

draft(Facts(...)) → "重大风险事项报告（首报）\\n\\n…"
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

UNKNOWN, NO_LENDER = "尚在核实", "（请填写单位名称）"
HEADS = {"first": "首报", "follow_up": "续报", "final": "终报"}


@dataclass(frozen=True)
class Measure:
    at: datetime
    words: str


@dataclass(frozen=True)
class Facts:
    """What is known when the report is drafted. `since`: when the report before left; measures after it are the news."""

    lender: str
    number: str
    kind: str
    version: int
    type: str
    known_at: datetime
    happened_at: datetime | None
    place: str
    what: str
    people_hurt: int
    customers: int
    orgs: str
    people: int
    owner: str
    measures: Sequence[Measure] = ()
    related: Sequence[str] = ()
    since: datetime | None = None


def draft(facts: Facts) -> str:
    """Six short parts; what nobody has said yet is said to be unknown, never left out."""
    happened = _moment(facts.happened_at) if facts.happened_at is not None else UNKNOWN
    parts = [
        f"重大风险事项报告（{HEADS[facts.kind]}）",
        f"报告单位：{facts.lender or NO_LENDER}\n事项编号：{facts.number}    第 {facts.version} 版",
        "一、基本情况\n"
        f"事项类型：{facts.type}\n知悉时间：{_moment(facts.known_at)}\n发生时间：{happened}\n"
        f"发生地点：{facts.place or UNKNOWN}",
        f"二、事实经过\n{facts.what}",
        "三、影响范围\n"
        f"伤亡人数：{facts.people_hurt} 人；涉及客户：{facts.customers} 人；涉及工作人员：{facts.people} 人；"
        f"涉及机构：{facts.orgs or '无'}",
        f"四、已采取的措施\n{_measures(facts)}",
        f"五、关联事项\n{'；'.join(facts.related) or '无'}",
        _next(facts),
    ]
    return "\n\n".join(parts)


def _measures(facts: Facts) -> str:
    if not facts.measures:
        return "尚未登记处置措施。"
    lines = []
    for measure in facts.measures:
        new = "（新增）" if facts.since is not None and measure.at > facts.since else ""
        lines.append(f"{_moment(measure.at)} {measure.words}{new}")
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _next(facts: Facts) -> str:
    if facts.kind == "final":
        return f"六、处置结果与责任\n处置结果：\n责任认定与追究：\n整改与防范：\n\n联系人：{facts.owner}"
    return f"六、下一步安排\n\n联系人：{facts.owner}"


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.year} 年 {local.month} 月 {local.day} 日 {local:%H:%M}"
