"""The kernel in the admin: the calendar to edit, jobs to read.

People, roles and the audit trail have pages of their own, for the roles that need them; no administrator is an auditor.
"""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from import_export import fields, resources

from collection_ops.core.admin_base import ImportableReferenceAdmin, ReadOnlyAdmin
from collection_ops.core.models import Job, WorkDay


class WorkDayResource(resources.ModelResource):
    """A calendar as a file: day, is_business_day, note. A day that comes by file counts as edited by hand."""

    day = fields.Field(attribute="day", column_name="day")

    class Meta:
        model = WorkDay
        import_id_fields = ("day",)
        fields = ("day", "is_business_day", "note")
        skip_unchanged = True
        report_skipped = True

    def before_save_instance(self, instance: WorkDay, row: Any, **kwargs: Any) -> None:
        instance.is_edited = True


@admin.register(WorkDay)
class WorkDayAdmin(ImportableReferenceAdmin):
    capability = "calendar.edit"
    resource_classes = [WorkDayResource]
    may_delete = True
    list_display = ("day", "is_business_day", "note", "is_edited")
    list_filter = ("is_business_day", "is_edited")
    date_hierarchy = "day"
    ordering = ("-day",)
    fields = ("day", "is_business_day", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("day",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.is_edited = True
        super().save_model(request, obj, form, change)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    capability = "jobs.view_all"
    list_display = ("id", "kind", "state", "attempts", "created_by", "created_at", "finished_at", "error")
    list_filter = ("state", "kind")
    list_select_related = ("created_by",)
    ordering = ("-id",)
