"""Claims, promises and placed cases as JSON. What is personal is masked."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.api.serializers import STAGES
from cases.models.promise import PromiseChannel
from collection_ops.core.api.fields import ChoiceField, DayField, IdField, MoneyField, StrictSerializer, TextField
from collection_ops.core.api.schema import Error
from collection_ops.core.masking import mask_name
from vendors.models import MoneyPlace, Placement

MOST_ROWS = 500
REFERENCE = "The agency's own number of the entry, once for ever."


class ClaimIn(StrictSerializer):
    """A payment that the agency knows of."""

    reference = TextField(min_length=1, max_length=64, help_text=REFERENCE)
    case = IdField()
    paid_on = DayField()
    amount = MoneyField(min_value=Decimal("0.01"))
    place = ChoiceField(
        MoneyPlace.values, help_text="To whom the debtor paid: us, the agency, or the lender's account."
    )


class PromiseRowIn(StrictSerializer):
    """What a debtor promised to pay, and by when."""

    reference = TextField(min_length=1, max_length=64, help_text=REFERENCE)
    case = IdField()
    amount = MoneyField(min_value=Decimal("0.01"))
    due_on = DayField()
    channel = ChoiceField(PromiseChannel.values, required=False, default="", help_text="How the money is to come.")


class ClaimsIn(StrictSerializer):
    """Rows are read one by one: a wrong one does not stop the others."""

    rows = serializers.ListField(child=ClaimIn(), max_length=MOST_ROWS)


class PromisesIn(StrictSerializer):
    """Rows are read one by one: a wrong one does not stop the others."""

    rows = serializers.ListField(child=PromiseRowIn(), max_length=MOST_ROWS)


class ReturnedRowOut(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place in `rows`, from 0.")
    reference = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(["recorded", "repeated", "refused"])
    id = IdField(allow_null=True, help_text="Of what was recorded, now or before.")
    errors = Error(many=True)  # type: ignore[assignment]


class ReturnedOut(serializers.Serializer[Any]):
    recorded = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = ReturnedRowOut(many=True)


class PlacementOut(serializers.Serializer[Any]):
    id = IdField()
    case = IdField(source="case_id")
    batch = serializers.CharField(source="batch.number")
    placed_on = serializers.DateField()
    contract_no = serializers.CharField(source="loan.contract_no")
    product = serializers.CharField(source="loan.product", allow_blank=True)
    debtor = serializers.SerializerMethodField(help_text="Masked.")
    stage = serializers.SerializerMethodField()
    days_past_due = serializers.IntegerField(source="case.days_past_due")
    total = MoneyField(source="case.total")
    as_of = serializers.DateField(source="case.as_of", help_text="Business date of the figures.")

    @extend_schema_field({"type": "string"})
    def get_debtor(self, placement: Placement) -> str:
        return mask_name(placement.loan.debtor.name)

    @extend_schema_field({"type": "string", "enum": STAGES})
    def get_stage(self, placement: Placement) -> str:
        return STAGES[placement.case.stage]


class PlacementPage(serializers.Serializer[Any]):
    results = PlacementOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="`cursor` of the next page; null on the last.")
