"""The labels of access_matrix.json as msgids, so that the catalogue has them: extraction reads Python, not JSON.

Nothing imports this at run time; tests/access/test_labels.py holds the two files together.
"""

from django.utils.translation import gettext_noop as _

LABELS = (
    _("查看案件列表与档案"),
    _("按姓名、合同、手机、证件精确查找"),
    _("查看完整姓名"),
    _("查看完整电话（需理由，留痕）"),
    _("查看完整证件号（需理由，留痕）"),
    _("导出案件（脱敏）"),
    _("导出案件（未脱敏）"),
    _("联系客户、记录催记"),
    _("查看还款方案列表"),
    _("提出还款方案"),
    _("审批还款方案"),
    _("查看违规联系"),
    _("结案、解释缺席案件"),
    _("查看导入记录"),
    _("上传与核对导入文件"),
    _("应用导入"),
    _("审批护栏之外的导入"),
    _("撤销导入"),
    _("查看导入原文件内容"),
    _("查看待匹配还款"),
    _("把还款归入合同"),
    _("维护数据来源与列映射"),
    _("查看逾期总览"),
    _("查看合规规则"),
    _("查看审计记录"),
    _("校验审计链"),
    _("查看权限表"),
    _("维护用户与角色"),
    _("查看全部任务"),
    _("查看系统状态与一致性检查"),
    _("维护工作日历"),
    _("进入后台管理"),
)
