"""The way out to a gateway of messages. A real one implements `Sender`; `settings.MESSAGE_SENDER` names it."""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from collection_ops.core import clock
from compliance.models import SimulatedDelivery


class NotTaken(Exception):
    """The gateway has not taken the message and will not send it; it may be handed over again."""


@dataclass(frozen=True)
class Receipt:
    """The gateway's own number of a message that it has taken."""

    reference: str


class Sender(Protocol):
    """`key` is the same each time one message is handed over: a gateway sends it once, and says by it what it has taken."""

    def send(self, *, key: str, channel: str, to: str, text: str) -> Receipt:
        """Hand a message over. Raises NotTaken; any other failure leaves open whether it was taken (`find`)."""
        ...

    def find(self, key: str) -> Receipt | None:
        """The receipt of a message that was taken, None of one that was not."""
        ...


class SimulatedSender:
    """Takes everything and sends nothing. Its books outlive the process, as a carrier's do."""

    def send(self, *, key: str, channel: str, to: str, text: str) -> Receipt:
        SimulatedDelivery.objects.get_or_create(key=key, defaults={"taken_at": clock.now()})
        return Receipt(f"sim-{key}")

    def find(self, key: str) -> Receipt | None:
        return Receipt(f"sim-{key}") if SimulatedDelivery.objects.filter(key=key).exists() else None


def configured() -> Sender | None:
    """The gateway in use; None where there is none."""
    if not settings.MESSAGE_SENDER:
        return None
    sender: Sender = import_string(settings.MESSAGE_SENDER)()
    return sender
