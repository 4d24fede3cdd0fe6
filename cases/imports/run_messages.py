"""What the run and the book have to say: why a step is not taken, what stands on a run, what a row means for the book.

Apart from the sentences about files and cells (`problems.MESSAGES`), since these are filled by services and not by a row.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

RUN_MESSAGES: Mapping[str, Any] = {
    "already_imported": _("这个文件已于 %(at)s 由 %(by)s 导入（第 %(run)s 号），没有重复导入"),
    "older_than_book": _("账簿已有 %(book)s 的数据，不能再导入更早的 %(as_of)s"),
    "date_already_applied": _("%(as_of)s 的数据已经导入（第 %(run)s 号）；要换成这个文件，请先撤销那一次导入"),
    "no_accepted_rows": _("没有一行可以导入，请看各行的问题"),
    "rows_rejected": _("有 %(count)s 行有误；请修正文件，或选择只导入无误的行"),
    "book_moved": _("预览之后账簿有变动（%(by)s），已按现在的账簿重新比对，请再看一遍差异"),
    "another_applying": _("同一来源的另一个文件正在应用，请等它结束后再试"),
    "wrong_state": _("这次导入现在的状态不允许这样做，请刷新页面"),
    "interrupted": _("处理被多次中断，已停止；请重新上传"),
    "answer_refused": _("对“%(key)s”的回答不在可选范围内，请重新选择"),
    "layout_does_not_fit": _("指定的列映射与文件的列标题不符"),
    "stored_file_missing": _("已上传的文件在存储中找不到，请重新上传"),
    "id_differs_from_book": _(
        "第 %(row)s 行合同 %(contract_no)s 的证件号码与账簿中的（末四位 %(book)s）不同，客户未更改，请核实"
    ),
    "source_unknown": _("没有代码为 %(source)s 的数据来源"),
    "source_inactive": _("数据来源 %(source)s 已停用"),
    "file_not_found": _("找不到文件 %(file)s"),
    "run_unknown": _("没有第 %(run)s 号导入"),
    "undo_blocked": _("不能撤销：%(reasons)s"),
    "undo_later_run": _("之后还有 %(count)s 次导入，请先撤销后面的"),
    "undo_case_moved": _("%(count)s 个新入催案件已分派或移动"),
    "undo_case_closed": _("%(count)s 个案件之后已结案"),
    "undo_absence_explained": _("%(count)s 个缺席已由人工解释"),
    "undo_repayment_recorded": _("%(count)s 个新合同已有还款"),
    "undo_contact_checked": _("%(count)s 个案件的新联系方式已核实"),
    "undo_debtor_changed_later": _("同一客户或合同之后又被 %(count)s 次其他导入改动"),
}
