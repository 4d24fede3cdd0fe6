"""Routes of vendors/accruals."""

from django.urls import URLPattern, path

from vendors.accruals import views, voucher_views

urlpatterns: list[URLPattern] = [
    path("accruals/", views.accruals_list, name="accruals"),
    path("accruals/make/", views.accrual_make, name="accrual_make"),
    path("vouchers/", voucher_views.vouchers, name="vouchers"),
    path("vouchers/voucher.xlsx", voucher_views.voucher_file, name="voucher_book"),
    path("vouchers/posted/", voucher_views.vouchers_posted, name="vouchers_posted"),
    path("vouchers/post/", voucher_views.voucher_post, name="voucher_post"),
]
