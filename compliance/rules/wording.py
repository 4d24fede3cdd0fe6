"""Words of messages, templates and notes: what must not be said, or only when it is true. Pure: no database, no Django.

    check_wording("公安机关将上门拘留", audience="debtor")        → [B01.1, B01.2]
    check_wording("请转告张某联系我司", audience="contact")       → []

The words are data (`lexicons/*.json`, `lexicon.schema.json` says what they may hold), by category, each with the rule that
it belongs to. In a message a problem forbids sending or saving; in a note, which tells what was said, it is a flag for
whoever checks quality. Amounts are compared with the ledger to the cent.

Texts are read as a person reads them (`plain_text`): traditional characters and signs between the characters of a word hide
nothing. A Chinese text has no spaces, so words have borders of another kind: what lies across the edge of one of the
lexicon's common `words` is none of the phrases (the 经侦 in «已经侦察»).
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from compliance.rules.plain_text import plain, plain_with_places
from compliance.rules.typed_json import first_problem

Audience = Literal["debtor", "contact", "note"]
Stage = Literal["none", "prepared", "filed", "judged", "enforcing"]
"""How far the matter has come before a court; each includes those before it."""

FOLDER = Path(__file__).resolve().parent.parent / "lexicons"
SCHEMA = FOLDER / "lexicon.schema.json"
STAGES: tuple[str, ...] = ("none", "prepared", "filed", "judged", "enforcing")
IN_MESSAGES: tuple[Audience, ...] = ("debtor", "contact")
CHINESE = "CN"

_AMOUNT = re.compile(
    r"(?:[¥￥]\s?(?P<yuan>\d[\d,，]*(?:\.\d+)?))|(?:(?P<plain>\d[\d,，]*(?:\.\d+)?)\s?(?P<many>万)?\s?元)"
    r"|(?P<cents>(?<![\d.])\d[\d,，]*\.\d{2}(?![\d.%]))"
)
_COURT_NUMBER = re.compile(r"[（(]\s?\d{4}\s?[)）][一-鿿]\w{0,12}?\d{0,6}\w{0,8}?\d+号")


class LexiconWrong(ValueError):
    """A lexicon cannot be used; the sentence says where and why."""


@dataclass(frozen=True)
class WordingProblem:
    """What is wrong with a text: the category, the rule that it is against, the words that are meant, and the sentence for
    people by language. `verdict`: a message is not sent, a note is flagged."""

    code: str
    rule: str
    phrase: str
    message: Mapping[str, str]
    verdict: Literal["block", "warn"]


@dataclass(frozen=True)
class Category:
    """Words that belong together: `phrases` as they stand, and `patterns`; whatever a pattern finds holds one of `anchors`.
    `allow` are contexts in which they are harmless."""

    code: str
    rule: str
    message: Mapping[str, str]
    audiences: tuple[Audience, ...]
    phrases: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    anchors: tuple[str, ...]
    allow: tuple[re.Pattern[str], ...]
    unless: str
    stage: str


@dataclass(frozen=True)
class Lexicon:
    name: str
    version: str
    title: Mapping[str, str]
    signature: re.Pattern[str]
    opt_out: re.Pattern[str]
    words: re.Pattern[str] | None
    categories: tuple[Category, ...]

    def category(self, code: str) -> Category:
        """Raises KeyError."""
        found = next((one for one in self.categories if one.code == code), None)
        if found is None:
            raise KeyError(f"lexicon {self.name} has no category {code}")
        return found


def lexicon_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json") if path != SCHEMA)


@lru_cache(maxsize=8)
def lexicon(name: str) -> Lexicon:
    """A shipped lexicon. Raises LexiconWrong, for an unknown name too."""
    if name not in lexicon_names():
        raise LexiconWrong(f"there is no lexicon {name!r}; there are {', '.join(lexicon_names())}")
    data = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    if problem := first_problem(SCHEMA, data, name="lexicon"):
        raise LexiconWrong(f"{name}: {problem}")
    categories = tuple(
        Category(
            line["code"],
            line["rule"],
            line["message"],
            tuple(line.get("audiences", IN_MESSAGES)),
            tuple(line.get("phrases", [])),
            tuple(map(re.compile, line.get("patterns", []))),
            tuple(line.get("anchors", [])),
            tuple(map(re.compile, line.get("allow", []))),
            line.get("unless", ""),
            line.get("stage", ""),
        )
        for line in data["categories"]
    )
    return Lexicon(
        data["lexicon"], data["version"], data["title"], re.compile(data["signature"]), re.compile(data["opt_out"]),
        _any_of(data.get("words", [])), categories,
    )  # fmt: skip


def check_wording(
    text: str,
    *,
    audience: Audience = "debtor",
    case_no: str = "",
    ledger_amounts: Collection[Decimal] | None = None,
    legal_stage: str = "none",
    time_barred: bool = False,
    agency: str = "",
    principal: str = "",
    lexicons: Sequence[str] = (CHINESE,),
) -> list[WordingProblem]:
    """What is wrong with `text`, in the order in which the lexicons have it; nothing when all is well.

    `ledger_amounts`: yuan that may stand in the text (none at all: every amount is a problem; None: amounts are not looked
    at). `case_no`: the court's number on file, which says that the matter is filed. `agency`, `principal`: names of an
    agency that writes and of the lender that it writes for; empty for the lender's own people.
    """
    stage = max(legal_stage or "none", "filed" if case_no else "none", key=STAGES.index)
    found: list[WordingProblem] = []
    for name in lexicons:
        words = lexicon(name)
        read = words.signature.sub("", text) if audience == "contact" else text
        for category in words.categories:
            if audience in category.audiences and not _is_true(category, stage=stage, time_barred=time_barred):
                hits = _places_of(read, _found(words, category, plain(read)))
                found += [_problem(category, read[start:end], audience) for start, end in hits[:1]]
        if name == CHINESE and audience != "note":
            found += _chinese(
                words, text, audience=audience, case_no=case_no, ledger_amounts=ledger_amounts, agency=agency,
                principal=principal,
            )  # fmt: skip
    return found


def has_opt_out(text: str, *, lexicons: Sequence[str] = (CHINESE, "US")) -> bool:
    """Whether the text says how to be left alone."""
    return any(lexicon(name).opt_out.search(text) for name in lexicons)


def amounts_in(text: str) -> list[tuple[str, Decimal]]:
    """Amounts of yuan in a text, as they stand there and as numbers."""
    return [(match[0], _number(match)) for match in _AMOUNT.finditer(text)]


def _is_true(category: Category, *, stage: str, time_barred: bool) -> bool:
    """Whether what the words claim is the case."""
    if category.unless == "never_time_barred":
        return not time_barred
    return bool(category.stage) and STAGES.index(stage) >= STAGES.index(category.stage)


@dataclass(frozen=True)
class WordingHit:
    """Where words of a category stand in a text: `text[start:end]`. `hidden`: not as they are in the list, but as a reader
    takes them."""

    category: Category
    start: int
    end: int
    hidden: bool


def find_wording(text: str, *, audience: Audience, lexicons: Sequence[str] = (CHINESE,)) -> list[WordingHit]:
    """All places of a text where something stands that must not be said to `audience` (or be read in a note), by place. Only
    words: whether what they claim is true in the case is not asked."""
    read = plain(text)
    hits = [
        WordingHit(category, start, end, hidden=not _as_listed(category, text[start:end]))
        for name in lexicons
        for category in lexicon(name).categories
        if audience in category.audiences and category.unless != "never_time_barred"
        for start, end in _places_of(text, _found(lexicon(name), category, read))
    ]
    return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.category.code))


def _as_listed(category: Category, words: str) -> bool:
    return words in category.phrases or any(pattern.search(words) for pattern in category.patterns)


def _places_of(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where spans of the text as it is read stand in the text itself."""
    if not spans:
        return []
    _read, places = plain_with_places(text)
    return [(places[start], places[end - 1] + 1) for start, end in spans]


