"""Write an older day into the book: positions of that day, and nothing of today.

Names, numbers, desks, balances and absences of cases that are there stay as they are; what we learn now about then is
written with the moment of now, so that a report of then still prints what it printed. Contracts that no newer file knows
get a case: it was overdue on the day of the file, and is absent, to be explained, from the next day that the book has.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cases.imports.booking import apply_book, apply_people
from cases.imports.staging.staged import make_staged, rows_by_difference
from cases.models import ImportRun
from cases.services import cache
from cases.services.desks import pool_desk
from collection_ops.core.models import User

Values = dict[str, Any]


def write_history(*, run: ImportRun, actor: User | None, now: datetime) -> dict[str, int]:
    """Apply the accepted rows of `run` as `match_history` placed them. Returns what was written, by table.

    The caller holds the locks of `services.book` and has made sure that the placing is of the book as it is.
    """
    values: Values = {
        "run": run.pk,
        "source": run.source_id,
        "as_of": run.as_of,
        "now": now,
        "pool": pool_desk().pk,
        "actor": actor.pk if actor else None,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_ensure_position_partition(%(as_of)s)", values)
        make_staged(cursor, run=run, draw_ids=True)
        # The steps of a daily file work on all staged rows: those of cases that are there are kept out of their way.
        _set_aside(cursor)
        people = _write_people(cursor, values)
        _bring_back(cursor, "reentered")
        opened = apply_book.open_cases(cursor, values)
        absences = _insert_absences(cursor, values)
        _bring_back(cursor, "known")
        positions = apply_book.insert_positions(cursor, values)
        touched = _now_outdated(cursor, values)
    return {
        **people,
        "cases_opened": opened,
        "absences": absences,
        "positions": positions,
        "cases_updated": cache.repair(case_ids=touched) if touched else 0,
    }


def _set_aside(cursor: CursorWrapper) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_aside")
    cursor.execute(
        "CREATE TEMP TABLE import_aside ON COMMIT DROP AS SELECT * FROM import_staged WHERE difference <> 'new'"
    )
    cursor.execute("DELETE FROM import_staged WHERE difference <> 'new'")
    # A person who is in the book keeps the name that newer files give.
    cursor.execute("UPDATE import_staged SET debtor_name = ''")


def _bring_back(cursor: CursorWrapper, difference: str) -> None:
    cursor.execute("INSERT INTO import_staged SELECT * FROM import_aside WHERE difference = %s", [difference])


def _write_people(cursor: CursorWrapper, values: Values) -> dict[str, int]:
    """Debtors, contracts and numbers of contracts that are new; a person who is there gets no number from an old file."""
    written = apply_people.write(cursor, values, rows=rows_by_difference(cursor))
    cursor.execute(
        """
        DELETE FROM cases_contactpoint p USING cases_debtor d
        WHERE p.created_by_run_id = %(run)s AND d.id = p.debtor_id AND d.created_by_run_id IS DISTINCT FROM %(run)s
        """,
        values,
    )
    return {**written, "contact_points": written["contact_points"] - cursor.rowcount}


def _insert_absences(cursor: CursorWrapper, values: Values) -> int:
    """The opened cases are missing since the next day of the source: there, and nowhere else, a file lacks them."""
    cursor.execute(
        """
        INSERT INTO cases_absence (case_id, as_of, run_id, reason, note, created_at)
        SELECT s.case_id, n.as_of, %(run)s, '', '', %(now)s
        FROM import_staged s
        CROSS JOIN (
            SELECT min(r.as_of) AS as_of FROM cases_importrun r
            WHERE r.source_id = %(source)s AND r.kind = 'overdue' AND r.state = 'applied' AND r.as_of > %(as_of)s
        ) n
        WHERE n.as_of IS NOT NULL ORDER BY s.case_id
        """,
        values,
    )
    inserted = cursor.rowcount
    cursor.execute(
        """
        UPDATE cases_case c SET absent_since = a.as_of
        FROM cases_absence a WHERE a.run_id = %(run)s AND c.id = a.case_id AND c.opened_by_run_id = %(run)s
        """,
        values,
    )
    return inserted


def _now_outdated(cursor: CursorWrapper, values: Values) -> list[int]:
    """Cases of which this day is the last that we know: their figures are those of the file from now on."""
    cursor.execute(
        """
        SELECT s.case_id FROM import_staged s JOIN cases_case c ON c.id = s.case_id
        WHERE s.difference = 'known' AND c.as_of <= %(as_of)s
        """,
        values,
    )
    return [row[0] for row in cursor.fetchall()]
