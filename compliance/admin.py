"""Reference data of compliance in the admin: the codes of the contact log."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from import_export import resources

from collection_ops.core.admin_base import ImportableReferenceAdmin
from compliance.models import ActionCode, ResultCode

COMMON = ("code", "name", "name_en", "channel", "order", "is_active")


class ActionCodeResource(resources.ModelResource):
    """Action codes as a file, told apart by their code."""

    class Meta:
        model = ActionCode
        import_id_fields = ("code",)
        fields = (*COMMON, "direction", "purpose")
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True


class ResultCodeResource(resources.ModelResource):
    """Result codes as a file. What the log already uses keeps its meaning (ResultCode.clean)."""

    class Meta:
        model = ResultCode
        import_id_fields = ("code",)
        fields = (*COMMON, "outcome", "reached", "next_step", "key")
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True


class CodeAdmin(ImportableReferenceAdmin):
    """Nothing is deleted: a code that is not wanted any more is switched off."""

    capability = "codes.manage"
    list_filter = ("channel", "is_active")
    search_fields = ("code", "name", "name_en")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[Any, ...]:
        return ("code",) if obj else ()


@admin.register(ActionCode)
class ActionCodeAdmin(CodeAdmin):
    resource_classes = [ActionCodeResource]
    list_display = ("code", "name", "name_en", "channel", "direction", "purpose", "order", "is_active")


@admin.register(ResultCode)
class ResultCodeAdmin(CodeAdmin):
    resource_classes = [ResultCodeResource]
    list_display = (
        "key",
        "code",
        "name",
        "name_en",
        "channel",
        "outcome",
        "reached",
        "next_step",
        "order",
        "is_active",
    )
    list_display_links = ("code",)
