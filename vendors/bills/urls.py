"""Routes of vendors/bills."""

from django.urls import URLPattern, path

from vendors.bills import views, views_steps

urlpatterns: list[URLPattern] = [
    path("bills/", views.bills_list, name="bills"),
    path("bills/upload/", views_steps.bill_upload, name="bill_upload"),
    path("bills/<int:bill_id>/", views.bill, name="bill"),
    path("bills/<int:bill_id>/file/", views.bill_file, name="bill_file"),
    path("bills/<int:bill_id>/compare/", views_steps.bill_compare, name="bill_compare"),
    path("bills/<int:bill_id>/dispute/", views_steps.bill_dispute, name="bill_dispute"),
    path("bills/<int:bill_id>/answer/", views_steps.bill_answer, name="bill_answer"),
]
