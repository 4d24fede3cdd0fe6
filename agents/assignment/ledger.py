"""The fairness ledger: what each person was dealt by a run against an equal share, by stage."""

from collections.abc import Mapping
from decimal import Decimal

from agents.models import AssignmentRun, FairnessEntry
from collection_ops.core.money import split

NOTHING = Decimal("0.00")


def write_entries(run: AssignmentRun, dealt: Mapping[tuple[int, int], Decimal]) -> int:
    """`dealt`: expected yuan by (user, stage) that really moved. The shares are those of the plan (who was present, able
    and had room), drawn to what was dealt, so that a run's dealt and shares are equal to the cent. Replaces the run's
    entries."""
    FairnessEntry.objects.filter(run=run).delete()
    shares: dict[int, dict[int, Decimal]] = {}
    for user, stages in run.totals.get("shares", {}).items():
        for stage, amount in stages.items():
            shares.setdefault(int(stage), {})[int(user)] = Decimal(amount)
    rows = []
    for stage in sorted({stage for _user, stage in dealt}):
        got = {user: amount for (user, at), amount in dealt.items() if at == stage}
        total = sum(got.values(), NOTHING)
        planned = shares.get(stage) or {}
        if not any(planned.values()):
            planned = {user: Decimal(1) for user in got}
        users = sorted(planned)
        parts = dict(zip(users, split(total, [planned[user] for user in users]), strict=True))
        rows += [
            FairnessEntry(
                run=run, user_id=user, day=run.day, stage=stage,
                dealt=got.get(user, NOTHING), share=parts.get(user, NOTHING),
            )
            for user in sorted({*users, *got})
        ]  # fmt: skip
    return len(FairnessEntry.objects.bulk_create(rows, batch_size=2_000))
