"""Routes of vendors/accruals."""

from django.urls import URLPattern, path

from vendors.accruals import views

urlpatterns: list[URLPattern] = [
    path("accruals/", views.accruals_list, name="accruals"),
    path("accruals/make/", views.accrual_make, name="accrual_make"),
    path("vouchers/", views.vouchers, name="vouchers"),
    path("vouchers/voucher.xlsx", views.voucher_file, name="voucher_book"),
]
