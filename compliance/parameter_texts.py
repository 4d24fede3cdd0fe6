"""How values of parameters are put into words. What each parameter of each kind is called: `kind_texts`."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext_lazy

from collection_ops.core.wording import listed
from compliance.rule_texts import Text, Words

Say = Callable[[Any], str]


@dataclass(frozen=True)
class Coded:
    """A code, or several in a row, as words; on a form they are the choices."""

    words: Words

    def __call__(self, value: Any) -> str:
        codes = value if isinstance(value, tuple) else (value,)
        return listed(self.words.get(code, code) for code in codes)


def times(number: int) -> str:
    return ngettext("%(count)d 次", "%(count)d 次", number) % {"count": number}


def days(number: int) -> str:
    return ngettext("%(count)d 天", "%(count)d 天", number) % {"count": number}


def years(number: int) -> str:
    return ngettext("%(count)d 年", "%(count)d 年", number) % {"count": number}


def hours(number: int) -> str:
    return ngettext("%(count)d 小时", "%(count)d 小时", number) % {"count": number}


def minutes(number: int) -> str:
    return ngettext("%(count)d 分钟", "%(count)d 分钟", number) % {"count": number}


def seconds(number: int) -> str:
    return ngettext("%(count)d 秒", "%(count)d 秒", number) % {"count": number}


def items(number: int) -> str:
    return ngettext("%(count)d 项", "%(count)d 项", number) % {"count": number}


def clock(time: dt.time) -> str:
    return f"{time:%H:%M}"


def yes_or_no(value: bool) -> str:
    return gettext("是") if value else gettext("否")


NO_LIMIT, NONE = pgettext_lazy("parameter", "不限"), pgettext_lazy("parameter", "无")


@dataclass(frozen=True)
class Parameter:
    """`say` puts a value into words; `nothing` is said instead of None, an empty list or an empty text."""

    label: Text
    say: Say
    nothing: Text = NO_LIMIT

    def words(self, value: Any) -> str:
        return str(self.nothing) if value is None or value in ((), "") else self.say(value)


@dataclass(frozen=True)
class KindText:
    label: Text
    parameters: Mapping[str, Parameter]
