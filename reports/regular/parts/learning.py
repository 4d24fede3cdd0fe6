"""Decide which cases are worth telling, by written rules, and tell what was done. Pure.

Success, at most two of each and five in all, a case once: the largest share of its debt paid (at least 500 yuan); paid after
at least three calls that reached nobody; kept a promise after a broken one. Hard, at most five: those that rolled forward
first, then by number of calls, then by amount.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from cases.models import PromiseState
from cases.stage import Stage
from compliance.models.attempt import Channel, Outcome
from reports.regular.facts.learning import HARD_AMOUNT, HARD_TRIES, Done, Hard, Payer
from reports.regular.paper import Section, Step, Story, Text, rate

OF_EACH, SUCCESSES, HARD_ONES, MOST_STEPS = 2, 5, 5, 14
WORTH_TELLING = Decimal(500)


def chosen_successes(payers: Iterable[Payer]) -> list[tuple[Payer, Text]]:
    """The cases with the reason for each, the rule with the fewest candidates first."""
    worth = [one for one in payers if one.paid >= WORTH_TELLING]
    turned = sorted((one for one in worth if one.broken and one.kept), key=lambda one: (-one.paid, one.case))
    unreached = sorted(
        (one for one in worth if one.tried >= HARD_TRIES and not one.reached), key=lambda one: (-one.paid, one.case)
    )
    largest = sorted(worth, key=lambda one: (-one.share, -one.paid, one.case))
    found: dict[int, tuple[Payer, Text]] = {}
    for some, sentence in (
        (turned, _("此前有 %(broken)s 次承诺未兑现，本期兑现，还款 %(paid)s 元（期初 %(stage)s，%(total)s 元）。")),
        (unreached, _("此前 30 天 %(tried)s 次未接触到本人，本期还款 %(paid)s 元（期初 %(stage)s，%(total)s 元）。")),
        (largest, _("期初 %(stage)s、%(total)s 元，本期还款 %(paid)s 元，占 %(share)s。")),
    ):
        new = [one for one in some if one.case not in found]
        for one in new[:OF_EACH]:
            found[one.case] = (one, Text(sentence, _values(one)))  # type: ignore[arg-type]
    return list(found.values())[:SUCCESSES]


def _values(one: Payer) -> dict[str, tuple[str, object]]:
    return {
        "broken": ("integer", one.broken), "tried": ("integer", one.tried), "paid": ("money", one.paid),
        "total": ("money", one.total), "stage": ("word", str(Stage(one.stage).label)),
        "share": ("percent", rate(one.paid, one.total)),
    }  # fmt: skip


def chosen_hard(cases: Iterable[Hard]) -> list[tuple[Hard, Text]]:
    ordered = sorted(cases, key=lambda one: (not one.has_rolled, -one.tries, -one.total, one.case))
    return [(one, _why_hard(one)) for one in ordered[:HARD_ONES]]


def _why_hard(one: Hard) -> Text:
    values = {
        "stage": ("word", str(Stage(one.stage).label)), "total": ("money", one.total), "tries": ("integer", one.tries),
        "reached": ("integer", one.reached),
        "before": ("word", str(Stage(one.stage_before).label) if one.stage_before is not None else ""),
    }  # fmt: skip
    if one.has_rolled:
        return Text(
            _(
                "由 %(before)s 滚入 %(stage)s，%(total)s 元；30 天内联系 %(tries)s 次、接触到本人 %(reached)s 次，"
                "没有兑现的承诺，没有还款。"
            ),
            values,  # type: ignore[arg-type]
        )
    return Text(
        _("%(stage)s，%(total)s 元；30 天内联系 %(tries)s 次、接触到本人 %(reached)s 次，没有兑现的承诺，没有还款。"),
        values,  # type: ignore[arg-type]
    )


def success_section(chosen: list[tuple[Payer, Text]], done: Mapping[int, list[Done]]) -> Section:
    lead = [] if chosen else [Text(_("本期没有符合条件的成功案例。"))]
    return Section(
        "successes",
        _("成功案例：做了什么"),
        lead=lead,
        stories=[Story(one.case, why, steps(done.get(one.case, []))) for one, why in chosen],
        notes=[
            Text(_("选取规则：还款占比最大、多次未接触到本人之后还款、失约之后兑现，各至多两件，还款不少于 500 元。"))
        ],
    )


def hard_section(chosen: list[tuple[Hard, Text]], done: Mapping[int, list[Done]]) -> Section:
    lead = [] if chosen else [Text(_("本期没有符合条件的疑难案例。"))]
    return Section(
        "hard",
        _("疑难案例：试过什么"),
        lead=lead,
        stories=[Story(one.case, why, steps(done.get(one.case, []))) for one, why in chosen],
        notes=[
            Text(
                _(
                    "选取规则：%(amount)s 元以上，30 天内联系至少 %(tries)s 次，90 天内没有兑现的承诺，30 天内没有还款。"
                ),
                {"amount": ("integer", HARD_AMOUNT), "tries": ("integer", HARD_TRIES)},
            )
        ],
    )


def steps(done: list[Done]) -> list[Step]:
    """The last things done, in their order."""
    return [Step(one.day, _step(one)) for one in done[-MOST_STEPS:]]


def _step(one: Done) -> Text:
    amount: tuple[str, object] = ("money", one.amount)
    due: tuple[str, date | None] = ("date", one.due)
    if one.kind == "contact":
        return Text(
            _("%(channel)s：%(result)s"),
            {"channel": ("word", str(Channel(one.one).label)), "result": ("word", str(Outcome(one.other).label))},
        )
    if one.kind == "promised":
        return Text(_("承诺 %(due)s 前还 %(amount)s 元"), {"amount": amount, "due": due})  # type: ignore[dict-item]
    if one.kind == "settled":
        return Text(
            _("%(due)s 的承诺：%(state)s，计入 %(amount)s 元"),
            {"due": due, "state": ("word", str(PromiseState(one.one).label)), "amount": amount},  # type: ignore[dict-item]
        )
    if one.kind == "reversed":
        return Text(_("冲正 %(amount)s 元"), {"amount": amount})  # type: ignore[dict-item]
    return Text(_("还款 %(amount)s 元"), {"amount": amount})  # type: ignore[dict-item]
