"""What makes a talk likelier to be drawn, by code."""

from django.utils.translation import gettext_lazy as _

COMPLAINT, REFUSED, LONG, BROKEN, STARTER = "complaint", "refused", "long", "broken_promise", "new_starter"
NO_RECORDING, LATE, SHORT, WORDING = "no_recording", "late_note", "short_effective", "wording"

REASONS = {
    COMPLAINT: _("有投诉（未办结或属实）"),
    REFUSED: _("联系前一小时内被拒过"),
    LONG: _("通话时间长"),
    BROKEN: _("通话中的承诺未兑现"),
    STARTER: _("新人"),
    NO_RECORDING: _("没有录音"),
    LATE: _("催记迟记"),
    SHORT: _("有效通话极短"),
    WORDING: _("用语检查有命中"),
}
DEFAULT_WEIGHTS = {
    COMPLAINT: 8, REFUSED: 6, LONG: 2, BROKEN: 3, STARTER: 4, NO_RECORDING: 4, LATE: 2, SHORT: 3, WORDING: 6,
}  # fmt: skip
