"""Routes of vendors/placement."""

from django.urls import URLPattern, path

from vendors.placement import batch_views, file_views, recall_views

urlpatterns: list[URLPattern] = [
    path("placements/", batch_views.placements, name="placements"),
    path("placements/new/", batch_views.placement_new, name="placement_new"),
    path("placements/<int:batch_id>/", batch_views.placement, name="placement"),
    path("placements/<int:batch_id>/rule/", batch_views.placement_rule, name="placement_rule"),
    path("placements/<int:batch_id>/left/", batch_views.placement_left, name="placement_left"),
    path("placements/<int:batch_id>/submit/", batch_views.placement_submit, name="placement_submit"),
    path("placements/<int:batch_id>/approve/", batch_views.placement_approve, name="placement_approve"),
    path("placements/<int:batch_id>/send-back/", batch_views.placement_send_back, name="placement_send_back"),
    path("placements/<int:batch_id>/withdraw/", batch_views.placement_withdraw, name="placement_withdraw"),
    path("placements/<int:batch_id>/apply/", batch_views.placement_apply, name="placement_apply"),
    path("placements/<int:batch_id>/files/<int:agency_id>/", file_views.placement_file_new, name="placement_file_new"),
    path("placements/files/<int:file_id>/take/", file_views.placement_file_take, name="placement_file_take"),
    path("placements/files/<int:file_id>/receipt/", file_views.placement_receipt, name="placement_receipt"),
    path("placements/downloads/<int:download_id>/", file_views.placement_download, name="placement_download"),
    path("placements/fields/<int:agency_id>/", file_views.placement_fields, name="placement_fields"),
    path("recalls/", recall_views.recalls, name="recalls"),
    path("recalls/propose/", recall_views.recall_propose, name="recall_propose"),
    path("recalls/<int:recall_id>/", recall_views.recall, name="recall"),
    path("recalls/<int:recall_id>/finish/", recall_views.recall_finish, name="recall_finish"),
    path("recalls/items/<int:item_id>/keep/", recall_views.recall_keep, name="recall_keep"),
    path("recalls/items/<int:item_id>/decide/", recall_views.recall_decide, name="recall_decide"),
]
