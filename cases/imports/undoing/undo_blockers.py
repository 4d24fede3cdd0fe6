"""What stands on a run: for every case that cannot be taken back, the later facts that depend on it.

Each question names cases of `undo_case` and, where a file did it, the run to undo first (of several the newest). What the
run itself explained, closed or opened is taken back with it and stands in nobody's way.
"""

# ruff: noqa: S608  statements are put together from constants of this file only

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.utils import CursorWrapper

from cases.imports.words.problems import render
from cases.models import ImportRun

SHOWN = 20


@dataclass(frozen=True)
class Blocked:
    """One case that stays, with the reason (a key of `run_messages`) and the run that gives it, if a file does."""

    case_id: int
    code: str
    run_id: int | None = None


@dataclass(frozen=True)
class Blocker:
    """One kind of later fact that stands on the run. `code` is a key of `run_messages`; `count` says how many cases are
    held by it, `cases` names the first of them, `runs` the files that did it, newest first."""

    code: str
    count: int
    cases: tuple[int, ...] = ()
    runs: tuple[int, ...] = field(default=())


Guard = Callable[[ImportRun], Iterable[int]]


@dataclass(frozen=True)
class _Registered:
    guard: Guard
    code: str
    counted: Any
    one: Any


_guards: dict[str, _Registered] = {}


def undo_guard(*, code: str, counted: Any, one: Any) -> Callable[[Guard], Guard]:
    """Registers a question asked before every undo: apps above hang facts on cases that this room cannot know.

    The guard returns the ids of cases on which its facts stand; cases that the run did not touch are passed over. `code`
    names the reason, `counted` is its sentence with %(count)s cases, `one` the same of one case.
    """

    def register(guard: Guard) -> Guard:
        _guards[code] = _Registered(guard, code, counted, one)
        return guard

    return register


def sentence(code: str, count: int) -> str:
    """Why `count` cases stay, in the reader's language."""
    known = _guards.get(code)
    return str(known.counted) % {"count": count} if known else render(code, {"count": count})


def sentence_of_one(code: str) -> str:
    known = _guards.get(code)
    return str(known.one) if known else render(f"{code}_one", {})


def find_blocked(cursor: CursorWrapper, *, run: ImportRun, values: dict[str, Any]) -> list[Blocker]:
    """Make `undo_blocked` (case, code, run) for this transaction, after `undo_units.gather`; returns it counted by code,
    in the order of the questions."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.undo_blocked")
    cursor.execute("CREATE TEMP TABLE undo_blocked (case_id bigint, code text, run_id bigint) ON COMMIT DROP")
    for code, sql in _questions(values):
        cursor.execute(f"INSERT INTO undo_blocked SELECT q.case_id, '{code}', q.run_id FROM ({sql}) q", values)
    for known in _guards.values():
        cursor.execute(
            """
            INSERT INTO undo_blocked
            SELECT u.case_id, %s, NULL FROM unnest(%s::bigint[]) AS t (id) JOIN undo_case u ON u.case_id = t.id
            """,
            [known.code, list(known.guard(run))],
        )
    cursor.execute("ANALYZE undo_blocked")
    return count_blocked(cursor)


def count_blocked(cursor: CursorWrapper) -> list[Blocker]:
    """`undo_blocked` by code: most cases first."""
    cursor.execute(f"""
        SELECT code, count(DISTINCT case_id), (array_agg(DISTINCT case_id ORDER BY case_id))[1:{SHOWN}],
               (array_agg(DISTINCT run_id ORDER BY run_id DESC) FILTER (WHERE run_id IS NOT NULL))[1:{SHOWN}]
        FROM undo_blocked GROUP BY code ORDER BY 2 DESC, 1
    """)
    return [Blocker(code, count, tuple(cases), tuple(runs or ())) for code, count, cases, runs in cursor.fetchall()]


def _questions(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
    if values["later_runs"]:
        yield "undo_later_run", f"SELECT case_id, {_NEWEST} AS run_id FROM ({_LATER_FACTS}) f GROUP BY case_id"
    yield from _OF_PEOPLE.items()


_NEWEST = "(array_agg(run_id ORDER BY place DESC))[1]"
# A later file listed the case, missed it, missed it again, ended it, or opened the next episode after its end; or it was
# of an older day and says of its own cases that they are missing since the day of the run.
_LATER_FACTS = """
    SELECT u.case_id, n.run_id, n.place
    FROM undo_case u
    JOIN cases_position p ON p.case_id = u.case_id AND p.run_id = ANY(%(later_runs)s) AND p.as_of = ANY(%(later_days)s)
    JOIN undo_later n ON n.run_id = p.run_id
    WHERE u.opened OR (n.stands AND u.listed AND NOT u.historical)
    UNION ALL
    SELECT u.case_id, n.run_id, n.place
    FROM undo_case u
    JOIN cases_absence a ON a.case_id = u.case_id
    JOIN undo_later n ON n.run_id IN (a.run_id, a.explained_by_run_id)
    WHERE u.opened OR (n.stands AND NOT u.historical)
    UNION ALL
    SELECT u.case_id, n.run_id, n.place
    FROM undo_case u
    JOIN cases_absence a ON a.case_id = u.case_id AND a.run_id = %(run)s AND NOT u.opened
    JOIN cases_loan l ON l.id = u.loan_id
    CROSS JOIN undo_later n
    LEFT JOIN undo_let_go g ON g.run_id = n.run_id AND g.contract_no = l.contract_no
    WHERE n.stands AND g.run_id IS NULL
    UNION ALL
    SELECT u.case_id, n.run_id, n.place
    FROM undo_case u JOIN cases_case c ON c.id = u.case_id JOIN undo_later n ON n.run_id = c.closed_by_run_id
    UNION ALL
    SELECT u.case_id, n.run_id, n.place
    FROM undo_case u
    JOIN cases_case c ON c.id = u.case_id
    JOIN cases_case following ON following.loan_id = u.loan_id AND following.episode > c.episode
    JOIN undo_later n ON n.run_id = following.opened_by_run_id
    WHERE u.closed
    UNION ALL
    SELECT a.case_id, n.run_id, n.place
    FROM undo_later n
    JOIN cases_absence a ON a.run_id = n.run_id AND a.as_of = %(as_of)s
    WHERE n.as_of < %(as_of)s
