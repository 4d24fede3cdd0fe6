"""What the reports keep: papers as they were made. Facts live below; nothing here is a figure's source."""

from reports.models.regular import MailState, ReportKind, ReportMail, ReportRun, ReportSubscription

__all__ = ["MailState", "ReportKind", "ReportMail", "ReportRun", "ReportSubscription"]
