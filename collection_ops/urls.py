"""Every route of the site. Each needs a line in core/access_matrix.json; a test walks them all."""

from django.contrib import admin
from django.urls import include, path

from collection_ops.core.views import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("collection_ops.core.urls")),
    path("", include("cases.urls")),
    path("compliance/", include("compliance.urls")),
    path("work/", include("agents.urls")),
    path("people/", include("agents.people.urls")),
    path("assignment/", include("agents.assignment.urls")),
    path("moves/", include("agents.moves.urls")),
    path("cover/", include("agents.cover.urls")),
    path("targets/", include("agents.targets.urls")),
    path("reviews/", include("agents.reviews.urls")),
    path("vendors/", include("vendors.urls")),
    path("reports/", include("reports.urls")),
    path("api/v1/", include("collection_ops.api.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "collection_ops.core.views.errors.bad_request"
handler404 = "collection_ops.core.views.errors.not_found"
handler500 = "collection_ops.core.views.errors.server_error"
