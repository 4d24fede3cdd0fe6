"""The book's reference data in the admin: sources, desks, headings. Debtors, cases and money have pages of their own."""

from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export import resources

from cases.models import Desk, HeadingSynonym, Layout, Source
from cases.services.sources import EDITABLE, RAILS, change_source
from collection_ops.core.admin_base import ImportableReferenceAdmin, ReadOnlyAdmin
from collection_ops.core.models import User


class SourceResource(resources.ModelResource):
    """Sources as a file, told apart by their code."""

    class Meta:
        model = Source
        import_id_fields = ("code",)
        fields = ("code", *EDITABLE)
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True


@admin.register(Source)
class SourceAdmin(ImportableReferenceAdmin):
    capability = "sources.manage"
    resource_classes = [SourceResource]
    list_display = ("code", "name", "is_active", "poll_from", "expected_by", "max_absent_percent", "max_change_percent")
    fieldsets = (
        (None, {"fields": ("code", "name", "is_active", "poll_from", "expected_by", "penalty_place")}),
        (
            _("护栏"),
            {"fields": RAILS, "description": _("超出任一项的文件须由主管批准后才写入账簿；留空表示不限")},
        ),
    )
    list_filter = ("is_active",)
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        # The code names the source's folder in the inbox; files on their way would be lost.
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        """Through the service, so that the trail has what a limit was and what it became."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        values = {name: form.cleaned_data[name] for name in form.changed_data if name in EDITABLE}
        change_source(source=cast(Source, obj), actor=cast(User, request.user), **values)


class DeskResource(resources.ModelResource):
    """Desks as a file, told apart by their code; the owner stays what the page says."""

    class Meta:
        model = Desk
        import_id_fields = ("code",)
        fields = ("code", "name", "kind", "unit", "is_active")
        skip_unchanged = True
        report_skipped = True


@admin.register(Desk)
class DeskAdmin(ImportableReferenceAdmin):
    capability = "sources.manage"
    resource_classes = [DeskResource]
    list_display = ("code", "name", "kind", "owner", "unit", "is_active")
    list_filter = ("kind", "is_active", "unit")
    list_select_related = ("owner",)
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        # Cases sit here: a desk does not turn into one of another kind.
        return ("code", "kind") if obj else ()


class HeadingSynonymResource(resources.ModelResource):
    class Meta:
        model = HeadingSynonym
        import_id_fields = ("heading",)
        fields = ("heading", "field")
        skip_unchanged = True
        report_skipped = True


@admin.register(HeadingSynonym)
class HeadingSynonymAdmin(ImportableReferenceAdmin):
    capability = "sources.manage"
    resource_classes = [HeadingSynonymResource]
    may_delete = True
    list_display = ("heading", "field")
    search_fields = ("heading",)
    ordering = ("heading",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        """The field is chosen, not typed: a word the importer does not know would be a heading that means nothing."""
        if db_field.name == "field":
            from django import forms

            from cases.imports.kinds import KINDS

            known = {name: field.label for kind in KINDS.values() for name, field in kind.catalogue.fields.items()}
            return forms.ChoiceField(label=db_field.verbose_name, choices=list(known.items()))
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[arg-type]


@admin.register(Layout)
class LayoutAdmin(ReadOnlyAdmin):
    """Versions of column mappings, to read: a new one is made by answering on the import page."""

    capability = "sources.manage"
    list_display = ("source", "version", "fingerprint", "created_by", "created_at")
    list_filter = ("source",)
    list_select_related = ("source", "created_by")
    ordering = ("-id",)
