"""The codes of a plan in words: why a case goes where it goes, why the two runners-up lost, what kept it where it is."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Words = dict[str, str | Promise]

WHY: Words = {
    "lightest": gettext_lazy("能办此案的人中，应得而未得的预期回款最多"),
    "holder": gettext_lazy("其手上有此案的有效承诺或方案"),
    "linked": gettext_lazy("同一客户的其他案件在其席位"),
    "by_hand": gettext_lazy("人工指定"),
    "spare": gettext_lazy("难度等级高出所需 %(points)s 级"),
    "together": gettext_lazy("同一客户的 %(points)s 件案件一起分派"),
}
"""Why somebody gets a case."""

LOST: Words = {
    "heavier": gettext_lazy("已分得的预期回款更多"),
    "spare_level": gettext_lazy("难度等级高出所需更多，留给更难的案件"),
    "over_soft": gettext_lazy("已到建议上限"),
    "lot": gettext_lazy("条件相同，按随机种子抽签落选"),
    "not_holder": gettext_lazy("没有此案的有效承诺或方案"),
    "not_linked": gettext_lazy("没有同一客户的其他案件"),
}
"""Why a runner-up does not."""

CANNOT: Words = {
    "complaint": gettext_lazy("该客户对其投诉属实，不再分回"),
    "complaint_team": gettext_lazy("该客户对其所在小组有属实投诉，回避期未满"),
    "full": gettext_lazy("已到上限"),
    "level": gettext_lazy("难度等级不足"),
    "calm": gettext_lazy("近 90 天投诉率明显高于全公司，暂不分更难的案件"),
    "stage": gettext_lazy("不办理该逾期阶段"),
    "product": gettext_lazy("不办理该产品"),
    "region": gettext_lazy("不办理该地区"),
    "language": gettext_lazy("不会所需语言或方言"),
    "no_file": gettext_lazy("没有催收员档案"),
    "left": gettext_lazy("未入职或已离职"),
    "no_certificate": gettext_lazy("没有有效的培训合格证或材料"),
    "takes_no_new": gettext_lazy("暂不接收新案"),
    "away": gettext_lazy("当天不在岗"),
    "inactive": gettext_lazy("席位已停用"),
}
"""Why somebody cannot take a case."""

STAYS: Words = {
    "nobody_today": gettext_lazy("当天没有可接案的人员"),
    "no_level": gettext_lazy("没有难度等级足够的人员"),
    "no_skill": gettext_lazy("没有人同时具备所需的阶段、产品、地区和语言"),
    "complaint": gettext_lazy("能办的人均因属实投诉须回避"),
    "full": gettext_lazy("能办的人均已到上限"),
    "best_here": gettext_lazy("现席位最合适，保持不动"),
    "by_hand": gettext_lazy("人工决定保持不动"),
}
"""What kept a case where it lies."""

OUTCOMES: Words = {
    "left_gone": gettext_lazy("略过：案件已结案"),
    "left_moved": gettext_lazy("略过：生成预览后案件已换席位"),
    "left_later": gettext_lazy("略过：案件当前归属晚于这次移动的时间"),
    "left_desk": gettext_lazy("略过：接收人已不能接案"),
    "left_complaint": gettext_lazy("略过：该客户对接收人或其小组有属实投诉"),
    "left_full": gettext_lazy("略过：接收人已到上限"),
    "left_linked": gettext_lazy("略过：同一客户的另一案件被略过"),
    "kept_moved": gettext_lazy("未撤回：生效后案件又换了席位或已结案"),
    "kept_touched": gettext_lazy("未撤回：生效后已有联系、承诺或方案"),
    "kept_desk": gettext_lazy("未撤回：原席位已停用"),
    "kept_linked": gettext_lazy("未撤回：同一客户的另一案件未撤回"),
}
"""What became of a move that did not go the way of its run (AssignmentMove.outcome)."""


def stayed_because(code: str) -> str:
    """What kept a case, or somebody from any case."""
    return str(STAYS.get(code) or CANNOT.get(code) or code)


def outcome_said(code: str) -> str:
    return str(OUTCOMES.get(code, code))


def reason_of(why: Mapping[str, Any], desks: Mapping[int, str] | None = None) -> str:
    """Why the case goes where it goes, or stays: one sentence with the rule it is under."""
    if why.get("stays"):
        said = [stayed_because(why["stays"])]
    else:
        said = [_part(*part) for part in why.get("parts", [])]
    rule = why.get("rule")
    sentence = "；".join(said)
    return _("规则“%(rule)s”：%(why)s") % {"rule": rule, "why": sentence} if rule else sentence


def _part(code: str, points: Any = 0) -> str:
    return str(WHY.get(code, code)) % {"points": points} if code in WHY else str(code)


def over_sentences(why: Mapping[str, Any], desks: Mapping[int, str]) -> list[str]:
    """The two runners-up with why they lost. `desks`: names by id."""
    said = []
    for desk, code, *_points in why.get("over", []):
        lost = str(LOST.get(code) or CANNOT.get(code) or code)
        said.append(_("%(desk)s：%(why)s") % {"desk": desks.get(desk, f"#{desk}"), "why": lost})
    return said
