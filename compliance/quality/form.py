"""The score form as data: sections with items, each with its points, and critical errors. Pure.

{"pass_mark": 80, "sections": [{"code", "label", "label_en", "items": [{"code", "label", "label_en", "weight", "na"}]}],
 "critical": [{"code", "label", "label_en", "breach"}]}

`breach`: the kind of breach that the error is (`breaching/kinds.py`); without one what is usual.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compliance.breaching.kinds import OF_CRITICAL, OTHER_CONDUCT, is_known
from compliance.quality.refusals import QualityRefused

MOST_ITEMS, MOST_CRITICAL, MOST_WEIGHT = 60, 20, 100


@dataclass(frozen=True)
class Named:
    code: str
    name: str
    name_en: str = ""

    @property
    def label(self) -> str:
        """In the reader's language; a form that was written in one language only has that."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


@dataclass(frozen=True)
class Item(Named):
    """`weight`: points for all of it; `na`: it may be not applicable."""

    weight: int = 1
    na: bool = False


@dataclass(frozen=True)
class Critical(Named):
    """`breach`: as what the register of breaches has it."""

    breach: str = OTHER_CONDUCT


@dataclass(frozen=True)
class Section(Named):
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Form:
    sections: tuple[Section, ...]
    critical: tuple[Critical, ...]
    pass_mark: int

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for section in self.sections for item in section.items)


def read_form(body: Mapping[str, Any]) -> Form:
    """`body` as a form. Raises QualityRefused: nothing to score, two of one code, weights or a pass mark out of bounds."""
    sections = tuple(
        Section(*_named(one), items=tuple(_item(item) for item in one.get("items", ())))
        for one in body.get("sections", ())
    )
    form = Form(sections, tuple(_critical(one) for one in body.get("critical", ())), _whole(body.get("pass_mark"), 100))
    items, errors = form.items, form.critical
    if not items:
        raise QualityRefused(_("评分表至少要有一个评分项"))
    if len(items) > MOST_ITEMS or len(errors) > MOST_CRITICAL:
        raise QualityRefused(
            _("最多 %(items)s 个评分项、%(errors)s 个致命错误") % {"items": MOST_ITEMS, "errors": MOST_CRITICAL}
        )
    if all(item.na for item in items):
        raise QualityRefused(_("至少一个评分项须不允许“不适用”，否则可能没有可评的内容"))
    for named in (sections, items, errors):
        codes = [one.code for one in named]
        if len(set(codes)) != len(codes):
            raise QualityRefused(_("评分表中有重复的代码"))
    return form


def _named(one: Mapping[str, Any]) -> tuple[str, str, str]:
    code, name = str(one.get("code", "")).strip(), str(one.get("label", "")).strip()
    if not code or not name or len(code) > 32 or len(name) > 80:
        raise QualityRefused(_("每个评分项都要有代码与名称（名称最多 80 字）"))
    return code, name, str(one.get("label_en", "")).strip()[:120]


def _item(one: Mapping[str, Any]) -> Item:
    return Item(*_named(one), weight=_whole(one.get("weight"), MOST_WEIGHT), na=bool(one.get("na", False)))


def _critical(one: Mapping[str, Any]) -> Critical:
    named = _named(one)
    breach = str(one.get("breach") or OF_CRITICAL.get(named[0], OTHER_CONDUCT))
    if not is_known(breach):
        raise QualityRefused(_("没有“%(kind)s”这种违规类型") % {"kind": breach[:32]})
    return Critical(*named, breach=breach)


def _whole(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise QualityRefused(_("分值与合格线须为 1 至 %(most)s 的整数") % {"most": most})
    return value
