"""Free ports on this machine."""

import socket
import sys

from .messages import Stop

PREFERRED = 8000
TRIES = 50


class Reservation:
    """A port that another start on this machine will not choose, until `close`.

    Looking whether a port is free is not enough: two starts at once would look before either listens, and the web
    server shares a port (SO_REUSEPORT) in place of failing. On Linux the reservation is a name that only one process of
    the machine can hold and that ends with it.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._name: socket.socket | None = None

    def hold(self) -> bool:
        if sys.platform != "linux":
            return True
        name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            name.bind(f"\0collection-ops-port-{self.port}")
        except OSError:
            name.close()
            return False
        self._name = name
        return True

    def close(self) -> None:
        if self._name is not None:
            self._name.close()
            self._name = None


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the web server does: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """A port on 127.0.0.1 that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reserve(host: str, wanted: int | None) -> Reservation:
    """`wanted` or a sentence; without a wish the first free one from 8000 on."""
    if wanted is not None:
        reservation = _take(host, wanted)
        if reservation is None:
            raise Stop(
                f"{host} 的端口 {wanted} 不可用（被占用或没有权限）。请用 --port 换一个，或去掉 --port 自动选择。",
                f"Port {wanted} of {host} cannot be used (taken, or not allowed). Choose another with --port, or leave "
                "--port out.",
            )
        return reservation
    for port in range(PREFERRED, PREFERRED + TRIES):
        reservation = _take(host, port)
        if reservation is not None:
            return reservation
    raise Stop(
        f"{host} 的端口 {PREFERRED} 到 {PREFERRED + TRIES - 1} 都不可用。请用 --port 指定端口，或检查 --host。",
        f"None of the ports {PREFERRED} to {PREFERRED + TRIES - 1} of {host} can be used. Name one with --port, or "
        "check --host.",
    )


def _take(host: str, port: int) -> Reservation | None:
    reservation = Reservation(port)
    if not reservation.hold():
        return None
    if not is_free(host, port):
        reservation.close()
        return None
    return reservation
