"""Registers the ledger with the importer: the kind, its sentences, its pages and its workbook to begin with."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.import_pages import Pages, register_pages
from cases.imports.kinds import Kind, register_kind
from cases.imports.layout.synonyms_layered import layered
from cases.imports.words.problems import register_messages
from cases.models import ImportRun, RunKind
from cases.services.import_template import Column, Template, register_template
from collection_ops.core.notification_texts import register_texts
from compliance.complaints.ledger.catalogue import LEDGER
from compliance.complaints.ledger.form import FORM
from compliance.complaints.ledger.match import COUNTED, judged_on, match
from compliance.complaints.ledger.write import survey_ledger, take_back_ledger, write_ledger
from compliance.models import ComplaintSource

SYNONYMS = Path(__file__).with_name("synonyms.json")

register_messages(
    {
        # By itself
        "complaint_cut": _(
            "第 %(row)s 行 %(column)s 正好 %(limit)s 个字，是 Excel 单元格的上限，很可能被截断；请核对原件"
        ),
        "complaint_too_long": _(
            "第 %(row)s 行 %(column)s 有 %(length)s 个字，一件投诉最多登记 %(limit)s 个字，这一行没有登记；"
            "请手工登记：写摘要，全文作为附件上传"
        ),
        "complaint_in_future": _("第 %(row)s 行 %(column)s “%(value)s” 晚于 %(business_date)s，尚未发生的不登记"),
        "complaint_closed_before": _("第 %(row)s 行 %(column)s “%(value)s” 早于收到日期 %(received_on)s"),
        "complaint_event_after": _(
            "第 %(row)s 行 %(column)s “%(value)s” 晚于收到日期 %(received_on)s，没有登记这个日期"
        ),
        "complaint_source_unknown": _("第 %(row)s 行不认识来源“%(value)s”，按客服热线登记，原文保留"),
        "complaint_sources_blank": _("%(count)s 行没有来源，按客服热线登记"),
        "complaint_no_source_column": _("文件没有来源列，全部按客服热线登记"),
        "complaint_type_unknown": _("第 %(row)s 行不认识类型“%(value)s”，按“其他”登记，原文保留，办理时请改正"),
        "complaint_types_blank": _("%(count)s 行没有类型，按“其他”登记，办理时请改正"),
        "complaint_no_type_column": _("文件没有类型列，全部按“其他”登记，办理时请改正"),
        "complaint_types_several": _("第 %(row)s 行写了几种类型（%(value)s），按第一种“%(chosen)s”登记，原文保留"),
        "complaint_severity_unknown": _("第 %(row)s 行不认识严重程度“%(value)s”，按一般登记，原文保留"),
        "complaint_end_unsaid": _("第 %(row)s 行有办结日期，但没有可识别的结论；请写明属实、部分属实、不属实或撤回"),
        "complaint_closed_without_day": _("第 %(row)s 行状态是“%(value)s”，但没有办结日期；请补上办结日期和结论"),
        "complaint_not_closed": _("第 %(row)s 行有结论但没有办结日期，按未办结登记，结论保留在登记说明中"),
        "complaint_no_ref_column": _("文件没有来源编号列，重复只能按来源、日期、客户和内容识别"),
        # Against the book and the register
        "complaint_known": _("第 %(row)s 行编号 %(value)s 已登记为 %(number)s，不再登记"),
        "complaint_known_differs": _(
            "第 %(row)s 行编号 %(value)s 已登记为 %(number)s，但内容不同；登记簿没有改动，请打开那一件核对"
        ),
        "complaint_known_by_words": _("第 %(row)s 行与已登记的 %(number)s 来源、日期、客户、内容都相同，不再登记"),
        "complaint_row_again": _("第 %(row)s 行与第 %(first_row)s 行相同，只登记一次"),
        "complaint_row_joined": _("第 %(row)s 行与第 %(first_row)s 行是同一件投诉，合同和被投诉方已并入那一行"),
        "complaint_contradicts": _("第 %(row)s 行编号 %(value)s 与第 %(other_row)s 行相同而内容不同，两行都没有登记"),
        "complaint_end_in_other_row": _(
            "第 %(row)s 行未办结，而同一件投诉的第 %(other_row)s 行写了结论；按未办结登记，请核对"
        ),
        "complaint_contract_unknown": _("第 %(row)s 行合同 %(contracts)s 不在账簿中，照常登记，合同号保留在登记说明中"),
        "complaint_contract_unclear": _("第 %(row)s 行合同 %(contracts)s 在几个来源中都有，不知是哪一份，没有关联"),
        "complaint_contracts_of_others": _("第 %(row)s 行合同 %(contracts)s 属于另一位客户，没有关联，请核实"),
        "complaint_id_of_another": _("第 %(row)s 行证件号码属于另一位客户，已按合同登记，请核实"),
        "complaint_name_differs": _("第 %(row)s 行姓名“%(value)s”与账簿中的客户不同，已按合同或证件登记，请核实"),
        "complaint_of_nobody": _("第 %(row)s 行没有找到客户，照常登记，办理时请补上"),
        "complaint_found_by_phone": _("第 %(row)s 行按手机号码找到客户"),
        "complaint_phone_of_another": _("第 %(row)s 行手机号码属于别的客户或多位客户，没有据此关联"),
        "complaint_accused_unknown": _(
            "第 %(row)s 行被投诉人中有 %(count)s 人不在员工名单中或重名，姓名保留在登记说明中"
        ),
        "complaint_agency_unknown": _("第 %(row)s 行被投诉机构中有 %(count)s 家不是委外机构，名称保留在登记说明中"),
        "complaint_handler_unknown": _("第 %(row)s 行经办人“%(value)s”不在员工名单中或重名，待重新分派"),
        "complaint_handler_cannot": _("第 %(row)s 行经办人“%(value)s”没有办理投诉的权限，待重新分派"),
        "complaint_handler_conflict": _("第 %(row)s 行经办人“%(value)s”是被投诉人或其直接上级，待重新分派"),
        "complaint_overdue": _("第 %(row)s 行 %(value)s 收到，办结期限 %(due_on)s 已过，登记后即为超期"),
        "undo_complaint_worked": _("%(count)s 件投诉已有人办理，不能撤销"),
        "undo_complaint_named": _("%(count)s 件投诉已被其他记录引用，不能撤销"),
    }
)
register_texts({"complaint.ledger": _("投诉台账 %(file)s 登记了 %(count)s 件待办投诉，其中 %(late)s 件已过办结期限")})


def by_source(run: ImportRun) -> dict[str, Any]:
    """What a ledger brings, by where it came in: most first."""
    labels = dict(ComplaintSource.choices)
    lines = [
        {"label": labels.get(source, source), "count": found.get("opened", 0) + found.get("settled", 0), **found}
        for source, found in run.differences.get("sources", {}).items()
    ]
    late = (run.differences.get("late") or {}).get("count", 0)
    return {"sources": sorted(lines, key=lambda line: -line["count"]), "late": late}


register_kind(
    Kind(
        name=RunKind.COMPLAINTS,
        catalogue=LEDGER,
        one_a_day=False,
        money="",
        counted=COUNTED,
        synonyms=lambda learnt: layered(SYNONYMS, catalogue=LEDGER, extra=learnt),
        judged_on=judged_on,
        form=FORM,
        match=match,
        write=write_ledger,
        survey=survey_ledger,
        take_back=take_back_ledger,
    )
)
register_pages(
    RunKind.COMPLAINTS,
    Pages(
        headline="compliance/complaints/ledger/_headline.html",
        detail="compliance/complaints/ledger/_sources.html",
        rows="compliance/complaints/ledger/rows.html",
        applied="compliance/complaints/ledger/_applied.html",
        figures=by_source,
    ),
)
register_template(
    RunKind.COMPLAINTS,
    Template(
        file_name="投诉台账模板.xlsx",
        sheet="投诉台账",
        columns=(
            Column("投诉编号", "text", False, _("来源给的编号；同一来源的同一编号只登记一次"), "TS2026000001"),
            Column(
                "投诉来源", "plain", False, _("例如 12378、12345、人行、客服热线、黑猫；没有时按客服热线登记"), "12378"
            ),
            Column("收到日期", "date", True, _("办结期限从这一天起算，不能晚于今天"), "2026-03-02"),
            Column("发生日期", "date", False, "", "2026-03-01"),
            Column("客户姓名", "text", False, "", "欧阳样例"),
            Column("证件号码", "text", False, _("文本格式；合同编号找不到客户时用来查找"), "170000199001010013"),
            Column("联系电话", "text", False, _("文本格式；投诉人的号码"), "15400000000"),
            Column("合同编号", "text", False, _("一格可有多个，用顿号或换行分开"), "XYK202400000001"),
            Column("投诉内容", "plain", True, _("可分段；一格最多 32,767 个字"), "催收员一天打了二十次电话"),
            Column("诉求", "plain", False, "", "停止骚扰并道歉"),
            Column("投诉类型", "plain", False, _("不认识的按“其他”登记，原文保留"), "频繁致电、骚扰"),
            Column("严重程度", "plain", False, _("一般、较重、重大"), "一般"),
            Column("被投诉人", "plain", False, _("姓名或用户名；一格可有多人"), ""),
            Column("被投诉机构", "plain", False, _("委外机构的名称或代码；一格可有多家"), ""),
            Column("处理结论", "plain", False, _("属实、部分属实、不属实或撤回；与办结日期一起填写"), ""),
            Column("处理情况", "plain", False, "", ""),
            Column("办结日期", "date", False, _("留空为未办结"), ""),
            Column("经办人", "plain", False, "", ""),
            Column("备注", "plain", False, "", ""),
        ),
        once="投诉编号",
        closing=_(
            "列的先后和多出的列不影响导入；标题行上方可以有标题。已登记过的不会重复登记，登记簿中的内容不会被文件改动。"
        ),
    ),
)
