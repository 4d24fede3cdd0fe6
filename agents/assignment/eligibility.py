"""Which desk can take which kind of case: certificate, presence, level, stage, product, region, language.

A kind is what eligibility depends on: the line of the rules, the stage, the product and the region. Products and regions
that no desk and no line tells apart are one, so that there are few kinds however many regions a book has.
"""

from collections.abc import Sequence

import numpy as np

from agents.assignment.facts import CENTS, PLACE, STAGE, DeskFacts, Forbidden, Inputs
from agents.assignment.rules import REST, Line, read_lines

NOBODY, NO_LEVEL, NO_SKILL = "nobody_today", "no_level", "no_skill"


def _starts(text: str, beginnings: Sequence[str]) -> bool:
    return not beginnings or any(text.startswith(beginning) for beginning in beginnings)


class Kinds:
    """Kinds of case and groups of kinds (of a person with several); a kind is the group of itself."""

    def __init__(
        self, desks: list[DeskFacts], lines: list[Line], found: list[tuple[int, int, str, str]],
        of_case: np.ndarray, line_of_case: np.ndarray, forbidden: list[Forbidden],
    ) -> None:  # fmt: skip
        self.desks, self.lines, self.of_case, self.line_of_case = desks, lines, of_case, line_of_case
        self.forbidden = forbidden
        self.level_of_case = np.array([line.min_level for line in lines], dtype=np.int64)[line_of_case]
        self._today = np.array([not desk.why_not for desk in desks], dtype=bool)
        self._levels = np.array([desk.level for desk in desks], dtype=np.int64)
        self._want = [lines[line].min_level for line, *_rest in found]
        self._lacks = [self._codes(*one) for one in found]
        self._able = [np.array([not code for code in codes], dtype=bool) for codes in self._lacks]
        self._groups: dict[tuple[int, ...], int] = {}

    @property
    def groups(self) -> int:
        return len(self._able)

    def _codes(self, line: int, stage: int, product: str, region: str) -> list[str]:
        """By desk, what keeps it from the kind; empty for nothing."""
        rule = self.lines[line]
        codes = []
        for desk in self.desks:
            if desk.why_not:
                codes.append(desk.why_not)
            elif desk.stages and stage not in desk.stages:
                codes.append("stage")
            elif desk.products and product not in desk.products:
                codes.append("product")
            elif not _starts(region, desk.regions):
                codes.append("region")
            elif rule.languages and not set(rule.languages) & set(desk.languages):
                codes.append("language")
            elif desk.level < rule.min_level:
                codes.append("level")
            elif rule.min_level > desk.most_level:
                codes.append("calm")
            else:
                codes.append("")
        return codes

    def together(self, kinds: tuple[int, ...]) -> int:
        """The group of a person whose cases are of several kinds: whoever takes one takes all."""
        group = self._groups.get(kinds)
        if group is None:
            self._able.append(np.logical_and.reduce([self._able[kind] for kind in kinds]))
            codes = zip(*(self._lacks[kind] for kind in kinds), strict=True)
            self._lacks.append([next((code for code in each if code), "") for each in codes])
            self._want.append(max(self._want[kind] for kind in kinds))
            group = self._groups[kinds] = len(self._able) - 1
        return group

    def able(self, group: int) -> np.ndarray:
        return self._able[group]

    def lacks(self, kind: int, desk: int) -> str:
        """What keeps the desk (index) from the kind; empty for nothing."""
        return self._lacks[kind][desk]

    def spare_levels(self, group: int) -> np.ndarray:
        return np.clip(self._levels - self._want[group], 0, 4)

    def nobody(self, group: int) -> str:
        """Why no desk at all can take it."""
        if not self._today.any():
            return NOBODY
        return NO_LEVEL if {"level", "calm"} & set(self._lacks[group]) else NO_SKILL

    def nearest(self, group: int) -> list[tuple[int, str]]:
        """Desks that cannot, those that lack the least first; a few."""
        rank = {"level": 0, "calm": 0, "language": 1, "region": 2, "product": 3, "stage": 4}
        lacking = [(rank.get(code, 5), desk, code) for desk, code in enumerate(self._lacks[group]) if code]
        return [(desk, code) for _rank, desk, code in sorted(lacking)[:4]]


def kinds_of(inputs: Inputs, cases: np.ndarray) -> Kinds:
    lines = [*read_lines(inputs.lines), REST]
    numbers, at = np.unique(cases[:, PLACE], return_inverse=True)
    places = [inputs.places[number] for number in numbers.tolist()]
    alike: dict[tuple[object, ...], int] = {}
    texts: list[tuple[str, str]] = []
    classes = []
    for product, region in places:
        desks = ((product in d.products if d.products else None, _starts(region, d.regions)) for d in inputs.desks)
        rules = ((product in x.products if x.products else None, _starts(region, x.regions)) for x in lines)
        key = (*desks, *rules)
        if key not in alike:
            alike[key] = len(texts)
            texts.append((product, region))
        classes.append(alike[key])
    place = np.array(classes, dtype=np.int64)[at] if classes else np.empty(0, np.int64)
    stage = np.clip(cases[:, STAGE], 1, 7)
    line_of_case = np.full(len(cases), len(lines) - 1, dtype=np.int64)
    for number in range(len(lines) - 2, -1, -1):
        line_of_case[_fits(lines[number], stage, cases[:, CENTS], place, texts)] = number
    codes, of_case = np.unique((line_of_case * 8 + stage) * max(len(texts), 1) + place, return_inverse=True)
    found = []
    for code in codes.tolist():
        rest, place_class = divmod(code, max(len(texts), 1))
        found.append((rest // 8, rest % 8, *texts[place_class]))
    return Kinds(inputs.desks, lines, found, of_case, line_of_case, inputs.forbidden)


def _fits(
    line: Line, stage: np.ndarray, cents: np.ndarray, place: np.ndarray, texts: list[tuple[str, str]]
) -> np.ndarray:
    fits = np.ones(len(stage), dtype=bool)
    if line.stages:
        fits &= np.isin(stage, line.stages)
    if line.amount_from is not None:
        fits &= cents >= int(line.amount_from * 100)
    if line.amount_to is not None:
        fits &= cents < int(line.amount_to * 100)
    if (line.products or line.regions) and texts:
        there = [(not line.products or p in line.products) and _starts(r, line.regions) for p, r in texts]
        fits &= np.array(there, dtype=bool)[place]
    return fits
