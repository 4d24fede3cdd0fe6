"""Cases and holds as JSON. What is personal is masked, whoever asks."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.models import Case, ContactPoint, HoldType, PromiseState
from cases.models.promise import PromiseChannel
from cases.stage import Stage
from collection_ops.core.api.fields import (
    ChoiceField,
    DayField,
    IdField,
    MomentField,
    MoneyField,
    StrictSerializer,
    TextField,
)
from collection_ops.core.api.paging import PageQuery
from collection_ops.core.masking import mask_name

STAGES = [f"M{stage.value}" if stage != Stage.M7 else "M7+" for stage in Stage]


WRONG_CHOICE: dict[str, Any] = {"invalid_choice": _("不是可选的值")}


class CaseQuery(PageQuery):
    status = serializers.ChoiceField(
        ["open", "closed", "all"], default="open", required=False, error_messages=WRONG_CHOICE
    )
    stage = serializers.ChoiceField(
        STAGES,
        required=False,
        help_text="Overdue stage; M1 is 1-30 days.",
        error_messages=WRONG_CHOICE,
    )
    desk = serializers.CharField(required=False, max_length=32, help_text="Code of the desk that holds the case.")
    updated_since = serializers.DateField(
        required=False, help_text="Business date: cases whose figures are of that day's file or a later one."
    )


class DebtorOut(serializers.Serializer[Any]):
    id = IdField(help_text="Two cases with the same debtor share limits, holds and stops.")
    name = serializers.SerializerMethodField(help_text="Masked.")
    id_last4 = serializers.CharField(allow_blank=True)

    @extend_schema_field({"type": "string"})
    def get_name(self, debtor: Any) -> str:
        return mask_name(debtor.name)


class PointOut(serializers.Serializer[Any]):
    id = IdField(help_text="What an attempt names as its `point`.")
    kind = serializers.ChoiceField(ContactPoint.Kind.values)
    masked = serializers.CharField()
    relation = serializers.CharField(allow_blank=True, help_text="Empty: the debtor's own.")
    status = serializers.ChoiceField(ContactPoint.Status.values)


class CaseOut(serializers.Serializer[Any]):
    id = IdField()
    contract_no = serializers.CharField(source="loan.contract_no")
    source = serializers.CharField(source="loan.source.code")  # type: ignore[assignment]
    product = serializers.CharField(source="loan.product", allow_blank=True)
    region = serializers.CharField(source="loan.region", allow_blank=True)
    debtor = DebtorOut(source="loan.debtor")
    status = serializers.SerializerMethodField()
    opened_on = serializers.DateField()
    closed_on = serializers.DateField(allow_null=True)
    close_reason = serializers.CharField(allow_blank=True)
    desk = serializers.CharField(source="desk.code", default=None, allow_null=True, help_text="Null once it is closed.")
    as_of = serializers.DateField(help_text="Business date of the figures.")
    absent_since = serializers.DateField(
        allow_null=True, help_text="Missing from its source's file since then: confirm the amount before you call."
    )
    stage = serializers.SerializerMethodField()
    days_past_due = serializers.IntegerField()
    due_date = serializers.DateField(allow_null=True)
    principal = MoneyField()
    interest = MoneyField()
    penalty = MoneyField()
    fees = MoneyField()
    total = MoneyField()

    @extend_schema_field({"type": "string", "enum": ["open", "closed"]})
    def get_status(self, case: Case) -> str:
        return "open" if case.is_open else "closed"

    @extend_schema_field({"type": "string", "enum": STAGES})
    def get_stage(self, case: Case) -> str:
        return STAGES[case.stage]


class CaseWithPoints(CaseOut):
    contact_points = PointOut(many=True, source="loan.debtor.contact_points.all")


class CasePage(serializers.Serializer[Any]):
    results = CaseOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="`cursor` of the next page; null on the last.")


class HoldQuery(PageQuery):
    case = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="Holds of its debtor.")


class HoldOut(serializers.Serializer[Any]):
    id = IdField()
    debtor = IdField(source="debtor_id")
    type = serializers.ChoiceField(HoldType.values)
    since = MomentField()
    ends_at = MomentField(allow_null=True, help_text="Null: until somebody lifts it.")
    proven = serializers.BooleanField(help_text="There is a document.")
    amount = MoneyField(allow_null=True, help_text="What is in dispute, yuan; null for other types.")


class HoldPage(serializers.Serializer[Any]):
    results = HoldOut(many=True)
    next = serializers.CharField(allow_null=True)


class HoldIn(StrictSerializer):
    """A reason not to collect from a person."""

    case = IdField(help_text="A case of the debtor; the hold is on the person, for all cases.")
    type = ChoiceField(
        [kind for kind in HoldType.values if kind != HoldType.COMPLAINT],
        help_text="A complaint is registered at `complaints/`, and holds by itself.",
    )
    reason = TextField(min_length=2, max_length=200)
    since = MomentField(required=False, help_text="Now, if left out.")
    ends_at = MomentField(required=False, allow_null=True)
    proof = TextField(
        required=False, allow_blank=True, max_length=200, help_text="What document there is. None: unproven."
    )
    amount = MoneyField(required=False, help_text="What is in dispute, yuan; for a dispute only.")


class LiftIn(StrictSerializer):
    """Why the hold ends."""

    reason = TextField(min_length=2, max_length=200)


class PromiseQuery(PageQuery):
    case = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    state = serializers.ChoiceField(PromiseState.values, required=False, error_messages=WRONG_CHOICE)


class PromiseOut(serializers.Serializer[Any]):
    id = IdField()
    case = IdField(source="case_id")
    amount = MoneyField()
    made_on = serializers.DateField()
    due_on = serializers.DateField()
    channel = serializers.ChoiceField(["", *PromiseChannel.values])
    state = serializers.ChoiceField(PromiseState.values)
    paid = MoneyField(help_text="Confirmed money that was counted for it.")
    settled_on = serializers.DateField(allow_null=True)


class PromisePage(serializers.Serializer[Any]):
    results = PromiseOut(many=True)
    next = serializers.CharField(allow_null=True)


class PromiseIn(StrictSerializer):
    """What a debtor promised to pay, and by when."""

    case = IdField()
    amount = MoneyField()
    due_on = DayField()
    channel = ChoiceField(PromiseChannel.values, required=False, default="", help_text="How the money is to come.")
    agent = TextField(required=False, max_length=64, help_text="User name of the lender's collector who was told.")
