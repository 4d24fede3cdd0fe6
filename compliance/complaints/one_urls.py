"""Routes of one complaint and of what comes after it."""

from django.urls import URLPattern, path

from compliance.complaints import blast_views, decide_views, followup_views, letter_views, one_views, pair_views
from compliance.views import staff_tasks

ONE = "complaints/<int:complaint_id>/"
urlpatterns: list[URLPattern] = [
    path(f"{ONE}assign/", one_views.assign, name="complaint_assign"),
    path(f"{ONE}note/", one_views.note, name="complaint_note"),
    path(f"{ONE}extend/", one_views.extend, name="complaint_extend"),
    path(f"{ONE}extend-special/", one_views.extend_special, name="complaint_extend_special"),
    path(f"{ONE}correct/", decide_views.correct, name="complaint_correct"),
    path(f"{ONE}decide/", decide_views.decide, name="complaint_decide"),
    path(f"{ONE}letter/write/", letter_views.write, name="complaint_letter_write"),
    path(f"{ONE}letter/sent/", letter_views.sent, name="complaint_letter_sent"),
    path(f"{ONE}letter/", letter_views.letter, name="complaint_letter"),
    path(f"{ONE}close/", one_views.close, name="complaint_close"),
    path(f"{ONE}reopen/", one_views.reopen, name="complaint_reopen"),
    path(f"{ONE}follow-up/", one_views.follow_up, name="complaint_follow_up"),
    path(f"{ONE}blast/", blast_views.blast, name="complaint_blast"),
    path(f"{ONE}release/", blast_views.release_freeze, name="complaint_release"),
    path(f"{ONE}pair/", pair_views.pair, name="complaint_pair"),
    path("complaints/follow-ups/", followup_views.complaint_follow_ups, name="complaint_follow_ups"),
    path("staff-tasks/", staff_tasks.staff_tasks, name="staff_tasks"),
    path("staff-tasks/mine/", staff_tasks.my_staff_tasks, name="my_staff_tasks"),
    path("staff-tasks/<int:task_id>/", staff_tasks.finish, name="staff_task"),
]
