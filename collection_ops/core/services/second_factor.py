"""The second factor: a code from an authenticator app (TOTP), and recovery codes for the day the phone is lost."""

import base64
import io
import secrets
from datetime import datetime

import qrcode
import qrcode.image.svg
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from collection_ops.core.crypto import blind_index
from collection_ops.core.models import RecoveryCode, User
from collection_ops.core.services import audit
from collection_ops.core.services.sessions import end_sessions

RECOVERY_CODES = 10
# 50 random bits without letters that are misread; typed in two groups of five.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def confirmed_device(user: User) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def waiting_device(*, user: User, key: str) -> TOTPDevice:
    """A device that is not stored before its first code was right; `key` waits in the session meanwhile."""
    return TOTPDevice(user=user, key=key, name="totp", confirmed=False)


def new_key() -> str:
    """160 bits from the system's random source, in hex as django-otp keeps them."""
    return secrets.token_hex(20)


def secret_of(device: TOTPDevice) -> str:
    """The secret as authenticator apps take it by hand: base32 in groups of four."""
    text = base64.b32encode(device.bin_key).decode("ascii").rstrip("=")
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def qr_picture(device: TOTPDevice) -> str:
    """The secret as a QR code, as a data address of an SVG: no file, no request, allowed by the content policy."""
    picture = qrcode.make(device.config_url, image_factory=qrcode.image.svg.SvgPathFillImage, box_size=12, border=2)
    out = io.BytesIO()
    picture.save(out)
    return f"data:image/svg+xml;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def confirm_setup(*, user: User, key: str, code: str) -> tuple[TOTPDevice, list[str]] | None:
    """Store the device when its first code is right: the device and the recovery codes to show once, else None."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two tabs at once: one device
        if confirmed_device(user) is not None:
            return None
        device = waiting_device(user=user, key=key)
        device.save()
        if not device.verify_token(code):
            transaction.set_rollback(True)
            return None
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = _new_recovery_codes(user)
        audit.record(action="second_factor.set_up", actor=user, obj=user)
    return device, codes


def renew_recovery_codes(*, user: User) -> list[str]:
    """Ten new codes; the old ones end."""
    with transaction.atomic():
        codes = _new_recovery_codes(user)
        audit.record(action="second_factor.codes_renewed", actor=user, obj=user)
    return codes


def _new_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(user: User, code: str) -> str:
    return blind_index("recovery_code", f"{user.pk}:{code}")


def verify(*, user: User, code: str, now: datetime) -> TOTPDevice | None:
    """The device when `code` is its code or an unused recovery code, else None.

    Wrong codes delay the next try (django-otp's throttle doubles the wait); a code is taken once.
    """
    typed = code.strip().replace(" ", "").replace("-", "").lower()
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).order_by("pk").first()
        if device is None:
            return None
        if typed.isdigit() and len(typed) == device.digits:
            accepted, kind = device.verify_token(typed), "totp"
        else:
            accepted, kind = _use_recovery_code(device, user, typed, now), "recovery"
        audit.record(
            action="second_factor.ok" if accepted else "second_factor.refused",
            actor=user,
            obj=user,
            data={"kind": kind},
            outcome="ok" if accepted else "refused",
        )
    return device if accepted else None


def _use_recovery_code(device: TOTPDevice, user: User, typed: str, now: datetime) -> bool:
    allowed, _why = device.verify_is_allowed()
    if not allowed:
        return False
    used = RecoveryCode.objects.filter(user=user, digest=_digest(user, typed), used_at__isnull=True).update(used_at=now)
    if used:
        device.throttle_reset()
    else:
        device.throttle_increment()
    return bool(used)


def seconds_to_wait(user: User) -> int:
    """How long until another code is looked at; 0 when at once."""
    device = confirmed_device(user)
    if device is None:
        return 0
    allowed, why = device.verify_is_allowed()
    if allowed or not why or "locked_until" not in why:
        return 0
    from collection_ops.core import clock

    return max(1, int((why["locked_until"] - clock.now()).total_seconds()) + 1)


def reset(*, user: User, actor: User | None, reason: str, now: datetime) -> None:
    """Take the second factor away (lost phone); the person's sessions end. They set it up anew at the next sign-in."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        end_sessions(user=user, now=now)
        audit.record(action="second_factor.reset", actor=actor, obj=user, reason=reason)
