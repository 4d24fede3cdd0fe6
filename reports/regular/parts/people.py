"""Targets and scorecards: the company, its teams, its people. A team's figures are sums over its people, never averages."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from compliance.complaints.rates import PER
from reports.regular.facts.people import ZERO, PersonFigures, Targets
from reports.regular.paper import Chart, Column, Figure, Section, Series, Table, Text, Values, rate


def gap_section(
    targets: Targets, money: Mapping[int, Decimal], names: Mapping[int, str], *, day: date, days_left: int
) -> Section:
    """与目标的差距 of the month of `day`: the company and its teams, and what is needed on each business day left."""
    title = _("与目标的差距")
    if targets.company is None:
        return Section("gap", title, lead=[Text(_("本月没有核定的回款目标。"))])
    teams: dict[int, Decimal] = dict.fromkeys(targets.teams, ZERO)
    for user, (team, _amount) in targets.people.items():
        teams[team or 0] = teams.get(team or 0, ZERO) + money.get(user, ZERO)
    reached = sum(teams.values(), ZERO)
    rows = [
        _gap_row(names.get(team, ""), targets.teams.get(team, ZERO), amount, days_left)
        for team, amount in sorted(teams.items(), key=lambda pair: (names.get(pair[0], ""), pair[0]))
    ]
    rows.append(_gap_row(None, targets.company, reached, days_left))
    gap = targets.company - reached
    values: Values = {
        "target": ("money", targets.company), "reached": ("money", reached), "gap": ("money", abs(gap)),
        "share": ("percent", rate(reached, targets.company)), "day": ("date", day), "left": ("integer", days_left),
        "needed": ("money", _per_day(gap, days_left)),
    }  # fmt: skip
    if gap <= 0:
        sentence = Text(_("截至 %(day)s 回款 %(reached)s 元，超出目标 %(target)s 元 %(gap)s 元。"), values)
    elif days_left:
        sentence = Text(
            _(
                "截至 %(day)s 回款 %(reached)s 元，完成目标 %(target)s 元的 %(share)s，还差 %(gap)s 元；"
                "剩余 %(left)s 个工作日，每天需 %(needed)s 元。"
            ),
            values,
        )
    else:
        sentence = Text(
            _("截至 %(day)s 回款 %(reached)s 元，完成目标 %(target)s 元的 %(share)s，还差 %(gap)s 元。"), values
        )
    columns = [
        Column(_("小组"), "text"), Column(_("目标"), "money"), Column(_("回款"), "money"), Column(_("完成率"), "percent"),
        Column(_("差距"), "money"), Column(_("每工作日需"), "money"),
    ]  # fmt: skip
    return Section(
        "gap",
        title,
        lead=[sentence],
        figures=[
            Figure("target", _("回款目标"), targets.company, "money", "target"),
            Figure("reached", _("已回款"), reached, "money", "credited"),
            Figure("share", _("完成率"), rate(reached, targets.company), "percent", "target"),
        ],
        charts=[
            Chart(
                "teams", "bar", _("各小组的目标与回款"), [row[0] for row in rows[:-1]], "text",
                [Series(_("目标"), [row[1] for row in rows[:-1]], "money"),  # type: ignore[misc]
                 Series(_("回款"), [row[2] for row in rows[:-1]], "money")],  # type: ignore[misc]
                table="teams",
            )
        ] if len(rows) > 1 else [],
        tables=[Table("teams", _("按小组"), columns, rows, has_total=True)],
    )  # fmt: skip


def _gap_row(name: str | None, target: Decimal, reached: Decimal, days_left: int) -> list[object]:
    gap = target - reached
    return [name, target, reached, rate(reached, target), gap, _per_day(gap, days_left)]


def _per_day(gap: Decimal, days_left: int) -> Decimal | None:
    """Yuan on each business day left; None where there is nothing to catch up or no day to do it."""
    return (gap / days_left).quantize(Decimal("0.01")) if gap > 0 and days_left else None


def scorecards_section(
    people: list[PersonFigures], names: Mapping[int, str], *, company_target: Decimal | None
) -> Section:
    """公司、小组、个人 side by side: money, target, contacts, promises, complaints."""
    if not people:
        return Section("scorecards", _("公司、小组与个人"), lead=[Text(_("期内没有人员数据。"))])
    whole = replace(together(people), target=company_target)
    by_team: dict[int | None, list[PersonFigures]] = {}
    for one in people:
        by_team.setdefault(one.team_id, []).append(one)
    team_rows = [
        _score(names.get(team or 0, "") or None, together(members), unnamed=_("未编组"))
        for team, members in by_team.items()
    ]
    person_rows = [[one.name, names.get(one.team_id or 0, ""), *_score("", one)[1:]] for one in people]
    return Section(
        "scorecards",
        _("公司、小组与个人"),
        lead=[
            Text(
                _("%(people)s 人记得回款 %(money)s 元，有效联系 %(effective)s 次，承诺兑现率 %(kept)s。"),
                {
                    "people": ("integer", len(people)), "money": ("money", whole.money),
                    "effective": ("integer", whole.effective), "kept": ("percent", rate(whole.kept, whole.due)),
                },
            )
        ],
        figures=[
            Figure("money", _("个人回款合计"), whole.money, "money", "credited"),
            Figure("effective", _("有效联系"), whole.effective, "integer", "contacts"),
            Figure("kept", _("承诺兑现率"), rate(whole.kept, whole.due), "percent", "kept"),
        ],
        tables=[
            Table("teams", _("小组"), [Column(_("小组"), "word"), *_score_columns()],
                  [*team_rows, _score(_("合计"), whole)], has_total=True),
            Table("people", _("个人"), [Column(_("人员"), "text"), Column(_("小组"), "text"), *_score_columns()],
                  person_rows, about_people=True),
        ],
        notes=[Text(_("个人的数字样本小，差别可能只是偶然；考核以月度考核为准，不以本表为准。"))],
    )  # fmt: skip


def together(people: Iterable[PersonFigures]) -> PersonFigures:
    """Sums. A customer whom two people contacted is in both, so a team's complaint rate is a little low."""
    found = PersonFigures(0, "")
    for one in people:
        found.money += one.money
        if one.target is not None:
            found.target = (found.target or ZERO) + one.target
        for name in ("attempts", "effective", "kept", "due", "complaints", "contacted"):
            setattr(found, name, getattr(found, name) + getattr(one, name))
    return found


def _score_columns() -> list[Column]:
    return [
        Column(_("回款"), "money"), Column(_("目标"), "money"), Column(_("完成率"), "percent"),
        Column(_("呼出与外访"), "integer"), Column(_("有效联系"), "integer"), Column(_("到期承诺"), "integer"),
        Column(_("承诺兑现率"), "percent"), Column(_("投诉件数"), "integer"), Column(_("每万客户投诉"), "number"),
    ]  # fmt: skip


LEAST_CONTACTED = 50
"""Fewer customers give no complaint rate; compliance/complaints/rates.py has the same as its default."""


def _score(name: str | None, one: PersonFigures, *, unnamed: str = "") -> list[object]:
    rated = rate(one.complaints * PER, one.contacted) if one.contacted >= LEAST_CONTACTED else None
    return [
        name or unnamed, one.money, one.target, rate(one.money, one.target) if one.target else None, one.attempts,
        one.effective, one.due, rate(one.kept, one.due), one.complaints,
        None if rated is None else rated.quantize(Decimal("0.01")),
    ]  # fmt: skip
