"""Routes of vendors/contracts."""

from django.urls import URLPattern, path

from vendors.contracts import bench_views, edit_views, views

urlpatterns: list[URLPattern] = [
    path("contracts/", views.contracts, name="contracts"),
    path("contracts/new/", views.register, name="contract_register"),
    path("contracts/<int:contract_id>/", views.contract, name="contract"),
    path("contracts/<int:contract_id>/draft/", views.draft, name="contract_draft"),
    path("contracts/versions/<int:version_id>/", edit_views.edit, name="contract_edit"),
    path("contracts/versions/<int:version_id>/submit/", views.submit, name="contract_submit"),
    path("contracts/versions/<int:version_id>/withdraw/", views.withdraw, name="contract_withdraw"),
    path("contracts/versions/<int:version_id>/approve/", views.approve, name="contract_approve"),
    path("contracts/versions/<int:version_id>/bench/", bench_views.bench, name="bench"),
    path("contracts/versions/<int:version_id>/bench/save/", bench_views.bench_save, name="bench_save"),
]
