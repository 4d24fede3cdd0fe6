"""Routes of vendors/settlement."""

from django.urls import URLPattern, path

from vendors.settlement import views, views_steps

urlpatterns: list[URLPattern] = [
    path("settlements/", views.settlements, name="settlements"),
    path("settlements/make/", views_steps.settlement_make, name="settlement_make"),
    path("settlements/<int:settlement_id>/", views.settlement, name="settlement"),
    path("settlements/<int:settlement_id>/statement.xlsx", views_steps.settlement_file, name="settlement_file"),
    path("settlements/<int:settlement_id>/voucher.xlsx", views.settlement_voucher, name="settlement_voucher"),
    path("settlement-files/<int:job_id>/", views.settlement_download, name="settlement_download"),
    path("settlements/<int:settlement_id>/accept/", views_steps.settlement_accept, name="settlement_accept"),
    path("settlements/<int:settlement_id>/confirm/", views_steps.settlement_confirm, name="settlement_confirm"),
    path("settlements/<int:settlement_id>/return/", views_steps.settlement_return, name="settlement_return"),
    path("settlements/<int:settlement_id>/approve/", views_steps.settlement_approve, name="settlement_approve"),
    path("settlements/<int:settlement_id>/pay/", views_steps.settlement_pay, name="settlement_pay"),
    path("settlement-lines/<int:line_id>/", views.settlement_line, name="settlement_line"),
    path("settlement-lines/<int:line_id>/dispute/", views_steps.line_dispute, name="line_dispute"),
    path("settlement-lines/<int:line_id>/resolve/", views_steps.line_resolve, name="line_resolve"),
]
