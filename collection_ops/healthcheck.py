"""Is this container's program well? `python -m collection_ops.healthcheck web|worker|beat`; exit code 0 or 1.

web asks `/readyz` as a browser behind the proxy would; worker and beat are judged by the age of their sign of life.
"""

import http.client
import os
import sys
import time
from pathlib import Path

# The worker beats every 2 seconds while it is connected to the broker; beat wakes at least every 15 for the job sweep.
MAXIMUM_AGE_SECONDS = {"worker": 60.0, "beat": 90.0}


def heartbeat_file(program: str) -> Path:
    """Where a program leaves its sign of life. In a container that is its own /tmp (HEARTBEAT_DIR), never a volume that
    several containers share."""
    state = os.environ.get("COLLECTION_OPS_STATE") or Path(__file__).resolve().parent.parent / "var"
    return Path(os.environ.get("HEARTBEAT_DIR") or Path(state) / "run") / f"{program}.heartbeat"


def web(*, port: int, host_header: str) -> tuple[bool, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": host_header, "X-Forwarded-Proto": "https"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return False, f"no answer on port {port}: {error}"
    finally:
        connection.close()
    return status == 200, f"/readyz answers {status}"


def heartbeat(file: Path, *, maximum_age: float, now: float) -> tuple[bool, str]:
    """`maximum_age` in seconds, `now` as seconds since the epoch."""
    try:
        age = now - file.stat().st_mtime
    except OSError:
        return False, f"{file} is not there"
    return age <= maximum_age, f"last sign of life {age:.0f} s ago"


def main(arguments: list[str]) -> int:
    program = arguments[0] if arguments else ""
    if program == "web":
        names = [part.strip(" .") for part in os.environ.get("ALLOWED_HOSTS", "").split(",") if part.strip(" .*")]
        well, why = web(port=int(os.environ.get("PORT", "8000")), host_header=names[0] if names else "localhost")
    elif program in MAXIMUM_AGE_SECONDS:
        well, why = heartbeat(heartbeat_file(program), maximum_age=MAXIMUM_AGE_SECONDS[program], now=time.time())
    else:
        well, why = False, f"usage: python -m collection_ops.healthcheck {'|'.join(['web', *MAXIMUM_AGE_SECONDS])}"
    print(why)  # noqa: T201  (shown by `docker inspect`)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
