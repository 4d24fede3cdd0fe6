"""A book that things happen to: files, corrections, money, undos, moves and ends, through the real services, at moments that
are given. Two worlds of one seed have the same history."""

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from cases.imports import run as runs
from cases.imports.refusals import RunRefused
from cases.models import Case, CloseReason, Desk, DeskKind, ImportRun, Repayment, Source
from cases.services.closing import ClosingRefused, close_case
from cases.services.custody import move_cases
from cases.services.matching import match_repayment, release_repayment
from cases.services.repayments import Payment, record_repayments
from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.models import ContactAttempt, GateDecision
from tests.cases.imports.conftest import Row, at, debt, write_csv

FIRST_DAY = dt.date(2026, 2, 24)
CONTRACTS = range(1, 13)
PRODUCTS, CITIES = ("消费分期", "信用卡"), ("昆明市", "杭州市")
CENT = Decimal("0.01")


class World:
    """`happen()` does the next thing; `now` is the moment of the last one."""

    def __init__(self, *, seed: int, source: Source, desks: list[Desk], actor: User, folder: Path) -> None:
        self.random = random.Random(seed)
        self.source, self.desks, self.actor, self.folder = source, desks, actor, folder
        self.now = at(FIRST_DAY)
        self.file_day = FIRST_DAY
        self.said: list[str] = []
        self._files = 0

    @property
    def today(self) -> dt.date:
        return clock.business_date(self.now)

    def happen(self) -> None:
        things: list[tuple[int, Callable[[], str]]] = [
            (6, self.a_file),
            (5, self.money),
            (2, self.a_correction),
            (1, self.an_older_file),
            (2, self.an_undo),
            (2, self.a_reversal),
            (3, self.moves),
            (1, self.an_end),
            (1, self.a_match),
            (1, self.a_release),
            (4, self.contacts),
            (2, self.a_note),
        ]
        self.now += dt.timedelta(hours=self.random.randint(1, 30), minutes=self.random.randint(0, 59))
        thing = self.random.choices([one for _weight, one in things], [weight for weight, _one in things])[0]
        self.said.append(f"{self.now:%m-%d %H:%M} {thing()}")

    def rows(self) -> list[Row]:
        found = []
        for number in CONTRACTS:
            if self.random.random() < 0.65:
                total = (Decimal(self.random.randint(-5_000, 400_000)) / 100).quantize(CENT)
                found.append(
                    debt(
                        number,
                        days=self.random.choice([0, 5, 29, 31, 45, 62, 95, 200]),
                        total=str(total),
                        产品=PRODUCTS[(number + (self.random.random() < 0.05)) % 2],
                        城市=CITIES[number % 3 % 2],
                    )
                )
        return found or [debt(1)]

    def _import(self, day: dt.date, **given: str) -> ImportRun:
        self._files += 1
        return runs.import_file(
            path=write_csv(self.folder / f"{self._files}-{day}.csv", self.rows()),
            source=self.source,
            as_of=day,
            actor=self.actor,
            now=self.now,
            apply=True,
            answers=given,
        )

    def a_file(self) -> str:
        if self.today <= self.file_day:
            self.now = at(self.file_day + dt.timedelta(days=self.random.randint(1, 4)), 9)
        self.file_day = self.today
        return f"file of {self.file_day}: {self._import(self.file_day).state}"

    def a_correction(self) -> str:
        return f"correction of {self.file_day}: {self._import(self.file_day, standing='correction').state}"

    def an_older_file(self) -> str:
        day = self.file_day - dt.timedelta(days=self.random.randint(1, 3))
        return f"older file of {day}: {self._import(day, standing='history').state}"

    def money(self) -> str:
        payments = [
            Payment(
                contract_no=f"HT{self.random.choice([*CONTRACTS, 77]):05d}",
                paid_on=self.today - dt.timedelta(days=self.random.choice([0, 0, 1, 2, 9])),
                amount=Decimal(self.random.randint(1, 90_000)) / 100,
                status=self.random.choice(["confirmed", "confirmed", "confirmed", "claimed"]),
                reference=self.random.choice(["", "", f"S{self.random.randint(1, 6)}"]),
            )
            for _payment in range(self.random.randint(1, 4))
        ]
        record_repayments(payments=payments, source=self.source, actor=self.actor, now=self.now)
        return f"{len(payments)} payments"

    def a_reversal(self) -> str:
        paid = list(Repayment.objects.filter(reversal_of__isnull=True, reversal__isnull=True).order_by("pk"))
        if not paid:
            return "nothing to reverse"
        one = self.random.choice(paid)
        Repayment.objects.create(
            source=one.source,
            contract_no=one.contract_no,
            loan=one.loan,
            paid_on=max(one.paid_on, self.today),
            recorded_at=self.now,
            amount=one.amount,
            status=one.status,
            reversal_of=one,
            # It belongs where its payment belongs since it came.
        )
        return f"reversal of {one.amount}"

    def an_undo(self) -> str:
        run = ImportRun.objects.filter(state="applied").order_by("-applied_at", "-pk").first()
        if run is None:
            return "nothing to undo"
        try:
            runs.undo_run(run=run, actor=self.actor, now=self.now, partial=self.random.random() < 0.5)
        except RunRefused as refusal:
            return f"undo refused: {refusal.code}"
        return f"undo of {run.as_of}"

    def moves(self) -> str:
        cases = list(Case.objects.filter(closed_on__isnull=True).order_by("pk").values_list("pk", flat=True))
        some = self.random.sample(cases, min(len(cases), 4))
        desk = self.random.choice(self.desks)
        return f"{move_cases(cases=some, desk=desk, reason='t', actor=self.actor, now=self.now)} to {desk.code}"

    def an_end(self) -> str:
        cases = list(Case.objects.filter(closed_on__isnull=True).order_by("pk"))
        if not cases:
            return "nothing to close"
        reason = self.random.choice([CloseReason.PAID, CloseReason.CURED, CloseReason.RECALLED])
        case = self.random.choice(cases)
        try:
            close_case(case=case, reason=reason, closed_on=self.today, actor=self.actor, now=self.now)
        except ClosingRefused:
            return "closing refused"
        return f"case closed: {reason}"

    def a_match(self) -> str:
        waiting = Repayment.objects.filter(loan__isnull=True, reversal_of__isnull=True).order_by("pk").first()
        case = Case.objects.order_by("pk").select_related("loan").first()
        if waiting is None or case is None:
            return "nothing to match"
        match_repayment(repayment=waiting, contract_no=case.loan.contract_no, actor=self.actor, now=self.now)
        return "match"

    def contacts(self) -> str:
        """Calls and answers of the gate of the last two days, by a collector, an agency, and somebody without a desk."""
        cases = list(Case.objects.order_by("pk").select_related("loan"))
        for case in self.random.sample(cases, min(len(cases), 5)):
            moment = self.now - dt.timedelta(hours=self.random.randint(1, 40))
            owner = self.desks[1].owner
            actor, org = self.random.choice([(owner, "own"), (None, "ag1"), (self.actor, "own")])
            decision = GateDecision.objects.create(
                debtor=case.loan.debtor, case=case, actor=actor, channel="call", purpose="demand", decided_at=self.now,
                verdict=self.random.choice(["allow", "block"]), facts={},
            )  # fmt: skip
            told, opened = {"state": "open", "gate": decision}, self.now
            if self.random.random() < 0.8:
                result = self.random.choice(["no_answer", "right_party", "connected", "voicemail", "third_party"])
                opened = moment  # told about afterwards
                told = {
                    "state": "closed", "started_at": moment + dt.timedelta(minutes=1), "closed_at": self.now,
                    "result": result, "late_minutes": self.random.choice([0, 0, 30]),
                }  # fmt: skip
            ContactAttempt.objects.create(
                debtor=case.loan.debtor, case=case, loans=[case.loan_id], channel="call", actor=actor, org=org,
                opened_at=opened, **(told if org != "own" or told["state"] == "closed" or not self._busy(case, actor)
                                     else {"state": "cancelled", "gate": decision}),
            )  # fmt: skip
        return "contacts"

    def _busy(self, case: Case, actor: User | None) -> bool:
        return ContactAttempt.objects.filter(debtor=case.loan.debtor, actor=actor, state="open").exists()

    def a_note(self) -> str:
        """What was open is told about."""
        one = ContactAttempt.objects.filter(state="open").order_by("pk").first()
        if one is None:
            return "nothing to tell"
        ContactAttempt.objects.filter(pk=one.pk).update(
            state="closed", started_at=one.opened_at, closed_at=self.now, result="right_party", late_minutes=130
        )
        return "a note"

    def a_release(self) -> str:
        matched = Repayment.objects.filter(matched_by__isnull=False, reversal_of__isnull=True).order_by("pk").first()
        if matched is None:
            return "nothing to release"
        release_repayment(repayment=matched, actor=self.actor, now=self.now)
        return "release"


def desks_for(collector: User) -> list[Desk]:
    """The pool, a collector's desk and an agency's."""
    pool = Desk.objects.get_or_create(kind=DeskKind.POOL, defaults={"code": "pool", "name": "案件池"})[0]
    mine = Desk.objects.create(code="d1", name="林催收", kind=DeskKind.COLLECTOR, owner=collector, unit="team-a")
    agency = Desk.objects.create(code="ag1", name="甲机构", kind=DeskKind.AGENCY, unit="ag1")
    return [pool, mine, agency]
