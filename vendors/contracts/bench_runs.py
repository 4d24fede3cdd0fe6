"""Trials of a version that are kept: approval asks for one of the very terms that it puts in force."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from vendors.contracts.bench import CannotTry, Trial, beside, fees
from vendors.contracts.drafting import OPEN, ContractRefused, held
from vendors.contracts.reading import agreed, digest_of, terms_of
from vendors.contracts.terms import Terms, in_force
from vendors.models import BenchRun, ContractVersion


def version_before(version: ContractVersion) -> tuple[ContractVersion, Terms] | None:
    """The approved version, of whichever contract of the agency, that this one would take over from. Six queries."""
    known = agreed(agency=version.contract.agency)
    others = [one for one in known.terms if one.version != version.pk]
    found = in_force(others, version.effective_from)
    return None if found is None else (known.by_version[found.version], found)


def try_out(version: ContractVersion, trial: Trial) -> dict[str, Any]:
    """What the version makes of a trial, and beside it what the one in force does. Raises CannotTry."""
    drafted = fees(terms_of(version), trial)
    before = version_before(version)
    known = None if before is None else _fees_or_nothing(before[1], trial)
    return {
        "draft": drafted,
        "in_force": known,
        "in_force_label": f"{before[0].contract.number} v{before[0].number}" if before and known else "",
        "compared": beside(drafted, known),
    }


def _fees_or_nothing(terms: Terms, trial: Trial) -> Mapping[str, Any] | None:
    """A version of before these rules may have faults; then there is nothing to compare with."""
    try:
        return fees(terms, trial)
    except CannotTry:
        return None


def save_run(*, version: ContractVersion, trial: Trial, actor: User, now: datetime) -> BenchRun:
    """Try and keep. Raises ContractRefused: nothing to try, or a version that is past trying; and CannotTry."""
    if not any(one.amount > 0 for one in trial.samples):
        raise ContractRefused(_("至少要有一笔大于 0 的样例还款"))
    with transaction.atomic():
        version = held(version)
        if version.state not in OPEN:
            raise ContractRefused(_("只有草稿与待批准的版本需要保存试算"))
        run = BenchRun.objects.create(
            version=version,
            input=trial.to_json(),
            output=try_out(version, trial),
            digest=digest_of(terms_of(version)),
            by=actor,
            at=now,
        )
        audit.record(
            action="contract.benched",
            actor=actor,
            obj=version,
            data={"run": run.pk, "digest": run.digest, "total": run.output["draft"]["total"]},
        )
    return run
