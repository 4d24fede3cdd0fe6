"""What the run and the book have to say: why a step is not taken, what stands on a run, what a row means for the book.

Apart from the sentences about files and cells (`problems.MESSAGES`), since these are filled by services and not by a row.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

RUN_MESSAGES: Mapping[str, Any] = {
    "already_imported": _("这个文件已于 %(at)s 由 %(by)s 导入（第 %(run)s 号），没有重复导入"),
    "same_rows_imported": _(
        "文件内容与 %(at)s 由 %(by)s 导入的第 %(run)s 号完全相同（同一天、同样的行，只是换了文件名或另存过），没有重复导入"
    ),
    "older_than_book": _("账簿已有 %(book)s 的数据，而文件是更早的 %(as_of)s；请回答下面的问题"),
    "date_already_applied": _("%(as_of)s 的数据已经导入（第 %(run)s 号）；请回答下面的问题"),
    "no_accepted_rows": _("没有一行可以导入，请看各行的问题"),
    "rows_rejected": _("有 %(count)s 行有误；请修正文件，或选择只导入无误的行"),
    "book_moved": _("预览之后账簿有变动（%(by)s），已按现在的账簿重新比对，请再看一遍差异"),
    "another_applying": _("同一来源的另一个文件正在应用，请等它结束后再试"),
    "wrong_state": _("这次导入现在的状态不允许这样做，请刷新页面"),
    "right_withdrawn": _("%(by)s 的权限在处理开始前已被收回，没有执行；请由有权限的人重新提交"),
    "already_decided": _("这次导入已有人处理，现在的状态是“%(state)s”"),
    "outside_rails": _("文件超出来源的护栏（%(count)s 项），不能直接应用；请提交主管审批"),
    "inside_rails": _("文件在护栏之内，不需要审批，可以直接应用"),
    "not_yet_submitted": _("还没有提交审批；请等数据专员核对后提交"),
    "approver_submitted": _("提交人不能审批自己提交的导入，请由另一位主管审批"),
    "approver_uploaded": _("上传人不能审批自己上传的文件，请由另一位主管审批"),
    "reason_missing": _("请写明退回的原因"),
    "note_missing": _("请写明为什么这个文件仍然应当导入"),
    "returned": _("%(by)s 退回了这次导入：%(reason)s"),
    # Guard rails: what a file is outside of
    "guard_no_rows": _("文件没有数据行；应用后在册的 %(absent)s 件案件将全部记为缺席"),
    "guard_rows_few": _("只有 %(figure)s 行，少于下限 %(limit)s 行"),
    "guard_rows_many": _("有 %(figure)s 行，多于上限 %(limit)s 行"),
    "guard_total_low": _("逾期总额 %(figure)s 元，低于下限 %(limit)s 元"),
    "guard_total_high": _("逾期总额 %(figure)s 元，高于上限 %(limit)s 元"),
    "guard_absent": _(
        "在册案件有 %(figure)s %%（%(cases)s 件）不在文件里，超过上限 %(limit)s %%；文件可能不完整，缺席不等于还清"
    ),
    "guard_change": _("逾期总额比账簿变动 %(figure)s %%，超过上限 %(limit)s %%"),
    "guard_rejected": _("有 %(figure)s %%（%(rows)s 行）不能导入，超过上限 %(limit)s %%"),
    "guard_expected_rows": _("应有 %(limit)s 行，实际读到 %(figure)s 行，相差 %(difference)s"),
    "guard_expected_total": _("应有总额 %(limit)s 元，实际读到 %(figure)s 元，相差 %(difference)s"),
    "guard_total_row": _("合计行的 %(field)s 与各行之和相差 %(figure)s 元"),
    "guard_same_rows": _("各行与 %(day)s 的第 %(run)s 号导入完全相同，可能把旧文件又发了一次"),
    "guard_day_ahead": _("数据日期 %(figure)s 晚于收到文件的日子 %(limit)s"),
    "guard_day_old": _("数据日期比账簿最新的 %(newest)s 早 %(figure)s 天，超过 %(limit)s 天"),
    # Questions about the file as a whole
    "ask_correction": _("账簿已有 %(as_of)s 的数据（第 %(run)s 号导入）。这个文件是对那一天的更正吗？"),
    "ask_history": _("账簿已有更晚的 %(book)s 的数据，而这个文件是 %(as_of)s 的。要补录这一天吗？"),
    "ask_history_again": _(
        "账簿已有更晚的 %(book)s 的数据，%(as_of)s 也已导入过（第 %(earlier)s 号）。要用这个文件更正那一天的历史吗？"
    ),
    "ask_no_rows": _("文件没有数据行：%(as_of)s 确实没有逾期案件吗？"),
    "interrupted": _("处理被多次中断，已停止；请重新上传"),
    "answer_refused": _("对“%(key)s”的回答不在可选范围内，请重新选择"),
    "layout_does_not_fit": _("指定的列映射与文件的列标题不符"),
    "password_wrong": _("密码不对，还可以再试 %(left)s 次"),
    "password_too_often": _("密码输错 %(tries)s 次，已停止；请取消密码后重新上传"),
    "unlock_failed": _("这种加密方式无法打开，请在 Excel 里取消密码后重新上传"),
    "storage_full": _("服务器的存储空间不足，文件没有保存，账簿没有变化。请联系系统管理员腾出空间，再上传一次"),
    "stored_file_missing": _("已上传的文件在存储中找不到，请重新上传"),
    "id_differs_from_book": _(
        "第 %(row)s 行合同 %(contract_no)s 的证件号码与账簿中的（末四位 %(book)s）不同，客户未更改，请核实"
    ),
    # Rows of a repayment file against the book
    "serial_booked": _("第 %(row)s 行流水号 %(value)s 以前已入账，不重复入账"),
    "serial_booked_differently": _(
        "第 %(row)s 行流水号 %(value)s 以前已入账，但内容不同（合同 %(contract_no)s，%(paid_on)s，%(amount)s 元），"
        "请与来源核实"
    ),
    "payment_booked_without_serial": _(
        "第 %(row)s 行没有流水号，同一合同、日期、金额的还款已入账 %(count)s 笔，不重复入账；确是另一笔时请补上流水号"
    ),
    "payment_unmatched": _("第 %(row)s 行合同 %(value)s 不在账簿中，款项先入账，待匹配"),
    "payment_without_contract": _("第 %(row)s 行没有合同编号，款项先入账，待匹配"),
    "payer_differs": _("第 %(row)s 行姓名“%(value)s”与合同 %(contract_no)s 的客户不同，已按合同入账，请核实"),
    "paid_before_position": _(
        "第 %(row)s 行 %(value)s 的还款不晚于最近的余额日期 %(as_of)s，已入账；余额以逾期明细为准，不再扣减"
    ),
    "paid_more_than_debt": _("第 %(row)s 行还款 %(value)s 元超过合同的欠款 %(total)s 元，已入账，请核实"),
    "paid_in_full": _("第 %(row)s 行还款后合同 %(contract_no)s 正好还清；案件从逾期明细中消失后可以结案"),
    "reversal_booked": _("第 %(row)s 行的冲正以前已入账，不重复入账"),
    "reversal_without_payment": _(
        "第 %(row)s 行金额为负数，但找不到它冲正的那一笔还款（%(reference)s），未入账；请填写原流水号，或先导入原还款"
    ),
    "reversal_other_contract": _("第 %(row)s 行要冲正的还款 %(reference)s 属于另一份合同 %(contract_no)s，未入账"),
    "reversal_amount_differs": _(
        "第 %(row)s 行冲正 %(value)s 元，原还款 %(reference)s 是 %(amount)s 元；只能整笔冲正，未入账"
    ),
    "reversal_of_split": _("第 %(row)s 行要冲正的还款 %(reference)s 已由人工拆分到多份合同，未入账；请先撤回拆分"),
    "reversal_ambiguous": _("第 %(row)s 行可能冲正 %(count)s 笔还款中的任何一笔，未入账；请填写原流水号"),
    "undo_repayment_reversed": _("%(count)s 笔还款之后已被冲正，请先撤销那次冲正"),
    "undo_repayment_matched": _("%(count)s 笔还款已人工匹配合同，请先取消匹配"),
    "undo_repayment_waived": _("%(count)s 笔还款已用于减免结清，不能撤销"),
    "undo_absence_by_repayment": _("%(count)s 个缺席由这次还款解释"),
    "source_unknown": _("没有代码为 %(source)s 的数据来源"),
    "source_inactive": _("数据来源 %(source)s 已停用"),
    "file_not_found": _("找不到文件 %(file)s"),
    "run_unknown": _("没有第 %(run)s 号导入"),
    "undo_blocked": _("不能撤销：%(reasons)s"),
    "undo_nothing_free": _("没有可以撤销的行：%(reasons)s"),
    "undo_running": _("这次导入正在撤销，请等它结束"),
    "undo_later_run": _("%(count)s 个案件之后又有别的文件写入或缺失，请先撤销后面的导入"),
    "undo_case_moved": _("%(count)s 个新入催案件已分派或移动"),
    "undo_case_closed": _("%(count)s 个案件之后已结案"),
    "undo_absence_explained": _("%(count)s 个案件的缺席已有解释"),
    "undo_repayment_recorded": _("%(count)s 个新合同已有还款"),
    "undo_contact_checked": _("%(count)s 个案件的新联系方式已核实"),
    "undo_debtor_changed_later": _("%(count)s 个案件的客户或合同资料之后又被其他导入改动"),
    "undo_person_joined": _("%(count)s 个案件的客户补上证件后，已有其他文件的合同并到此人名下"),
    # The same of one case, in the list.
    "undo_later_run_one": _("之后又有别的文件写入或缺失，请先撤销那次导入"),
    "undo_case_moved_one": _("新入催后已分派或移动"),
    "undo_case_closed_one": _("之后已结案"),
    "undo_absence_explained_one": _("缺席已有解释，可在缺席案件页撤回解释"),
    "undo_repayment_recorded_one": _("新合同已有还款"),
    "undo_contact_checked_one": _("新联系方式已核实"),
    "undo_debtor_changed_later_one": _("客户或合同资料之后又被改动"),
    "undo_person_joined_one": _("客户补上证件后，已有其他文件的合同并到此人名下"),
}
