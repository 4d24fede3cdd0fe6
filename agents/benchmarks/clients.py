"""Collectors at their desks: real requests over real connections, each person in turn.

One turn is what a call costs: go on to the next case, read the case, ask the gate, open the form, tell what came of it; and
once the page with nothing on it, which everything else is held against.
"""

import http.client
import re
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

STEPS = ("empty", "next", "record", "open", "form", "log")
RESULTS = ("NO_ANSWER", "TALKED", "POWER_OFF", "BUSY", "HANG_UP")
"""Codes that ask for nothing more."""
MOST_ERRORS_KEPT = 10
_TOKEN = re.compile(r'name="form_token" value="([^"]{43})"')
_CALL = re.compile(r'<form[^>]*action="(/work/cases/\d+/contact/open/)".*?name="point" value="(\d+)"', re.DOTALL)


class Unexpected(Exception):
    """An answer that no collector should get; the sentence says which."""


@dataclass(frozen=True)
class Held:
    """A case that one person had on the desk, from when to when (seconds of one clock)."""

    case_id: int
    person: str
    since: float
    until: float


@dataclass
class Seen:
    """What the clients of a run measured: seconds by step, in the order of asking; who had what; what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    held: list[Held] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed: int = 0
    refused: int = 0
    none_left: int = 0

    def add(self, other: "Seen") -> None:
        for step, values in other.seconds.items():
            self.seconds[step] += values
        self.held += other.held
        self.errors = (self.errors + other.errors)[:MOST_ERRORS_KEPT]
        self.failed += other.failed
        self.refused += other.refused
        self.none_left += other.none_left


@dataclass
class _Person:
    name: str
    cookie: str
    csrf: str = ""
    case_id: int = 0
    since: float = 0.0
    turns: int = 0


class Client(threading.Thread):
    """One connection, shared by its people, who take turns."""

    def __init__(self, port: int, sessions: dict[str, str], *, seconds: float, cookie: str, empty: str) -> None:
        super().__init__(daemon=True)
        self.seen = Seen()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._people = [_Person(name, f"{cookie}={key}") for name, key in sessions.items()]
        self._seconds, self._empty = seconds, empty

    def run(self) -> None:
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            for person in self._people:
                if time.monotonic() >= until:
                    break
                try:
                    self._turn(person)
                except (Unexpected, OSError, http.client.HTTPException) as wrong:
                    self.seen.failed += 1
                    if len(self.seen.errors) < MOST_ERRORS_KEPT:
                        self.seen.errors.append(f"{person.name}: {wrong!r}")
                    self._connection.close()
        for person in self._people:
            self._leave(person, time.monotonic())
        self._connection.close()

    def _turn(self, person: _Person) -> None:
        person.turns += 1
        page = self._get(person, "empty", self._empty)
        token = _one(_TOKEN, page, "a form") if _TOKEN.search(page) else f"{person.name}-{person.turns}".rjust(43, "x")
        asked = {"form_token": token}
        if person.case_id:
            asked["from"] = str(person.case_id)
        self._leave(person, time.monotonic())
        address = self._post(person, "next", "/work/desk/next/", asked)
        served = re.fullmatch(r"/work/desk/(\d+)/", address)
        if served is None:
            self.seen.none_left += 1
            return
        person.case_id, person.since = int(served[1]), time.monotonic()
        page = self._get(person, "record", address)
        call = _CALL.search(page)
        if call is None:
            raise Unexpected(f"no number to call on {address}, which was served as callable")
        address = self._post(person, "open", call[1], {"form_token": _after(page, call.start()), "point": call[2]})
        if not address.startswith("/work/contacts/"):
            self.seen.refused += 1
            return
        page = self._get(person, "form", address)
        result = RESULTS[(person.case_id + person.turns) % len(RESULTS)]
        told = {"form_token": _after(page, page.index("/record/")), "code": result, "note": ""}
        self._post(person, "log", f"{address}record/", told)

    def _leave(self, person: _Person, now: float) -> None:
        if person.case_id:
            self.seen.held.append(Held(person.case_id, person.name, person.since, now))
            person.case_id = 0

    def _get(self, person: _Person, step: str, address: str) -> str:
        status, _location, body = self._ask(person, step, "GET", address, "")
        if status != 200:
            raise Unexpected(f"{step}: {status} for {address}")
        return body

    def _post(self, person: _Person, step: str, address: str, values: dict[str, str]) -> str:
        body = urlencode({**values, "csrfmiddlewaretoken": person.csrf})
        status, location, text = self._ask(person, step, "POST", address, body)
        if status != 302:
            raise Unexpected(f"{step}: {status} for {address}: {text[:200]}")
        return urlsplit(location).path

    def _ask(self, person: _Person, step: str, method: str, address: str, body: str) -> tuple[int, str, str]:
        headers = {"Cookie": person.cookie + (f"; csrftoken={person.csrf}" if person.csrf else "")}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        self._connection.request(method, address, body=body or None, headers=headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        self.seen.seconds[step].append(time.perf_counter() - begun)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            if cookie.startswith("csrftoken="):
                person.csrf = cookie.split(";")[0].removeprefix("csrftoken=")
        return answer.status, answer.headers.get("Location") or "", text


def _one(pattern: re.Pattern[str], page: str, what: str) -> str:
    found = pattern.search(page)
    if found is None:
        raise Unexpected(f"{what} is missing on the page")
    return found[1]


def _after(page: str, position: int) -> str:
    """The token of the form that begins at the position."""
    return _one(_TOKEN, page[position:], "a form's token")


def run_clients(
    port: int, sessions: dict[str, str], *, clients: int, seconds: float, cookie: str, empty: str
) -> tuple[Seen, float]:
    """All people on so many connections, until the time is over; what was seen, and how many seconds it took."""
    names = list(sessions)
    shares: list[Sequence[str]] = [names[n::clients] for n in range(clients)]
    threads = [
        Client(port, {name: sessions[name] for name in share}, seconds=seconds, cookie=cookie, empty=empty)
        for share in shares
        if share
    ]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.monotonic() - begun
    seen = Seen()
    for thread in threads:
        seen.add(thread.seen)
    return seen, taken


def double_serves(held: Sequence[Held]) -> int:
    """How often somebody was given a case that another person still had."""
    found = 0
    by_case: defaultdict[int, list[Held]] = defaultdict(list)
    for one in held:
        by_case[one.case_id].append(one)
    for periods in by_case.values():
        periods.sort(key=lambda one: one.since)
        found += sum(
            before.until > after.since and before.person != after.person
            for n, before in enumerate(periods)
            for after in periods[n + 1 :]
        )
    return found