"""

_OF_PEOPLE = {
    "undo_case_moved": """
        SELECT u.case_id, NULL::bigint AS run_id
        FROM undo_case u JOIN cases_custody k ON k.case_id = u.case_id
        WHERE u.opened GROUP BY u.case_id HAVING count(*) > 1
    """,
    # A closed case keeps no moment of closing but the end of its last custody. One that was closed before the run (whose
    # file is of an older day) does not stand on it.
    "undo_case_closed": """
        SELECT u.case_id, c.closed_by_run_id AS run_id
        FROM undo_case u
        JOIN cases_case c ON c.id = u.case_id AND c.closed_on IS NOT NULL
        LEFT JOIN undo_later n ON n.run_id = c.closed_by_run_id
        LEFT JOIN (
            SELECT k.case_id, max(k.ended_at) AS ended_at FROM cases_custody k
            JOIN undo_case t ON t.case_id = k.case_id GROUP BY k.case_id
        ) held ON held.case_id = u.case_id
        WHERE (u.listed OR u.opened) AND NOT u.closed AND n.run_id IS NULL
          AND (held.ended_at IS NULL OR held.ended_at >= %(applied_at)s)
    """,
    "undo_absence_explained": """
        SELECT a.case_id, a.explained_by_run_id AS run_id
        FROM undo_case u JOIN cases_absence a ON a.case_id = u.case_id
        LEFT JOIN undo_later n ON n.run_id = a.explained_by_run_id
        WHERE a.run_id = %(run)s AND a.reason <> '' AND a.explained_by_run_id IS DISTINCT FROM %(run)s
          AND n.run_id IS NULL
    """,
    "undo_repayment_recorded": """
        SELECT u.case_id, min(p.run_id) AS run_id
        FROM undo_case u
        JOIN cases_loan l ON l.id = u.loan_id AND l.created_by_run_id = %(run)s
        JOIN cases_repayment p ON p.loan_id = l.id AND p.matched_by_run_id IS DISTINCT FROM %(run)s
        GROUP BY u.case_id
    """,
    "undo_contact_checked": """
        SELECT DISTINCT u.case_id, NULL::bigint AS run_id
        FROM undo_case u
        JOIN cases_contactpoint p ON p.debtor_id = u.debtor_id AND p.created_by_run_id = %(run)s
        WHERE p.status <> 'unverified' OR p.verified_on IS NOT NULL
    """,
    "undo_debtor_changed_later": """
        SELECT u.case_id, max(c.run_id) AS run_id
        FROM (
            SELECT mine."table", mine.object_id, later.run_id
            FROM cases_importchange mine
            JOIN cases_importchange later ON later."table" = mine."table" AND later.object_id = mine.object_id
            JOIN cases_importrun r ON r.id = later.run_id AND r.state = 'applied'
            WHERE mine.run_id = %(run)s AND later.run_id <> mine.run_id AND later.id > mine.id
              AND later.before ?| ARRAY(SELECT jsonb_object_keys(mine.before))
        ) c
        JOIN (
            SELECT case_id, 'loan' AS "table", loan_id AS object_id FROM undo_case
            UNION ALL SELECT case_id, 'debtor', debtor_id FROM undo_case
        ) u ON u."table" = c."table" AND u.object_id = c.object_id
        GROUP BY u.case_id
    """,
    # The run gave a person without one the ID number, and by it a contract of another file found that person. Without
    # the number the two would be one person for no reason.
    "undo_person_joined": """
        SELECT u.case_id, max(l.created_by_run_id) AS run_id
        FROM cases_importchange mine
        JOIN undo_case u ON u.debtor_id = mine.object_id
        JOIN cases_loan l ON l.debtor_id = mine.object_id AND l.created_by_run_id IS DISTINCT FROM %(run)s
        JOIN cases_importrun r ON r.id = l.created_by_run_id AND r.applied_at > %(applied_at)s
        WHERE mine.run_id = %(run)s AND mine."table" = 'debtor' AND mine.before ? 'id_index'
        GROUP BY u.case_id
    """,
}
