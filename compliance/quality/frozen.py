"""What a drawing looked at, kept small: ids, weeks and reasons, so that it can be drawn again whatever happens later."""

import json
import zlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from compliance.quality.drawing import Talk, Terms


def freeze(talks: Iterable[Talk], terms: Terms) -> bytes:
    """About 10 bytes a talk."""
    known: dict[tuple[str, ...], int] = {}
    rows = [
        [
            talk.attempt,
            talk.user,
            talk.org,
            talk.week.toordinal(),
            known.setdefault(talk.reasons, len(known)),
            int(talk.taken),
        ]
        for talk in talks
    ]
    body = {
        "talks": rows,
        "reasons": list(known),
        "terms": [
            str(terms.collector_share), str(terms.agency_share), terms.least, terms.most, dict(terms.weights),
        ],
    }  # fmt: skip
    return zlib.compress(json.dumps(body, separators=(",", ":"), sort_keys=True).encode())


def thaw(kept: bytes) -> tuple[list[Talk], Terms]:
    body = json.loads(zlib.decompress(kept))
    reasons = [tuple(one) for one in body["reasons"]]
    talks = [
        Talk(attempt, user, org, date.fromordinal(week), reasons[why], bool(taken))
        for attempt, user, org, week, why, taken in body["talks"]
    ]
    own, agency, least, most, weights = body["terms"]
    return talks, Terms(Decimal(own), Decimal(agency), least, most, weights)
