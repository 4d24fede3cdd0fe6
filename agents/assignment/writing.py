"""A plan written down as rows of AssignmentMove, by COPY."""

import io
import json

from django.db import connection

from agents.assignment.dealing import SOFT, Chosen
from agents.assignment.facts import CASE, CENTS, DEBTOR, DESK, DUE
from agents.assignment.plan import Plan

_COLUMNS = "run_id, case_id, debtor_id, from_desk_id, to_desk_id, total, expected, level, has_promise, why, outcome"
_STAYS = "best_here"
AT_ONCE = 1 << 20


def write_moves(run_id: int, plan: Plan) -> None:
    """One row a case of the plan."""
    cases, to = plan.cases, plan.to_desk
    desks = [desk.id for desk in plan.inputs.desks]
    levels = [desk.level for desk in plan.inputs.desks]
    sizes, wanted = [0] * len(plan.chosen), [0] * len(plan.chosen)
    for unit, level in zip(plan.unit.tolist(), plan.level.tolist(), strict=True):
        sizes[unit] += 1
        wanted[unit] = max(wanted[unit], level)
    lines = [_text(line["name"]) for line in plan.inputs.lines] + [_text("其他")]
    tails: list[tuple[str, str] | None] = [None] * len(plan.chosen)
    rows = []
    columns = (cases[:, CASE], cases[:, DEBTOR], cases[:, DESK], to, cases[:, CENTS], plan.expected, plan.level)
    lists = [column.tolist() for column in (*columns, cases[:, DUE] > 0, plan.line, plan.unit)]
    for case, debtor, at, there, cents, money, level, due, line, unit in zip(*lists, strict=True):
        tail = tails[unit]
        if tail is None:
            tail = tails[unit] = _why(plan.chosen[unit], desks, levels, wanted[unit], sizes[unit])
        goes = there != 0 and there != at
        stays = "" if goes else f'"stays":"{plan.chosen[unit].code if there == 0 else _STAYS}",'
        why = f'{{"rule":{lines[line]},{stays}"parts":{tail[0]},"over":{tail[1]}}}'
        rows.append(
            f"{run_id}\t{case}\t{debtor}\t{at}\t{there if goes else _NULL}\t{_yuan(cents)}\t{_yuan(money)}\t{level}"
            f"\t{'t' if due else 'f'}\t{why}\t\n"
        )
    with connection.cursor() as cursor:
        # By position: the cursor that writes queries down knows no names.
        cursor.copy_expert(f"COPY agents_assignmentmove ({_COLUMNS}) FROM STDIN", io.StringIO("".join(rows)), AT_ONCE)


_NULL = "\\N"


def _text(name: str) -> str:
    """As JSON, and that as COPY reads it."""
    return json.dumps(name, ensure_ascii=False).replace("\\", "\\\\")


def _yuan(cents: int) -> str:
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def _why(chosen: Chosen, desks: list[int], levels: list[int], level: int, size: int) -> tuple[str, str]:
    """The unit's parts and runners-up as JSON. Points in whole yuan."""
    parts = "" if chosen.desk < 0 else f'["{chosen.code}",{_points(chosen.points)}]'
    if chosen.desk >= 0 and levels[chosen.desk] > level:
        parts += f',["spare",{levels[chosen.desk] - level}]'
    if chosen.desk >= 0 and size > 1:
        parts += f',["together",{size}]'
    over = ",".join(f'[{desks[desk]},"{code}",{_points(points)}]' for desk, code, points in chosen.over)
    return f"[{parts}]", f"[{over}]"


def _points(cents: int) -> int:
    return (cents - SOFT if cents >= SOFT // 2 else cents) // 100
