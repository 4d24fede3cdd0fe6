"""Tokens of other programs: issued, found, counted, revoked."""

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from collection_ops.core.access import token_scopes
from collection_ops.core.models import ApiToken, User
from collection_ops.core.services import audit

LONGEST = timedelta(days=730)
MOST_ADDRESSES = 20
_SECRET = re.compile(r"co_([0-9a-f]{10})_([A-Za-z0-9_-]{43})")
_ORG = re.compile(r"[A-Za-z0-9_-]{0,32}")
# Compared with where no row has the prefix: an unknown token is refused as slowly as a wrong one.
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


class TokenRefused(Exception):
    """The token cannot be issued like this: the sentence says why, `field` where."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class TokenInvalid(Exception):
    """The caller may not come in with this token. `code`: invalid, revoked, expired, or address; only who holds the real
    secret learns which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Use:
    """Requests in the running minute, this one included, and seconds until it is over."""

    requests: int
    seconds_left: int


def issue_token(
    *,
    integration: str,
    scopes: Sequence[str],
    actor: User | None,
    now: datetime,
    lifetime: timedelta = timedelta(days=365),
    org: str = "",
    addresses: Sequence[str] = (),
    requests_per_minute: int = 600,
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is nowhere kept and cannot be shown again. Raises TokenRefused with the field."""
    if not integration.strip():
        raise TokenRefused(_("请填写对接系统的名称"), "integration")
    unknown = sorted(set(scopes) - set(token_scopes()))
    if unknown or not scopes:
        raise TokenRefused(_("请至少选择一项权限范围，且只能从列出的范围中选择"), "scopes")
    if not _ORG.fullmatch(org):
        raise TokenRefused(_("机构代码只能包含字母、数字、连字符和下划线"), "org")
    if not timedelta(days=1) <= lifetime <= LONGEST:
        raise TokenRefused(_("有效期须在 1 至 %(days)s 天之间") % {"days": LONGEST.days}, "days")
    if not 1 <= requests_per_minute <= 100_000:
        raise TokenRefused(_("每分钟请求数须在 1 至 100000 之间"), "requests_per_minute")
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            integration=integration.strip()[:40],
            prefix=prefix,
            digest=_digest(secret),
            scopes=sorted(set(scopes)),
            org=org,
            addresses=_networks(addresses),
            requests_per_minute=requests_per_minute,
            created_by=actor,
            created_at=now,
            expires_at=now + lifetime,
        )
        data = {"integration": token.integration, "scopes": token.scopes, "org": org, "expires_at": token.expires_at}
        audit.record(action="token.issued", actor=actor, obj=token, data=data)
    return token, f"co_{prefix}_{secret}"


def revoke_token(*, token: ApiToken, actor: User | None, now: datetime, reason: str) -> ApiToken:
    """From now on nobody comes in with it. Revoked twice is revoked; the first time stays."""
    with transaction.atomic():
        locked = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
        if locked.revoked_at is None:
            locked.revoked_at, locked.revoked_by = now, actor
            locked.save(update_fields=["revoked_at", "revoked_by"])
            audit.record(action="token.revoked", actor=actor, obj=locked, reason=reason)
    return locked


def find_token(*, secret: str, address: str | None, now: datetime) -> ApiToken:
    """The token of this secret, if it holds here and now. Raises TokenInvalid."""
    match = _SECRET.fullmatch(secret)
    prefix, given = match.groups() if match else ("", "")
    token = ApiToken.objects.filter(prefix=prefix).first()
    same = hmac.compare_digest(token.digest if token is not None else _NOBODY, _digest(given))
    if token is None or not same:
        raise TokenInvalid("invalid")
    if token.revoked_at is not None:
        raise TokenInvalid("revoked")
    if token.expires_at <= now:
        raise TokenInvalid("expired")
    if token.addresses and not _is_in(address, token.addresses):
        raise TokenInvalid("address")
    return token


# In the database, because that is what all web processes share and what a request needs anyway: with Redis away the limit
# holds on. One row a token is written once a request (its own transaction, heap-only).
_COUNT = """
INSERT INTO core_apitokenuse AS used (token_id, minute, requests)
VALUES (%(token)s, date_trunc('minute', clock_timestamp()), 1)
ON CONFLICT (token_id) DO UPDATE SET
    requests = CASE WHEN used.minute = excluded.minute THEN used.requests + 1 ELSE 1 END, minute = excluded.minute
RETURNING requests, 60 - floor(extract(second FROM clock_timestamp()))::int
"""


def count_use(*, token: ApiToken) -> Use:
    """Count one request of the token."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"token": token.pk})
        requests, seconds_left = cursor.fetchone()
    return Use(requests, seconds_left)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _networks(addresses: Sequence[str]) -> list[str]:
    if len(addresses) > MOST_ADDRESSES:
        raise TokenRefused(_("最多 %(most)s 个地址") % {"most": MOST_ADDRESSES}, "addresses")
    try:
        return [str(ipaddress.ip_network(address.strip(), strict=False)) for address in addresses]
    except ValueError as wrong:
        raise TokenRefused(_("地址须是 IP 或网段，例如 10.1.2.3 或 10.1.0.0/16"), "addresses") from wrong


def _is_in(address: str | None, networks: Sequence[str]) -> bool:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)  # ::ffff:10.1.2.3, where the server listens on both kinds
    return any((mapped or found) in ipaddress.ip_network(network) for network in networks)
