"""What the file cannot tell and the clerk must: each question once, its options the likeliest first."""

from collections.abc import Mapping, Sequence

from cases.imports.layout.evidence import SURELY
from cases.imports.layout.understanding import NO_COLUMN, ColumnGuess, Look, Option, Question
from cases.imports.words.fields import IGNORE, Catalogue, Field
from cases.imports.words.problems import Problem


def ask(
    columns: Sequence[ColumnGuess], look: Look, answers: Mapping[str, str], *, catalogue: Catalogue, sheet: str
) -> tuple[list[Question], Problem | None]:
    """What is still open about these columns, or why no answer could help."""
    questions = [
        *_doubtful_headings(columns, look),
        *_double_claims(columns, catalogue),
        *_strangers_worth_asking(columns, look, catalogue),
    ]
    missing, refusal = _missing(columns, look, catalogue, answers, questions, sheet)
    return ([], refusal) if refusal else ([*questions, *missing], None)


def _doubtful_headings(columns: Sequence[ColumnGuess], look: Look) -> list[Question]:
    questions = []
    for column in columns:
        if column.how != "ambiguous":
            continue
        fits = look.fits.get(column.index, {})
        ordered = sorted(column.candidates, key=lambda name: -_likelihood(name, column, fits, look))
        questions.append(
            Question(
                code="ask_ambiguous",
                key=f"column:{column.key}",
                column=column.letter,
                heading=column.heading,
                options=tuple(Option(value=name) for name in ordered),
                samples=column.samples,
            )
        )
    return questions


def _likelihood(name: str, column: ColumnGuess, fits: Mapping[str, float], look: Look) -> float:
    """Sorts the options of a question; ties stay in the order of the table."""
    if name == IGNORE:
        return 0.5
    if name == "due_date":
        return 2.0 if column.index in look.is_due_date else 0.4
    kind = {"phone": "phone", "contact_phone": "phone"}.get(name)
    return fits.get(kind, 0.0) if kind else 1.0


def _double_claims(columns: Sequence[ColumnGuess], catalogue: Catalogue) -> list[Question]:
    questions = []
    for name, item in catalogue.fields.items():
        claims = [column for column in columns if column.field == name]
        if len(claims) < 2 or item.repeats:
            continue
        questions.append(
            Question(
                code="ask_two_columns",
                key=f"field:{name}",
                column=claims[0].letter,
                heading=claims[0].heading,
                options=tuple(_column_option(column) for column in claims),
                params={"field": name},
            )
        )
    return questions


def _column_option(column: ColumnGuess) -> Option:
    return Option(value=column.key, text=f"{column.letter} {column.heading}", samples=column.samples)


def _strangers_worth_asking(columns: Sequence[ColumnGuess], look: Look, catalogue: Catalogue) -> list[Question]:
    """An unknown heading over what are surely ID numbers or phones, when the file has no other such column."""
    taken = {column.field for column in columns}
    doubtful = {name for column in columns if column.how == "ambiguous" for name in column.candidates}
    questions = []
    for kind in ("id_no", "phone"):
        wanted = [item.name for item in catalogue.fields.values() if item.kind == kind]
        if not wanted or any(name in taken or name in doubtful for name in wanted):
            continue
        for column in columns:
            if column.how == "unknown" and look.fits.get(column.index, {}).get(kind, 0) >= SURELY:
                questions.append(
                    Question(
                        code="ask_unknown",
                        key=f"column:{column.key}",
                        column=column.letter,
                        heading=column.heading,
                        options=(*(Option(value=name) for name in wanted), Option(value=IGNORE)),
                        samples=column.samples,
                        params={"field": wanted[0]},
                    )
                )
    return questions


def _missing(
    columns: Sequence[ColumnGuess],
    look: Look,
    catalogue: Catalogue,
    answers: Mapping[str, str],
    asked: Sequence[Question],
    sheet: str,
) -> tuple[list[Question], Problem | None]:
    """Fields a file must bring: asked when a column could be meant, refused when none could."""
    taken = {column.field for column in columns}
    doubtful = {option.value for question in asked for option in question.options}
    questions: list[Question] = []
    for group in (*((name,) for name in catalogue.required), *catalogue.one_of):
        if any(name in taken or name in doubtful for name in group):
            continue
        item = catalogue.fields[group[0]]
        could_be = [] if f"field:{item.name}" in answers else _could_be(item, columns, look)
        if not could_be:
            headings = [column.heading for column in columns]
            return [], Problem(
                sheet, None, "", "", "column_missing", "error", {"field": item.name, "headings": headings}
            )
        questions.append(
            Question(
                code="ask_missing",
                key=f"field:{item.name}",
                column="",
                heading="",
                options=(*(_column_option(column) for column in could_be), Option(value=NO_COLUMN, text="—")),
                params={"field": item.name},
            )
        )
    if not look.has_rows:
        return [], Problem(sheet, None, "", "", "no_data_rows", "error")
    return questions, None


def _could_be(item: Field, columns: Sequence[ColumnGuess], look: Look) -> list[ColumnGuess]:
    def fit(column: ColumnGuess) -> float:
        return look.fits.get(column.index, {}).get(item.kind, 0.0)

    return sorted(
        (column for column in columns if column.how == "unknown" and fit(column) >= SURELY), key=lambda c: -fit(c)
    )
