"""The overdue file: which fields it has and what its rows must obey.

One rule is one small function; to add one, write it and put it into ``RULES``. Rules run in order, each sees the
values the ones before it left. What a rule decides is said in a problem, so that nothing is settled silently.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from cases.imports.cleaning.clean import id_key
from cases.imports.judging.judge import FileRule, Judge, Rule
from cases.imports.judging.result import CleanRow, FileFacts
from cases.imports.judging.shared_rows import Shared
from cases.imports.words.fields import OVERDUE_FIELDS, Catalogue, Sharing
from cases.stage import Stage, stage_of

PARTS = ("principal", "interest", "penalty", "fees")
CENT = Decimal("0.01")
LONGEST_OVERDUE_DAYS = 7300  # twenty years: older is a slip of the finger
DAYS_TOLERANCE = 1  # some systems count from the due date, some from the day after

_STAGE_NAMES = {stage.name if stage is not Stage.M7 else "M7+": stage for stage in Stage}
RESIDENT_ID = "身份证"
_ABROAD = ("港", "澳", "台", "外国", "护照", "passport")


def collect(values: dict[str, Any]) -> None:
    """``phones``: the debtor's numbers, each once. ``contacts``: third persons as {name, phones, relation}.

    Columns of one contact share their number (联系人2姓名, 联系人2电话); without numbers, the first name goes with
    the first phone.
    """
    phones: list[str] = []
    for _place, numbers in values.pop("phone*", ()):
        for number in numbers:
            if number not in phones:
                phones.append(number)
    values["phones"] = phones
    contacts: dict[tuple[int, int], dict[str, Any]] = {}
    for name, key in (("contact_name*", "name"), ("contact_phone*", "phones"), ("contact_relation*", "relation")):
        nth: dict[int, int] = {}
        for place, value in values.pop(name, ()):
            nth[place] = nth.get(place, 0) + 1
            person = contacts.setdefault((place, nth[place]), {"name": None, "phones": [], "relation": None})
            person[key] = value
    values["contacts"] = [contacts[place] for place in sorted(contacts)]
    for name in ("phone", "contact_name", "contact_phone", "contact_relation"):
        del values[name]


def check_identity(row: CleanRow, judge: Judge) -> None:
    """``id_key`` is what may find the same person again: a resident ID with the right check digit, or another
    document as written. ``id_checked`` says whether there is one. A wrong ID stays on the row and finds nobody.
    The type of a checked resident ID is written one way."""
    values = row.values
    id_no = values["id_no"]
    values["id_key"] = None
    values["id_checked"] = False
    if id_no is None:
        return
    id_type = (values["id_type"] or "").casefold()
    if id_type and ("身份证" not in id_type or any(word in id_type for word in _ABROAD)):
        values["id_key"] = id_no
        values["id_checked"] = True
        return
    key = id_key(id_no)
    if key is None:
        judge.say("id_checksum" if len(id_no) in (15, 18) else "id_length", "warning", "id_no")
        return
    values["id_key"] = key
    values["id_checked"] = True
    values["id_type"] = RESIDENT_ID  # files that leave the type out, or say 居民身份证, mean the same person


def check_amounts(row: CleanRow, judge: Judge) -> None:
    """The total is what the file says; without one it is the sum of the parts; without parts they are 0."""
    values = row.values
    if row.state == "rejected" and values["total"] is None:
        return  # the unreadable amount has been named already
    parts = [values[name] for name in PARTS]
    total = values["total"]
    if all(part is None for part in parts):
        if total is None:
            judge.say("amount_missing", "error", "total")
            return
        judge.count("parts_missing", "warning")
        for name in PARTS:
            values[name] = Decimal("0.00")
        return
    for name in PARTS:
        if values[name] is None:
            values[name] = Decimal("0.00")
    sum_of_parts = sum((part for part in parts if part is not None), Decimal("0.00"))
    if total is None:
        values["total"] = sum_of_parts
        judge.count("total_computed", "info")
    elif abs(total - sum_of_parts) > CENT:
        judge.say("total_differs", "warning", "total", sum=str(sum_of_parts))


def check_total_is_positive(row: CleanRow, judge: Judge) -> None:
    """An overdue debt of nothing or less happens (overpaid, waived); it goes in and is shown."""
    total = row.values["total"]
    if total is not None and total <= 0:
        judge.say("total_not_positive", "warning", "total", value=str(total))


def check_days(row: CleanRow, judge: Judge) -> None:
    """The days are the file's own; computed from the due date only where the file leaves them blank.

    Where both are given and differ by more than a day the clerk is told, with the figure that is used.
    """
    values = row.values
    days, due = values["days_past_due"], values["due_date"]
    computed = (judge.business_date - due).days if due is not None else None
    if due is not None and due > judge.business_date:
        judge.say("due_date_in_future", "warning", "due_date", business_date=judge.business_date.isoformat())
    if days is None:
        if row.state == "rejected":
            return  # an unreadable date or number of days has been named already
        if computed is None or computed < 0:
            judge.say("days_unknown", "error", "days_past_due")
        elif computed > LONGEST_OVERDUE_DAYS:
            judge.say("days_too_large", "error", "days_past_due", value=computed, limit=LONGEST_OVERDUE_DAYS)
        else:
            values["days_past_due"] = computed
        return
    if days < 0:
        judge.say("days_negative", "error", "days_past_due")
        return
    if days > LONGEST_OVERDUE_DAYS:
        judge.say("days_too_large", "error", "days_past_due", limit=LONGEST_OVERDUE_DAYS)
        return
    if days == 0:
        judge.say("days_zero", "warning", "days_past_due")
    if computed is not None and abs(days - computed) > DAYS_TOLERANCE:
        judge.say("days_disagree", "warning", "days_past_due", value=days, due_date=due.isoformat(), computed=computed)


def check_stage(row: CleanRow, judge: Judge) -> None:
    """The stage column is only compared: a stage is a function of the days."""
    stated, days = row.values["stage"], row.values["days_past_due"]
    if stated is None or days is None or row.state == "rejected":
        return
    named = _STAGE_NAMES.get(stated)
    if named is not None and named is not stage_of(days):
        actual = stage_of(days)
        judge.say("stage_disagrees", "warning", "stage", days=days, stage="M7+" if actual is Stage.M7 else actual.name)


def check_one_row_a_contract(row: CleanRow, shared: Shared, judge: Judge) -> None:
    """The same row again is noise: the first one stays. The same contract with other values is a contradiction that only
    the sender can settle: none of these rows goes in."""
    contract = row.values["contract_no"]
    if not shared.agree:
        rows = judge.names_of(shared.among)
        judge.say("contract_twice", "error", "contract_no", value=contract, rows=rows)
    elif shared.nth:
        first = judge.name_of(shared.among[0])
        judge.say("duplicate_row", "warning", "contract_no", value=contract, first_row=first)
        judge.count("duplicates_found", "warning")
        row.state = "rejected"


def check_one_business_date(facts: FileFacts, judge: Judge) -> None:
    """A file is the book of one day, the day the clerk chose. Anything else is refused, never re-dated."""
    dates = sorted(facts.seen["business_date"])
    if len(dates) > 1:
        days = [day.isoformat() for day in dates[:5]]
        judge.say_of_file("business_dates_mixed", "error", "business_date", dates=days)
    elif dates and dates[0] != judge.business_date:
        judge.say_of_file(
            "business_date_differs",
            "error",
            "business_date",
            file_date=dates[0].isoformat(),
            business_date=judge.business_date.isoformat(),
        )
    _compare_with_title(judge.understanding.stated_date, judge)


def _compare_with_title(stated: dt.date | None, judge: Judge) -> None:
    # Only a warning: titles are typed by hand and stay behind when yesterday's file is copied.
    if stated is not None and stated != judge.business_date:
        judge.say_of_file(
            "title_date_differs",
            "warning",
            file_date=stated.isoformat(),
            business_date=judge.business_date.isoformat(),
        )


RULES: tuple[Rule, ...] = (check_identity, check_amounts, check_total_is_positive, check_days, check_stage)
SHARED = (Sharing(field="contract_no", says=lambda row: list(row.values.values()), rule=check_one_row_a_contract),)
FILE_RULES: tuple[FileRule, ...] = (check_one_business_date,)

OVERDUE = Catalogue(
    name="overdue",
    fields=OVERDUE_FIELDS,
    key="contract_no",
    one_of=(("total", "principal"), ("days_past_due", "due_date")),
    summed=(*PARTS, "total"),
    date_field="business_date",
    distinct=("business_date",),
    row_rules=RULES,
    shared=SHARED,
    file_rules=FILE_RULES,
    collect=collect,
)
"""What ``recognise`` and ``clean_sheet`` are given for an overdue file."""
