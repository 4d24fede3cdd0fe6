"""Routes of this room; compliance/urls.py has them all."""

from django.urls import URLPattern, path

from compliance.routing import ask_views, department_views, list_views, one_views

urlpatterns: list[URLPattern] = [
    path("referrals/", list_views.referrals, name="referrals"),
    path("complaints/<int:complaint_id>/referrals/new/", ask_views.new, name="referral_new"),
    path("cases/<int:case_id>/referrals/new/", ask_views.new_for, name="referral_new_for"),
    path("referrals/<int:referral_id>/", one_views.referral, name="referral"),
    path("referrals/<int:referral_id>/take/", one_views.take, name="referral_take"),
    path("referrals/<int:referral_id>/answer/", one_views.answer, name="referral_answer"),
    path("referrals/<int:referral_id>/return/", one_views.send_back, name="referral_return"),
    path("referrals/<int:referral_id>/accept/", one_views.accept, name="referral_accept"),
    path("referrals/<int:referral_id>/again/", one_views.again, name="referral_again"),
    path("referrals/<int:referral_id>/withdraw/", one_views.withdraw, name="referral_withdraw"),
    path("referrals/<int:referral_id>/told/", one_views.told, name="referral_told"),
    path("departments/", department_views.departments, name="departments"),
    path("departments/new/", department_views.new, name="department_new"),
    path("departments/<int:department_id>/", department_views.department, name="department"),
    path("departments/<int:department_id>/member/", department_views.member, name="department_member"),
]