def _found(words: Lexicon, category: Category, read: str) -> list[tuple[int, int]]:
    """The places in a text as it is read, first those of phrases; each once."""
    spans = [span for phrase in category.phrases if phrase in read for span in _spans_of(phrase, read)]
    if not category.anchors or any(anchor in read for anchor in category.anchors):
        spans += [match.span() for pattern in category.patterns for match in pattern.finditer(read)]
    if not spans:
        return []
    harmless = [match.span() for pattern in category.allow for match in pattern.finditer(read)]
    borders = [match.span(1) for match in words.words.finditer(read)] if words.words else []
    return [
        (start, end)
        for start, end in dict.fromkeys(spans)
        if end > start
        and not any(first <= start and end <= last for first, last in harmless)
        and not any(_divides(border, start, end) for border in borders)
    ]


def _spans_of(phrase: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(phrase)
    while at >= 0:
        yield at, at + len(phrase)
        at = text.find(phrase, at + 1)


def _divides(word: tuple[int, int], start: int, end: int) -> bool:
    """Whether the word holds the hit, or lies across one of its edges."""
    first, last = word
    return (first < start < last) or (first < end < last) or (first <= start and end <= last)


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    """One pattern for all words: group 1, the longest at each place, also where they overlap."""
    if not words:
        return None
    return re.compile(f"(?=({'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))}))")


def _problem(category: Category, phrase: str, audience: Audience) -> WordingProblem:
    verdict: Literal["block", "warn"] = "warn" if audience == "note" else "block"
    return WordingProblem(category.code, category.rule, phrase, category.message, verdict)


def _chinese(
    words: Lexicon, text: str, *, audience: Audience, case_no: str, ledger_amounts: Collection[Decimal] | None,
    agency: str, principal: str,
) -> Iterator[WordingProblem]:  # fmt: skip
    """What needs more than a list of words: amounts, a court's number, who signs."""
    if audience == "contact":
        yield from (_problem(words.category("P03.amount"), phrase, audience) for phrase, _sum in amounts_in(text)[:1])
    elif ledger_amounts is not None:
        wrong = [phrase for phrase, amount in amounts_in(text) if amount not in ledger_amounts]
        yield from (_problem(words.category("B04.amount"), phrase, audience) for phrase in wrong[:1])
    strange = [number for number in _COURT_NUMBER.findall(text) if case_no and number != case_no]
    yield from (_problem(words.category("B04.number"), number, audience) for number in strange[:1])
    if agency and not _signed(text, agency=agency, principal=principal):
        signed = words.signature.search(text)
        yield _problem(words.category("I02"), signed[0] if signed else "", audience)


def _signed(text: str, *, agency: str, principal: str) -> bool:
    return agency in text and (not principal or (principal in text and "委托" in text))


def _number(match: re.Match[str]) -> Decimal:
    digits = re.sub("[,，]", "", match["yuan"] or match["plain"] or match["cents"])
    return Decimal(digits) * (10000 if match["many"] else 1)


def codes_of(problems: Iterable[WordingProblem]) -> tuple[str, ...]:
    """Only which categories, for where the words themselves are not kept."""
    return tuple(dict.fromkeys(problem.code for problem in problems))
