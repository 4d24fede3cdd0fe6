"""Facts that belong to one kind of occasion: a message, what was said and done, money taken, who acts, what is kept."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

TemplateState = Literal["free", "pending", "approved", "expired"]
"""Typed freely, or from a template that waits for its approval, has it, or is past its last day."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent in writing. `text` is looked at and not kept; `problems` are the categories of wording that were
    found in it (`wording.check_wording`), which are.

    `signature_registered`: whether the carrier knows the sender's signature (None: not known). `filled`: the parts of a
    letter that say something. `amounts` (yuan) are those of the ledger at this moment, None where they are not known;
    `case_no` and `legal_stage` tell how far the matter has come before a court. `agency`, `principal`: names of an agency
    that writes, and of the lender.
    """

    text: str = ""
    problems: tuple[str, ...] = ()
    template: str = ""
    state: TemplateState = "free"
    author: str = ""
    approved_by: str = ""
    signature_registered: bool | None = None
    filled: tuple[str, ...] = ()
    opt_out: bool = False
    amounts: tuple[Decimal, ...] | None = None
    case_no: str = ""
    legal_stage: Literal["none", "prepared", "filed", "judged", "enforcing"] = "none"
    agency: str = ""
    principal: str = ""


@dataclass(frozen=True, slots=True)
class Conduct:
    """What was said and done in a contact, as whoever tells of it has ticked: `said` (org, own_org, staff_no, recording,
    debt_collector), `shown` on a visit (id_card, loan_papers); whether a home or workplace was `entered` and on whose
    `entry_consent`; the `media` of a visit and its longest gap in seconds; `told_amount`: on a machine or to nobody known.
    `note`: the words of the note, looked at and not kept; `problems` as of a message."""

    said: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    entered: bool = False
    entry_consent: str = ""
    media: str = ""
    media_gap: int = 0
    told_amount: bool = False
    note: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taking:
    """Money that is to be posted: whether its payee is one of the lender's accounts, and the fees in it."""

    payee_registered: bool = True
    fees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """Whoever acts: when they last passed the training's test, and the documents on their file."""

    trained_on: dt.date | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keeping:
    """A record whose deletion is asked about. `last_activity_on`: of the debt it is about; `oral_plan`: it proves a plan
    that was agreed on the telephone; `legal_hold`: a court or a dispute needs it."""

    recorded_on: dt.date
    last_activity_on: dt.date | None = None
    settled: bool = False
    oral_plan: bool = False
    legal_hold: bool = False
