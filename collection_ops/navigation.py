"""Every page that stands in the navigation, in the order in which it is shown.

A page whose route does not exist yet, or that the reader may not open, is simply not listed; so an app that is added
only needs its line here. The kernel reads this through `settings.NAVIGATION` and knows none of these words.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collection_ops.core.access import Role
from collection_ops.core.navigation import Entry

WORK, BOOK, PEOPLE, CARE = _("日常"), _("案件与数据"), _("人员与目标"), _("投诉与质检")
OUTSIDE = pgettext_lazy("navigation", "委外")
TRUST, SYSTEM = _("合规与审计"), _("系统")

ENTRIES = [
    Entry(_("总览"), "reports:overview", "chart-bar-square", "overview.view", WORK),
    Entry(_("经理看板"), "reports:manager", "presentation-chart-line", "reports.manage", WORK),
    Entry(_("我的数据"), "reports:mine", "presentation-chart-bar", "figures.own", WORK),
    Entry(_("定期报表"), "reports:papers", "document-chart-bar", "reports.view", WORK),
    Entry(_("指标口径"), "reports:kpi_definitions", "scale", "kpi.definitions", WORK),
    Entry(_("指标录入"), "reports:kpi_inputs", "table-cells", "kpi.inputs_view", WORK),
    Entry(_("我的任务"), "core:tasks", "clipboard-document-check", "", WORK),
    Entry(_("工作台"), "workbench:desk", "bolt", "contacts.make", WORK),
    Entry(_("今日计划"), "workbench:plan", "calendar-days", "contacts.make", WORK),
    Entry(_("待记录"), "workbench:waiting", "phone", "contacts.make", WORK),
    Entry(_("转办"), "compliance:referrals", "arrow-top-right-on-square", "", WORK),
    Entry(_("问题与建议"), "compliance:suggestions", "light-bulb", "", WORK),
    Entry(_("减免审批"), "cases:waivers", "receipt-percent", "waivers.view", WORK),
    Entry(_("案件"), "cases:list", "folder-open", "cases.view", BOOK),
    Entry(_("还款方案"), "cases:plans", "calendar-days", "plans.view", BOOK),
    Entry(_("缺席案件"), "cases:absences", "question-mark-circle", "cases.close", BOOK),
    Entry(_("待匹配还款"), "cases:waiting_money", "banknotes", "repayments.view", BOOK),
    Entry(_("对账"), "cases:reconciliation", "scale", "repayments.view", BOOK),
    Entry(_("停催"), "cases:holds", "hand-raised", "holds.review", BOOK),
    Entry(_("风险与处置"), "cases:risks", "flag", "care.view", BOOK),
    Entry(_("导入"), "cases:imports", "arrow-up-tray", "imports.view", BOOK),
    Entry(_("接收情况"), "reports:intake", "signal", "imports.view", BOOK),
    Entry(_("列映射"), "cases:layouts", "table-cells", "sources.manage", BOOK),
    Entry(_("队列权重"), "workbench:weights", "adjustments-horizontal", "queue.weigh", BOOK),
    Entry(pgettext_lazy("page", "分案"), "assignment:board", "arrows-right-left", "assignment.view", PEOPLE),
    Entry(_("调案"), "moves:select", "arrow-path-rounded-square", "cases.move", PEOPLE),
    Entry(_("协催"), "moves:assists", "hand-raised", "assist.ask", PEOPLE),
    Entry(_("团队"), "people:team_board", "user-group", "people.view", PEOPLE),
    Entry(_("人员"), "people:list", "identification", "people.view", PEOPLE),
    Entry(_("休假与代管"), "cover:calendar", "calendar", "cover.view", PEOPLE),
    Entry(_("目标"), "targets:tree", "flag", "targets.view", PEOPLE),
    Entry(_("周复盘"), "reviews:weeks", "clipboard-document-list", "reviews.view", PEOPLE),
    Entry(_("考核"), "reviews:appraisals", "academic-cap", "appraisals.view", PEOPLE),
    Entry(_("奖惩"), "reviews:rewards", "gift", "rewards.view", PEOPLE),
    Entry(pgettext_lazy("list", "委外机构"), "vendors:agencies", "building-office-2", "agencies.view", OUTSIDE),
    Entry(pgettext_lazy("list", "委外合同"), "vendors:contracts", "document-text", "contracts.view", OUTSIDE),
    Entry(_("委外批次"), "vendors:placements", "paper-airplane", "placements.view", OUTSIDE),
    Entry(pgettext_lazy("page", "退案"), "vendors:recalls", "arrow-uturn-left", "placements.view", OUTSIDE),
    Entry(_("评分卡"), "vendors:scorecards", "trophy", "scorecards.view", OUTSIDE),
    Entry(_("回传文件"), "vendors:returned_list", "inbox-arrow-down", "returns.view", OUTSIDE),
    Entry(_("回款核对"), "vendors:claims", "scale", "returns.view", OUTSIDE),
    Entry(_("委外结算"), "vendors:settlements", "banknotes", "settlements.view", OUTSIDE),
    Entry(_("机构整改"), "vendors:rectifications", "wrench-screwdriver", "rectifications.view", OUTSIDE),
    Entry(_("机构月会"), "vendors:meetings", "presentation-chart-line", "meetings.view", OUTSIDE),
    Entry(_("机构账单"), "vendors:bills", "document-magnifying-glass", "bills.view", OUTSIDE),
    Entry(_("委外计提"), "vendors:accruals", "calculator", "accruals.view", OUTSIDE),
    Entry(_("凭证汇总"), "vendors:vouchers", "book-open", "vouchers.view", OUTSIDE),
    Entry(_("合规台"), "compliance:desk", "shield-check", "compliance.desk", CARE),
    Entry(pgettext_lazy("several", "投诉"), "compliance:complaints", "megaphone", "complaints.view", CARE),
    Entry(_("投诉率"), "compliance:complaint_rates", "chart-bar-square", "complaints.rates", CARE),
    Entry(_("质检"), "compliance:quality", "clipboard-document-check", "quality.view", CARE),
    Entry(_("用语检查"), "compliance:wording_hits", "chat-bubble-left-right", "wording.view", CARE),
    Entry(_("违规登记"), "compliance:breaches", "exclamation-triangle", "breaches.view", CARE),
    Entry(_("重大风险"), "compliance:incidents", "bell-alert", "incidents.view", CARE),
    Entry(_("辅导与再培训"), "compliance:staff_tasks", "academic-cap", "staff_tasks.view", CARE),
    Entry(_("无录音通话"), "compliance:recordings", "microphone", "recordings.review", CARE),
    Entry(_("话术库"), "compliance:talking_points", "chat-bubble-left-right", "talking_points.view", TRUST),
    Entry(_("合规规则"), "compliance:rules", "scale", "rules.view", TRUST),
    Entry(_("消息模板"), "compliance:templates", "chat-bubble-left-right", "templates.view", TRUST),
    Entry(_("消息发送"), "compliance:outbox", "paper-airplane", "messages.view", TRUST),
    Entry(_("信息查询监测"), "compliance:disclosure", "eye", "disclosure.watch", TRUST),
    Entry(_("个人信息请求"), "compliance:data_requests", "identification", "data_requests.view", TRUST),
    Entry(_("保存与删除"), "compliance:retention", "archive-box", "retention.view", TRUST),
    Entry(_("审计记录"), "core:audit", "shield-check", "audit.view", TRUST),
    Entry(_("权限表"), "core:access", "key", "access.view", TRUST),
    Entry(_("业务设置"), "core:settings", "adjustments-horizontal", "settings.view", SYSTEM),
    Entry(_("用户"), "core:users", "users", "users.manage", SYSTEM),
    Entry(_("接口令牌"), "core:tokens", "command-line", "tokens.manage", SYSTEM),
    Entry(_("接口文档"), "api:docs", "code-bracket", "api.docs", SYSTEM),
    Entry(_("系统状态"), "core:health_page", "heart", "health.view", SYSTEM),
    Entry(_("后台管理"), "admin:index", "cog-6-tooth", "admin.enter", SYSTEM),
]

# Where the day begins, by role; the first page that exists and may be opened. Narrow roles first: a person with two
# roles begins where the work with the most clicks is.
HOME_PAGES: dict[Role, tuple[str, ...]] = {
    Role.CLERK: ("cases:imports",),
    Role.COLLECTOR: ("workbench:desk", "cases:list"),
    Role.TEAM_LEADER: ("people:team_board", "reports:overview", "cases:list"),
    Role.SUPERVISOR: ("reports:overview", "cases:list"),
    Role.VENDOR_MANAGER: ("reports:overview", "cases:list"),
    Role.FINANCE: ("cases:list",),
    Role.COMPLIANCE: ("compliance:desk", "reports:overview", "core:audit"),
    Role.MANAGER: ("reports:manager", "reports:overview"),
    Role.ADMIN: ("core:users",),
    Role.AUDITOR: ("core:audit",),
}
