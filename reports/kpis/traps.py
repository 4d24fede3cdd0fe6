"""What each figure does not say, or says wrongly when it is read alone: shown beside its definition."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

TRAPS: Mapping[str, Any] = {
    "recovery_rate": _(
        "分母的日期不同，回款率就不同：用今天的余额作分母，还得越多分母越小。回款率可以超过100%：还款可能多于期初逾期总额"
    ),
    "money_in": _("待确认的还款下月才确认时，不要在两个月各算一次"),
    "roll_matrix": _("要跟踪同一批案件；两个阶段合计相除会把新案件混进来"),
    "roll_forward_rate": _("不是100减去回款率：减免、撤回、部分还款都会使两者不同"),
    "left_rate": _("缺席不等于还清：文件可能不全，案件可能被撤回"),
    "closure_rate": _("撤回、核销、身故也是结案，但不是还款。部分还款的案件在这里是零，要与回款率一起看"),
    "reactivation_rate": _("还款当日就算盘活的，可能有一半又逾期；须过观察期。观察未满时比率只会上升"),
    "vintage": _("最近的点还没有成熟：画成虚线，不同账龄不能相比"),
    "entry_rate": _("应还日在节假日、有宽限期时，进入账簿会晚几天"),
    "period_recovery": _("大量进件会压低它，停止进件会抬高它"),
    "cost_to_collect": _("不计分摊的自有团队看起来总比机构便宜"),
    "money_per_head": _("月中入职、离职的人只按在岗日计；案件难易不同，不宜单独排名"),
    "coverage": _("按人头相加会把中午转手的案件算两次；只看覆盖率会鼓励无效拨打"),
    "penetration": _("不是越高越好：次数受合规规则限制"),
    "connect_rate": _("任何人接听都算接通，包括他人；语音信箱与系统语音不算"),
    "rpc_per_dialled": _("业内有三种分母：拨打、接通、接触到的人。三个数相差很大，引用时写明是哪一个"),
    "rpc_per_answered": _("业内有三种分母：拨打、接通、接触到的人。三个数相差很大，引用时写明是哪一个"),
    "rpc_per_reached": _("业内有三种分母：拨打、接通、接触到的人。三个数相差很大，引用时写明是哪一个"),
    "effective_talk_rate": _("长时间沉默也有时长，所以还要有结果码；法定次数限制计的是有效通话，与本比率的口径无关"),
    "reachable_rate": _("号码会失效，须反复验证；把案件标成失联也不会离开分母"),
    "gate_refusal_rate": _("低不一定好：不经判定而补录的联系不在其内，与拦截后仍联系率一起看"),
    "promise_rate": _("含糊的表示不是承诺；把一个承诺拆成几个不会提高它"),
    "kept_rate_count": _(
        "除以登记的全部承诺会混入尚未到期的月份；把一个承诺拆成几个小额会抬高件数率，要与金额率一起看"
    ),
    "kept_rate_amount": _("一笔还款只能兑现一个承诺"),
    "complaint_rate": _("按案件计会鼓励不联系；按投诉日计会冤枉后来的人，所以按事情发生的日期"),
    "upheld_rate": _("未办结的投诉不在分母，积压会使它好看"),
    "complaints_in_time": _("重新办理的投诉另起一轮期限"),
}
