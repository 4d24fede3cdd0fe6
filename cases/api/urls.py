from django.urls import path

from cases.api import cases, holds, promises

urlpatterns = [
    path("cases/", cases.CaseList.as_view(), name="cases"),
    path("cases/<int:case_id>/", cases.CaseDetail.as_view(), name="case"),
    path("holds/", holds.Holds.as_view(), name="holds"),
    path("holds/<int:hold_id>/lift/", holds.HoldLift.as_view(), name="hold_lift"),
    path("promises/", promises.Promises.as_view(), name="promises"),
]
