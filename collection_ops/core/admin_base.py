"""Base classes for the admin: every right is asked of the access table, every write leaves an audit event."""

from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from import_export.admin import ImportExportMixin
from import_export.formats import base_formats
from import_export.forms import ExportForm

from collection_ops.core.access import has
from collection_ops.core.models import User
from collection_ops.core.services import audit


def _person(request: HttpRequest) -> User:
    """Who works in the admin; its site lets nobody anonymous in."""
    return cast(User, request.user)


class ReferenceAdmin(admin.ModelAdmin):
    """Reference data. `capability` gives every right; without it the model does not appear.

    Deleting is a right of its own (`may_delete`), because most reference rows are pointed at by facts.
    """

    capability = ""
    may_delete = False
    list_per_page = 50
    show_full_result_count = False

    def _may(self, request: HttpRequest) -> bool:
        return bool(self.capability) and has(request.user, self.capability)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may_delete and self._may(request)

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        """The admin's own view has opened the transaction."""
        super().save_model(request, obj, form, change)
        audit.record(
            action="reference.changed" if change else "reference.added",
            actor=_person(request),
            obj=obj,
            data={"fields": form.changed_data},
        )

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        audit.record(action="reference.deleted", actor=_person(request), obj=obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            audit.record(action="reference.deleted", actor=_person(request), obj=obj)
        super().delete_queryset(request, queryset)


class ImportableReferenceAdmin(ImportExportMixin, ReferenceAdmin):
    """Reference data that may also be brought and taken as a file (django-import-export). Give `resource_classes`."""

    skip_import_confirm = False
    formats = [base_formats.XLSX, base_formats.CSV]
    # The form in which single fields can be chosen needs an inline script, which the content policy forbids.
    export_form_class = ExportForm

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def process_result(self, result: Any, request: HttpRequest) -> Any:
        from django.db import transaction

        with transaction.atomic():
            audit.record(
                action="reference.imported",
                actor=_person(request),
                data={"model": self.model._meta.label_lower, "totals": {k: v for k, v in result.totals.items() if v}},
            )
        return super().process_result(result, request)


class ReadOnlyAdmin(ReferenceAdmin):
    """Rows that nobody changes by hand: the record of what happened."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
