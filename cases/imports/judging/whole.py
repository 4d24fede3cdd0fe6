"""What the blocks of a book say together: problems in their order, counts, control totals, and the file's own rules."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cases.imports.cleaning.cells import cell_at
from cases.imports.cleaning.clean import clean_money
from cases.imports.judging.blocks import Block
from cases.imports.judging.judge import Book, Judge, add_up
from cases.imports.judging.result import CleanResult, ControlTotals, FileFacts, TotalRow
from cases.imports.words.problems import Problem, Severity


class Whole:
    """Takes in blocks in the order of the book; ``result`` once all are in."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.judges = [Judge(book, place) for place in range(len(book.sheets))]
        self.blocks: list[list[Block]] = [[] for _sheet in book.sheets]

    def take(self, block: Block) -> None:
        """Keep what the block says; what was made of its rows is the caller's."""
        block.made = None
        self.blocks[block.stretch.place].append(block)

    def result(self, notes: Iterable[Problem]) -> CleanResult:
        """The judgement. ``notes`` of reading and layout come first among the problems, then those of the file."""
        counts: Counter[str] = sum((block.counts for block in self._all()), Counter())
        rows = counts["accepted"] + counts["rejected"]
        of_file = [*self._lost_numbers(), *self._by_rules(FileFacts(rows, self._seen()))]
        totals = ControlTotals(
            counts["accepted"],
            self._add_up([block.sums.accepted for block in self._all()]),
            rows,
            self._add_up([block.sums.file for block in self._all()]),
        )
        of_rows: list[Problem] = []
        empty = 0
        for place, blocks in enumerate(self.blocks):
            gaps = self._gaps(place)
            empty += sum(problem.params["count"] for problem in gaps)
            on_sheet = [*gaps, *(problem for block in blocks for problem in block.problems)]
            on_sheet += self._compare_total_row(place, totals)
            on_sheet.sort(key=lambda problem: problem.row or 0)  # stable
            of_rows += on_sheet
        return CleanResult(
            [*notes, *of_file, *of_rows],
            totals,
            {
                "read": rows,
                "accepted": counts["accepted"],
                "rejected": counts["rejected"],
                "skipped": counts["skipped"] + empty,
            },
        )

    def _all(self) -> list[Block]:
        return [block for blocks in self.blocks for block in blocks]

    def _add_up(self, sums: list[dict[str, Decimal]]) -> dict[str, Decimal]:
        return add_up(sums, self.book.catalogue.summed)

    def _seen(self) -> dict[str, frozenset[Any]]:
        return {
            name: frozenset().union(*(block.seen[name] for block in self._all()))
            for name in self.book.catalogue.distinct
        }

    def _lost_numbers(self) -> list[Problem]:
        """A column that Excel has rewritten is told once more, as a column."""
        for judge, blocks in zip(self.judges, self.blocks, strict=True):
            lost: Counter[tuple[int, str]] = sum((block.scientific for block in blocks), Counter())
            for column in judge.columns:
                name = column.field or ""
                if lost[column.index, name] > 1:
                    judge.say_of_file("scientific_column", "warning", name, count=lost[column.index, name])
        return [problem for judge in self.judges for problem in judge.problems]

    def _by_rules(self, facts: FileFacts) -> list[Problem]:
        judge = Judge(self.book)
        tally: Counter[tuple[str, Severity]] = Counter()
        for block in self._all():
            tally.update(block.tally)
        for (code, severity), count in tally.items():
            judge.say_of_file(code, severity, count=count)
        for rule in self.book.catalogue.file_rules:
            rule(facts, judge)
        return judge.problems

    def _gaps(self, place: int) -> list[Problem]:
        """Runs of empty rows between others; those after the last row of the sheet are no gap."""
        sheet = self.book.sheets[place][1]
        runs: list[tuple[int, int]] = []
        for first, count in (run for block in self.blocks[place] for run in block.empty):
            if runs and sum(runs[-1]) == first:  # goes on over the edge of a block
                first, count = runs[-1][0], runs.pop()[1] + count
            runs.append((first, count))
        if runs and sum(runs[-1]) == sheet.first_row + len(sheet.rows):
            runs.pop()
        return [Problem(sheet.name, first, "", "", "row_empty", "info", {"count": count}) for first, count in runs]

    def _compare_total_row(self, place: int, totals: ControlTotals) -> list[Problem]:
        """The sheet's own 合计 row against the sum of its rows. Of several sheets, one that disagrees is kept."""
        judge, blocks = self.judges[place], self.blocks[place]
        total_rows = [row for block in blocks for row in block.total_rows]
        if not total_rows:
            return []
        number, cells = total_rows[-1]  # 合计 after 小计 and 本页合计
        sums = self._add_up([block.sums.file for block in blocks])
        claimed = {}
        for name in self.book.catalogue.summed:
            if (column := judge.column_of.get(name)) is not None:
                amount = clean_money(cell_at(cells, column.index), unit=column.unit).value
                if amount is not None:
                    claimed[name] = amount
        differences = {name: amount - sums[name] for name, amount in claimed.items() if amount != sums[name]}
        if totals.total_row is None or (totals.total_row.agrees and differences):
            totals.total_row = TotalRow(number, claimed, differences, judge.sheet.name)
        if claimed and not differences:
            return [Problem(judge.sheet.name, number, "", "", "total_row_agrees", "info")]
        return [
            Problem(
                judge.sheet.name,
                number,
                judge.heading(name),
                str(claimed[name]),
                "total_row_differs",
                "warning",
                {"sum": str(sums[name]), "difference": str(difference)},
            )
            for name, difference in differences.items()
        ]
