"""Routes of the API. Each needs a line in access_matrix.json, "token_routes" for its methods; a test walks them all."""

from django.urls import include, path

from collection_ops.api import views

app_name = "api"
urlpatterns = [
    path("schema/", views.schema, name="schema"),
    path("docs/", views.docs, name="docs"),
    path("", include("cases.api.urls")),
    path("", include("compliance.api.urls")),
    path("", include("vendors.api.urls")),
]
