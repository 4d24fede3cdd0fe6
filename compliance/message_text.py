"""The words of one message: a template filled in from the book, and what the rules want to know of it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from cases.models import Case
from cases.names import lender_of
from collection_ops.core.templatetags.ui import money
from compliance.models import MessageTemplate
from compliance.rules.occasions import Message
from compliance.services.templates import placeholders_of
from compliance.wording import has_opt_out


class LineMissing(Exception):
    """A placeholder has nothing to stand for; the sentence names it."""


def filled_in(template: MessageTemplate, *, case: Case) -> str:
    """The text as it leaves the house, signature first; amounts are those of the case's latest file. Raises LineMissing."""
    return f"【{signature_of(case)}】{_filled(template, _values(case))}"


def letter_from(template: MessageTemplate, values: Mapping[str, str]) -> str:
    """A letter begun from its template; people edit it before it leaves. Raises LineMissing."""
    return _filled(template, values)


def _filled(template: MessageTemplate, values: Mapping[str, str]) -> str:
    missing = [name for name in placeholders_of(template.body) if not values.get(name)]
    if missing:
        raise LineMissing(_("没有可填入的内容：%(names)s") % {"names": ", ".join(missing)})
    return template.body.format_map(values)


def signature_of(case: Case) -> str:
    return str(settings.MESSAGE_SIGNATURE) or lender_of(case)


def message_facts(template: MessageTemplate, text: str, *, case: Case, org: str, state: Any) -> Message:
    """What the rules look at. The ledger's amounts are those that the text may name."""
    known = settings.REGISTERED_SIGNATURES
    return Message(
        text=text,
        template=str(template),
        state=state,
        author=str(template.author_id),
        approved_by=str(template.approved_by_id or ""),
        signature_registered=signature_of(case) in known if known else None,
        opt_out=has_opt_out(text),
        amounts=(case.total, case.principal),
        agency="" if org == "own" else org,
        principal="" if org == "own" else lender_of(case),
    )


def _values(case: Case) -> dict[str, str]:
    return {
        "name": case.loan.debtor.name,
        "amount": money(case.total) if case.total else "",
        "principal": money(case.principal) if case.principal else "",
        "days": str(case.days_past_due) if case.days_past_due else "",
        "contract": case.loan.contract_no[-4:],
        "lender": lender_of(case),
        "phone": settings.LENDER_PHONE,
    }
