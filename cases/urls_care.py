"""Routes of holds, risk flags, numbers and files of a case."""

from django.urls import path

from cases.views import attachments, contact_points, holds, risks

urlpatterns = [
    path("holds/", holds.hold_list, name="holds"),
    path("holds/<int:hold_id>/", holds.hold, name="hold"),
    path("holds/<int:hold_id>/lift/", holds.lift, name="hold_lift"),
    path("holds/<int:hold_id>/renew/", holds.renew, name="hold_renew"),
    path("holds/<int:hold_id>/prove/", holds.prove, name="hold_prove"),
    path("risks/", risks.risk_list, name="risks"),
    path("risks/<int:flag_id>/", risks.risk, name="risk"),
    path("risks/<int:flag_id>/decide/", risks.decide, name="risk_decide"),
    path("dispositions/<int:disposition_id>/", risks.disposition, name="disposition"),
    path("dispositions/<int:disposition_id>/steps/", risks.step_add, name="step_add"),
    path("dispositions/<int:disposition_id>/end/", risks.disposition_end, name="disposition_end"),
    path("dispositions/steps/<int:step_id>/done/", risks.step_done, name="step_done"),
    path("attachments/<int:attachment_id>/", attachments.take, name="attachment"),
    path("cases/<int:case_id>/holds/new/", holds.place, name="hold_place"),
    path("cases/<int:case_id>/risks/new/", risks.raise_flag, name="risk_raise"),
    path("cases/<int:case_id>/contacts/new/", contact_points.add, name="point_add"),
    path("cases/<int:case_id>/contacts/<int:contact_id>/", contact_points.mark, name="point"),
    path("cases/<int:case_id>/files/new/", attachments.add, name="attach"),
]
