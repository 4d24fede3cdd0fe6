"""The Celery app and the whole schedule.

A message is only a doorbell: it carries the id of a `Job` row, never data (DESIGN section 8).
Times of day are lender's time (settings.TIME_ZONE); whether a day is a business day is decided by
the job itself against the calendar in the database, because a crontab knows no make-up workdays.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collection_ops.settings")

app = Celery("collection_ops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # Jobs whose bell was lost, or whose worker died, are rung again.
    "sweep-jobs": {"task": "core.sweep_jobs", "schedule": 15.0},
    # Audit rows are sealed in batches: chaining inside the insert costs nine tenths of the throughput.
    "seal-audit": {"task": "core.seal_audit", "schedule": 60.0},
    # Expired sessions, spent form tokens, old finished jobs.
    "housekeeping": {"task": "core.housekeeping", "schedule": crontab(hour=3, minute=10)},
    "check-invariants": {"task": "core.check_invariants", "schedule": crontab(hour=4, minute=0)},
    # The intake decides by itself whether the day is a business day and whether a source's hour has come.
    "poll-intake": {"task": "cases.poll_intake", "schedule": crontab(minute="*/5")},
    # What is queued is judged at the moment of sending; the first minute after eight is the busiest.
    "dispatch-messages": {"task": "compliance.dispatch_messages", "schedule": 60.0},
    # What was written and said since the last hour, by the lists of forbidden wording.
    "check-wording": {"task": "compliance.check_wording", "schedule": crontab(minute=25)},
    # Complaints whose time runs out; hourly, because one may be written down days after it came in.
    "escalate-complaints": {"task": "compliance.escalate_complaints", "schedule": crontab(hour="7-20", minute=30)},
    # Calls that nobody told about within two hours are the team leader's matter.
    "tell-late-notes": {"task": "agents.tell_late_notes", "schedule": crontab(minute="*/5")},
    # What the telephone line knows of calls: their end, their recording. Nothing to do without one.
    "catch-up-calls": {"task": "agents.catch_up_calls", "schedule": 30.0},
    # Who had which case open, and what was put aside, mattered on the day.
    "forget-desk": {"task": "agents.forget_desk", "schedule": crontab(hour=3, minute=20)},
    # What nobody contacts for too long goes back to the pool, after the day's promises are settled.
    "rotate-idle": {"task": "agents.rotate_idle", "schedule": crontab(hour=0, minute=40)},
    # Help with a case ends with its last day.
    "end-assists": {"task": "agents.end_assists", "schedule": crontab(hour=0, minute=20)},
    # Covers of absences begin and end with the day; what could not begin at midnight is tried again.
    "keep-covers": {"task": "agents.keep_covers", "schedule": crontab(minute="3-59/5")},
    # Training certificates that run out within a month: told once, in the morning.
    "warn-of-expiry": {"task": "agents.warn_of_expiry", "schedule": crontab(hour=7, minute=40)},
    # What other departments were asked and is due, and suggestions without an answer: told once a step, in the morning.
    "remind-referrals": {"task": "compliance.remind_referrals", "schedule": crontab(hour=8, minute=20)},
    # Breaches that nobody put right within their days: once a step, in the morning.
    "chase-breaches": {"task": "compliance.chase_breaches", "schedule": crontab(hour=8, minute=10)},
    # The written report of a major incident has 48 hours, nights included.
    "watch-incidents": {"task": "compliance.watch_incidents", "schedule": crontab(minute="*/15")},
    # Cases that should come back from an agency, after the day's promises are settled and cases closed.
    "propose-recalls": {"task": "vendors.propose_recalls", "schedule": crontab(hour=1, minute=10)},
    # The month that is over, from its second day on; every morning, so that what was missed is made up for.
    "score-month": {"task": "vendors.score_month", "schedule": crontab(hour=6, minute=20)},
    # What agencies have to put right: raised by rule, and chased where it is not done.
    "follow-rectifications": {"task": "vendors.follow_rectifications", "schedule": crontab(hour=6, minute=40)},
    # Material for the monthly meetings in the first days of a month; what decisions came to, once their day has come.
    "keep-meetings": {"task": "vendors.keep_meetings", "schedule": crontab(hour=6, minute=50)},
    # Payments that came since an agency claimed them, by file or by hand.
    "match-claims": {"task": "vendors.match_claims", "schedule": crontab(minute=55)},
    # What agencies will have to be paid for the month that is over, after the night's work; one job a month, and a scheduler
    # that stood still on the first day rings on the next.
    "accrue-month": {"task": "vendors.accrue_month", "schedule": crontab(day_of_month="1-3", hour=5, minute=40)},
    # Promises whose last day is over are kept or broken from the morning on, waivers lapse.
    "settle-agreements": {"task": "cases.settle_agreements", "schedule": crontab(hour=0, minute=10)},
    # An instalment whose last day has passed unpaid ends its plan: once a day, at the first hour somebody is awake.
    "follow-plans": {"task": "cases.follow_plans", "schedule": crontab(minute=20)},
    # Who looked at what: the last two days again every hour, and on Monday the week that waits to be read.
    "watch-disclosure": {"task": "compliance.watch_disclosure", "schedule": crontab(minute=50)},
    "tell-disclosure-week": {
        "task": "compliance.tell_disclosure_week",
        "schedule": crontab(day_of_week="mon", hour=8, minute=5),
    },
    # Requests about personal data whose time runs out; copies of data that were kept long enough.
    "keep-data-requests": {"task": "compliance.keep_data_requests", "schedule": crontab(hour=7, minute=50)},
    # Daily facts of days that something changed; imports and money ring for themselves.
    "refresh-facts": {"task": "reports.refresh_facts", "schedule": 60.0},
    # Regular reports of what is over: from the morning on, after the intake; what came late is caught up with the same day.
    "make-reports": {"task": "reports.make_due", "schedule": crontab(hour="9-20", minute=10)},
    # What became known of periods whose reports are out, in the night.
    "notice-restatements": {"task": "reports.notice_restatements", "schedule": crontab(hour=5, minute=10)},
    # Exported files are kept for a day (settings.EXPORT_HOURS).
    "purge-exports": {"task": "cases.purge_exports", "schedule": crontab(minute=40)},
}
