"""Contacts as JSON."""

from typing import Any

from rest_framework import serializers

from collection_ops.core.api.fields import ChoiceField, DayField, IdField, MomentField, StrictSerializer, TextField
from collection_ops.core.api.schema import Error
from compliance.models import (
    MOST_NARRATIVE,
    About,
    AttemptState,
    Complaint,
    ComplaintSource,
    ComplaintState,
    ComplaintType,
    Severity,
)
from compliance.models.attempt import Channel, Outcome, Purpose

KINDS = ["human", "ai"]
MOST_ROWS = 500


class AttemptIn(StrictSerializer):
    """A contact that somebody is about to make."""

    case = IdField()
    point = IdField(
        required=False, allow_null=True, help_text="A contact point of the debtor; none for a letter or a visit."
    )
    channel = ChoiceField(Channel.values, required=False, default=Channel.CALL)
    purpose = ChoiceField(
        Purpose.values,
        required=False,
        help_text="Left out: the usual one of the point (a third person is asked to relay).",
    )
    actor_kind = ChoiceField(KINDS, required=False, default="human")
    agent = TextField(
        required=False, max_length=64, help_text="User name of the lender's collector for whom the dialler asks."
    )
    staff = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=20, help_text="People at a visit."
    )
    place = TextField(
        required=False, allow_blank=True, max_length=32, default="", help_text="Of a visit: home, work, …"
    )


class ReasonOut(serializers.Serializer[Any]):
    rule = serializers.CharField()
    pack = serializers.CharField()
    verdict = serializers.ChoiceField(["block", "warn", "record", "report"])
    statement = serializers.CharField(help_text="The rule in words, in the language asked for.")
    source = serializers.CharField(help_text="The clause it comes from.")  # type: ignore[assignment]
    observed = serializers.CharField(allow_blank=True)
    limit = serializers.CharField(allow_blank=True)
    next_allowed_at = MomentField(allow_null=True)


class GateAnswer(serializers.Serializer[Any]):
    decision = IdField(help_text="The answer as it is kept.")
    verdict = serializers.ChoiceField(["allow", "warn", "block"])
    attempt = IdField(allow_null=True, help_text="What the result is told about; null: do not make this contact.")
    reasons = ReasonOut(many=True)
    evidence_required = serializers.ListField(child=serializers.CharField())
    next_allowed_at = MomentField(
        allow_null=True, help_text="When it is allowed if nothing else happens; null: not foreseeable, or allowed now."
    )


class AttemptOut(serializers.Serializer[Any]):
    id = IdField()
    case = IdField(source="case_id")
    point = IdField(source="point_id", allow_null=True)
    channel = serializers.ChoiceField(Channel.values)
    direction = serializers.ChoiceField(["out", "in"])
    purpose = serializers.ChoiceField(Purpose.values)
    state = serializers.ChoiceField(AttemptState.values)
    opened_at = MomentField()
    started_at = MomentField(allow_null=True)
    ended_at = MomentField(allow_null=True)
    result = serializers.ChoiceField(["", *Outcome.values])


class CloseIn(StrictSerializer):
    """What came of a contact."""

    result = ChoiceField(Outcome.values)
    started_at = MomentField(required=False, help_text="When it was opened, if left out.")
    ended_at = MomentField(required=False, allow_null=True)
    note = TextField(required=False, allow_blank=True, max_length=1000, default="")


class CancelIn(StrictSerializer):
    """Nothing is asked."""


class PastIn(StrictSerializer):
    """A contact that took place."""

    reference = TextField(min_length=1, max_length=64, help_text="The sender's own number of the entry, once for ever.")
    case = IdField()
    point = IdField(required=False, allow_null=True)
    channel = ChoiceField(Channel.values)
    result = ChoiceField(Outcome.values)
    started_at = MomentField()
    ended_at = MomentField(required=False, allow_null=True)
    direction = ChoiceField(["out", "in"], required=False, default="out")
    purpose = ChoiceField(Purpose.values, required=False, default=Purpose.DEMAND)
    actor_kind = ChoiceField(KINDS, required=False, default="human")
    note = TextField(required=False, allow_blank=True, max_length=1000, default="")


class BulkIn(StrictSerializer):
    """Rows are read one by one: a wrong one does not stop the others."""

    rows = serializers.ListField(child=PastIn(), max_length=MOST_ROWS)


class BulkRows(StrictSerializer):
    """`BulkIn` as it is read first: the rows are there, and not too many."""

    rows = serializers.ListField(child=serializers.JSONField(allow_null=True), max_length=MOST_ROWS)


class RowOut(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place in `rows`, from 0.")
    reference = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(["recorded", "repeated", "refused"])
    attempt = IdField(allow_null=True)
    errors = Error(many=True)  # type: ignore[assignment]


class BulkOut(serializers.Serializer[Any]):
    recorded = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = RowOut(many=True)


class ComplaintIn(StrictSerializer):
    """What somebody complains of, as it reached the sender."""

    case = IdField(help_text="A case of the debtor; what is stopped is stopped for the person.")
    source = ChoiceField(  # type: ignore[assignment]
        ComplaintSource.values, required=False, help_text="Left out: the hotline, or the token's agency."
    )
    reference = TextField(
        required=False, allow_blank=True, max_length=64, default="", help_text="The source's own number."
    )
    type = ChoiceField(ComplaintType.values)
    severity = ChoiceField(Severity.values, required=False, default=Severity.MINOR)
    narrative = TextField(min_length=2, max_length=MOST_NARRATIVE)
    demand = TextField(required=False, allow_blank=True, max_length=2_000, default="")
    received_at = MomentField(help_text="When it reached the sender: the clock runs from that day.")
    event_on = DayField(required=False, allow_null=True, default=None, help_text="The day on which it happened.")
    complainant = ChoiceField(
        [key for key, _ in Complaint._meta.get_field("complainant").flatchoices], required=False, default="self"
    )
    about = serializers.ListField(child=ChoiceField(About.values), required=False, default=list, max_length=len(About))
    collector = TextField(
        required=False,
        allow_blank=True,
        max_length=150,
        default="",
        help_text="User name of the lender's collector it is about.",
    )


class ComplaintOut(serializers.Serializer[Any]):
    id = IdField()
    number = serializers.CharField()
    state = serializers.ChoiceField(ComplaintState.values)
    due_on = serializers.DateField(help_text="Last day of the clock.")
