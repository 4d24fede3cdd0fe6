"""Which request the running code belongs to: for audit rows and log lines, without passing the request around."""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_address: ContextVar[str | None] = ContextVar("address", default=None)
_integration: ContextVar[str] = ContextVar("integration", default="")


def enter_request(request_id: str, address: str | None) -> None:
    _request_id.set(request_id)
    _address.set(address)


def enter_integration(name: str) -> None:
    """The request is that of a program, not of a person: who it is stands on the trail until the request ends."""
    _integration.set(name)


def leave_request() -> None:
    _request_id.set("")
    _address.set(None)
    _integration.set("")


def current_request_id() -> str:
    return _request_id.get()


def current_address() -> str | None:
    return _address.get()


def current_integration() -> str:
    return _integration.get()
