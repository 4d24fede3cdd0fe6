"""In writing: templates, wording, signatures, and what a letter has to say."""

from dataclasses import dataclass, replace

from compliance.rules.facts import Channel, Facts
from compliance.rules.kinds import kind
from compliance.rules.persons import is_third
from compliance.rules.tighter import FEWER, FIXED, MORE, YES
from compliance.rules.verdict import Finding
from compliance.rules.wording import Audience, check_wording, lexicon_names


@dataclass(frozen=True)
class ApprovedTemplate:
    """Only what somebody other than its author approved goes out (`four_eyes`); on `free_channels` people may type."""

    free_channels: tuple[Channel, ...] = ()
    four_eyes: bool = True


@kind("approved_template", free_channels=FEWER, four_eyes=YES)
def approved_template(facts: Facts, params: ApprovedTemplate) -> Finding | None:
    message = facts.action.message
    if not facts.is_outbound or facts.action.kind != "contact" or message is None:
        return None
    if message.state == "free" and facts.action.channel in params.free_channels:
        return None
    if message.state != "approved":
        return Finding(message.state, "approved")
    if params.four_eyes and (not message.approved_by or message.approved_by == message.author):
        return Finding("author", "approved_by")
    return None


@dataclass(frozen=True)
class Wording:
    """Words of these `categories` of a lexicon (those that begin so) are not written, nor left unseen in a note."""

    categories: tuple[str, ...]
    lexicon: str = "CN"


@kind("wording", categories=MORE, lexicon=FIXED)
def wording(facts: Facts, params: Wording) -> Finding | None:
    """A message is refused; a note tells what was said and is flagged."""
    action = facts.action
    if action.kind == "contact" and action.message is not None:
        found = problems_of_message(facts, params.lexicon)
    elif action.kind == "record" and action.conduct is not None:
        note = check_wording(action.conduct.note, audience="note", lexicons=(params.lexicon,))
        found = (*action.conduct.problems, *(problem.code for problem in note))
    else:
        return None
    meant = tuple(dict.fromkeys(code for code in found if code.startswith(params.categories)))
    if not meant:
        return None
    return Finding(meant, strength="report" if action.kind == "record" else None)


def problems_of_message(facts: Facts, lexicon: str) -> tuple[str, ...]:
    """The categories that the message of the action runs against: those that are known, and those of its text."""
    message = facts.action.message
    assert message is not None
    audience: Audience = "contact" if is_third(facts, facts.party) else "debtor"
    found = check_wording(
        message.text,
        audience=audience,
        case_no=message.case_no,
        ledger_amounts=message.amounts,
        legal_stage=message.legal_stage,
        time_barred=is_time_barred(facts),
        agency=message.agency if message.text else "",
        principal=message.principal,
        lexicons=(lexicon,),
    )
    return (*message.problems, *(problem.code for problem in found))


def without_text(facts: Facts) -> Facts:
    """The same facts with what is wrong with the message's text instead of the text: what may be kept."""
    message = facts.action.message
    if message is None or not message.text:
        return facts
    problems = tuple(dict.fromkeys(code for name in lexicon_names() for code in problems_of_message(facts, name)))
    return replace(facts, action=replace(facts.action, message=replace(message, text="", problems=problems)))


def is_time_barred(facts: Facts) -> bool:
    """Whether the last day for a suit is over for any of the contracts meant."""
    return any(loan.limitation_ends is not None and loan.limitation_ends < facts.today for loan in facts.loans_meant)


@dataclass(frozen=True)
class LetterFields:
    """What a letter has to say."""

    required: tuple[str, ...]


@kind("letter_fields", required=MORE)
def letter_fields(facts: Facts, params: LetterFields) -> Finding | None:
    message = facts.action.message
    if facts.action.channel != "letter" or facts.action.kind != "contact" or message is None:
        return None
    missing = tuple(one for one in params.required if one not in message.filled)
    return Finding(missing, params.required) if missing else None


@dataclass(frozen=True)
class RegisteredSignature:
    """Whether the carrier has to know a message's signature."""

    required: bool = True


@kind("registered_signature", required=YES)
def registered_signature(facts: Facts, params: RegisteredSignature) -> Finding | None:
    message = facts.action.message
    if not params.required or facts.action.channel != "sms" or facts.action.kind != "contact" or message is None:
        return None
    if message.signature_registered is False:
        return Finding("unregistered")
    return Finding("sms", strength="record", evidence=("sender", "receipt"))


@dataclass(frozen=True)
class OptOut:
    """Messages by these `channels` say how to be left alone."""

    channels: tuple[Channel, ...]


@kind("opt_out", channels=MORE)
def opt_out(facts: Facts, params: OptOut) -> Finding | None:
    message = facts.action.message
    if facts.action.kind != "contact" or facts.action.channel not in params.channels or message is None:
        return None
    return None if message.opt_out else Finding("missing")
