"""Where the boxes of a small decision tree stand, for the drawing; and the same as lines of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.regular import words
from reports.regular.paper import rate

BOX_WIDTH, BOX_HEIGHT = 196, 62
GAP, STEP = 12, 108
LONGEST_LINE = 28


@dataclass(frozen=True)
class Box:
    """Top left corner; lines of text, `whole` the question in full; `tone` 0 to 4 by its rate against the root's."""

    x: int
    y: int
    title: str
    share: str
    question: str
    whole: str
    tone: int

    @property
    def middle(self) -> int:
        return self.x + BOX_WIDTH // 2


@dataclass(frozen=True)
class Line:
    x1: int
    y1: int
    x2: int
    y2: int
    label: str

    @property
    def label_x(self) -> int:
        return (self.x1 + self.x2) // 2

    @property
    def label_y(self) -> int:
        return (self.y1 + self.y2) // 2 + 4


@dataclass(frozen=True)
class Leaf:
    """A row of the table: the way to the leaf, how many there are, how many of them hit."""

    path: list[str]
    size: str
    hits: str
    rate: str


@dataclass(frozen=True)
class Drawn:
    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]
    leaves: list[Leaf]
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


def drawn(nodes: Sequence[Mapping[str, Any]]) -> Drawn:
    """Leaves side by side, every other box above the middle of its branches."""
    children: dict[int, list[int]] = {}
    for number, node in enumerate(nodes):
        if node.get("parent") is not None:
            children.setdefault(int(node["parent"]), []).append(number)
    depth = _depths(nodes)
    places: dict[int, int] = {}
    _place(0, children, places, [0])
    root = rate(int(nodes[0]["hits"]), int(nodes[0]["size"])) or Decimal(0)
    boxes = [_box(node, places[number], depth[number] * STEP, root) for number, node in enumerate(nodes)]
    lines = [
        Line(
            boxes[parent].middle, boxes[parent].y + BOX_HEIGHT, boxes[number].middle, boxes[number].y,
            _("是") if nodes[number].get("is_yes") else _("否"),
        )
        for parent, below in children.items()
        for number in below
    ]  # fmt: skip
    leaves = [_leaf(nodes, number) for number in sorted(places, key=places.__getitem__) if number not in children]
    width = max(box.x for box in boxes) + BOX_WIDTH
    return Drawn(width, max(depth) * STEP + BOX_HEIGHT, boxes, lines, leaves)


def _depths(nodes: Sequence[Mapping[str, Any]]) -> list[int]:
    found: list[int] = []
    for node in nodes:
        parent = node.get("parent")
        found.append(0 if parent is None else found[int(parent)] + 1)
    return found


def _place(number: int, children: Mapping[int, list[int]], places: dict[int, int], free: list[int]) -> None:
    below = children.get(number, [])
    for child in below:
        _place(child, children, places, free)
    if below:
        places[number] = sum(places[child] for child in below) // len(below)
    else:
        places[number] = free[0]
        free[0] += BOX_WIDTH + GAP


def _box(node: Mapping[str, Any], x: int, y: int, root: Decimal) -> Box:
    size, hits = int(node["size"]), int(node["hits"])
    share = rate(hits, size) or Decimal(0)
    ratio = share / root if root else Decimal(1)
    tone = sum(ratio >= limit for limit in (Decimal("0.5"), Decimal("0.8"), Decimal("1.25"), Decimal("2")))
    whole = words.said(node["question"]) if node.get("question") else ""
    title = ngettext("%(n)s 件", "%(n)s 件", size) % {"n": f"{size:,}"}
    return Box(x, y, title, words.shown("percent", share), _cut(whole), whole, tone)


def _cut(text: str) -> str:
    """As much of a question as fits in a box; the table has it in full."""
    if _width(text) <= LONGEST_LINE:
        return text
    while _width(text) >= LONGEST_LINE:
        text = text[:-1]
    return f"{text}…"


def _width(text: str) -> int:
    """A Chinese character takes the place of two letters."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _leaf(nodes: Sequence[Mapping[str, Any]], number: int) -> Leaf:
    path: list[str] = []
    at = number
    while nodes[at].get("parent") is not None:
        parent = int(nodes[at]["parent"])
        question = words.said(nodes[parent]["question"])
        path.insert(0, question if nodes[at].get("is_yes") else _("非（%(what)s）") % {"what": question})
        at = parent
    size, hits = int(nodes[number]["size"]), int(nodes[number]["hits"])
    return Leaf(path, f"{size:,}", f"{hits:,}", words.shown("percent", rate(hits, size)))
