"""What a person said about being contacted, as a sentence: on the desk, on the handover card."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from collection_ops.core.wording import listed
from compliance.forms_wishes import WEEKDAYS, ZONES
from compliance.rule_texts import CHANNELS
from compliance.rules.facts import HOME, Facts

_DAYS, _ZONES = dict(WEEKDAYS), dict(ZONES)


def weekday_names(days: Iterable[int]) -> str:
    return listed(str(_DAYS[day]) for day in days)


def zone_name(zone: str) -> str:
    return str(_ZONES.get(zone, zone))


def wishes_in_words(facts: Facts) -> Iterator[str]:
    """Those in force on the day of the facts."""
    for slot in facts.inconvenient:
        said = {"from": f"{slot.start:%H:%M}", "to": f"{slot.end:%H:%M}", "days": weekday_names(slot.weekdays)}
        if slot.weekdays:
            yield _("%(days)s %(from)s–%(to)s 不方便") % said
        else:
            yield _("每天 %(from)s–%(to)s 不方便") % said
    for channel in facts.rejected_channels:
        yield _("不接受%(channel)s联系") % {"channel": CHANNELS.get(channel, channel)}
    for zone in facts.timezones:
        if zone != HOME:
            yield _("人在%(zone)s时区") % {"zone": zone_name(zone)}
    for window in facts.agreed_windows:
        begun = window.from_day is None or window.from_day <= facts.today
        if begun and (window.revoked_on is None or facts.today < window.revoked_on):
            yield _("约定 %(from)s–%(to)s 可以联系") % {"from": f"{window.start:%H:%M}", "to": f"{window.end:%H:%M}"}
