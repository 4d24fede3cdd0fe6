"""What the headings of a source's files mean, as answered: versions, never overwritten."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Max

from cases.models import Layout, Source
from collection_ops.core.models import User
from collection_ops.core.services import audit


def save_layout(
    *, source: Source, fingerprint: str, headings: Sequence[str], mapping: Mapping[str, str], actor: User | None
) -> Layout:
    """The layout with this meaning: the newest version when it says the same, else a new version after it."""
    with transaction.atomic():
        Source.objects.select_for_update(no_key=True).get(pk=source.pk)  # version numbers in one row
        newest = newest_layout(source=source, fingerprint=fingerprint)
        if newest is not None and newest.mapping == dict(mapping):
            return newest
        version = Layout.objects.filter(source=source, fingerprint=fingerprint).aggregate(top=Max("version"))["top"]
        layout = Layout.objects.create(
            source=source,
            fingerprint=fingerprint,
            version=(version or 0) + 1,
            headings=list(headings),
            mapping=dict(mapping),
            created_by=actor,
        )
        audit.record(
            action="layout.saved",
            actor=actor,
            obj=layout,
            data={"source": source.code, "version": layout.version, "mapping": layout.mapping},
        )
    return layout


def newest_layout(*, source: Source, fingerprint: str) -> Layout | None:
    return Layout.objects.filter(source=source, fingerprint=fingerprint).order_by("-version").first()


def saved_mappings(*, source: Source) -> dict[str, dict[str, str]]:
    """Fingerprint → mapping of the newest version of each layout of the source."""
    newest = Layout.objects.filter(source=source).order_by("fingerprint", "-version").distinct("fingerprint")
    return {layout.fingerprint: layout.mapping for layout in newest}
