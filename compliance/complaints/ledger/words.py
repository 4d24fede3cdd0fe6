"""What people write for where a complaint came from, what it is about, how grave it was and what came of it.

Each function gives the code, or None for a word that means nothing to us: then it is said, and never guessed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cases.imports.cleaning.characters import folded

_Words = Sequence[tuple[str, re.Pattern[str]]]


def _compiled(*pairs: tuple[str, str]) -> _Words:
    return [(code, re.compile(pattern)) for code, pattern in pairs]


# In this order: «银保监转 12378» came by the hotline, «抖音客服» stands on a platform.
_SOURCES = _compiled(
    ("12378", r"12378"),
    ("12345", r"12345|政务|市长|市民热线|政府热线"),
    ("court_police", r"法院|公安|派出所|警|检察|司法|110|court|police"),
    (
        "media",
        r"黑猫|聚投诉|消费保|微博|抖音|快手|小红书|知乎|贴吧|论坛|媒体|新闻|舆情|电诉宝|21cn|网络平台|第三方平台|media",
    ),
    (
        "regulator",
        r"银保监|银监|金监|金融监管|人行|人民银行|央行|12363|12315|信访|监管|消协|消保|工信|网信|金融办|金融局|regulator",
    ),
    ("collector", r"催收员|坐席上报|催收上报|内催|collector"),
    ("agency", r"委外|外包|催收公司|催收机构|合作机构|agency"),
    ("letter", r"来信|来函|信函|信件|书面|邮寄|邮件|邮箱|来访|上门|临柜|柜台|letter|mail"),
    ("web", r"app|官网|网页|网站|网上|微信|公众号|小程序|在线|线上|web|internet"),
    ("hotline", r"客服|热线|电话|来电|呼入|95\d{3}|400|hotline|phone"),
)
_TYPES = _compiled(
    ("third_party", r"第三人|第三方|亲友|亲属|亲戚|家人|家属|父母|单位|同事|朋友|通讯录|村委|居委|third.?part"),
    ("disclosure", r"泄露|泄漏|隐私|曝光|公开.*(?:信息|欠款)|disclosure"),
    ("impersonation", r"冒充|假冒|伪造|虚假(?:律师|法律|身份)|impersonat"),
    ("threat", r"威胁|恐吓|辱骂|侮辱|骂人|谩骂|暴力|软暴力|恶劣催收|不文明|言语|threat|abus"),
    ("hours", r"夜间|深夜|凌晨|晚上|休息时间|不当时间|非工作时间|非规定时间|时间不当|hours"),
    ("harassment", r"骚扰|频繁|高频|频次|轰炸|多次(?:致电|拨打|来电)|harass"),
    ("not_owed", r"非本人|冒名|盗用|被贷款|已结清|已还清|结清(?:仍|后)|误催|错催|错误催收|not.?owed"),
    ("credit_report", r"征信|信用报告|信用记录|credit.?report"),
    ("data_use", r"信息使用|数据使用|个人信息(?:收集|处理|授权)|未授权|查询授权|data.?use"),
    ("fee", r"费用|收费|手续费|担保费|服务费|会员费|违约金|罚息|滞纳金|\bfee"),
    ("amount", r"金额|利息|利率|息费|本金|欠款|债务(?:争议|异议)|账单|amount|interest"),
    ("negotiation", r"协商|分期|减免|延期|展期|停息|挂账|还款困难|还款方案|negotiat"),
    ("contract", r"合同|放款|诱导|套路|签约|contract"),
    ("channel", r"渠道|系统|还款失败|入账|扣款|还不了款|channel"),
    ("service", r"服务|态度|不专业|推诿|答复不及时|service"),
    ("other", r"^(?:其他|其它|other|其他类|其他投诉)$"),
)
_SEVERITIES = {
    **dict.fromkeys(("1", "一般", "普通", "常规", "轻微", "低", "轻", "minor", "low"), 1),
    **dict.fromkeys(("2", "较重", "较大", "中", "中等", "严重", "紧急", "serious", "medium"), 2),
    **dict.fromkeys(("3", "重大", "特别严重", "特别重大", "高", "特急", "重大投诉", "major", "high"), 3),
}
_PARTLY = re.compile(r"部分(?:属实|成立|有责)|基本属实|partly")
_NOT_UPHELD = re.compile(r"不属实|不实|未属实|不成立|无责|查无|未发现(?:违规|问题|异常)|与事实不符|not.?upheld")
_WITHDRAWN = re.compile(r"撤诉|撤回|撤销|撤单|withdrawn")
_UPHELD = re.compile(r"属实|成立|有责|upheld")
_UNDECIDED = re.compile(r"是否|待核|待查|核实中|调查中|无法核实|无法查证|尚未|处理中")
# A blank parts two names, unless it stands between words of another alphabet.
_BLANK = r"(?<![A-Za-z,.])\s+|\s+(?![A-Za-z])"
_SEVERAL = re.compile(rf"[、,，;；/|\n]|{_BLANK}")
_GRADE = re.compile(r"(?:级|程度|投诉)$")


def _plain(text: str) -> str:
    """Without blanks, but for those between words of another alphabet."""
    return re.sub(_BLANK, "", folded(text)).casefold()


def known_words(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Codes by themselves and by their labels, as our own pages write them."""
    return {_plain(str(word)): str(code) for code, label in choices for word in (label, code)}


def source_of(text: str, known: Mapping[str, str]) -> str | None:
    """`known`: what `known_words` made of the choices."""
    plain = _plain(text)
    return known.get(plain) or _first(plain, _SOURCES)


def types_of(text: str, known: Mapping[str, str]) -> list[str]:
    """The types that the text names, in its order: a cell may name several."""
    if whole := known.get(_plain(text)):
        return [whole]
    found = (_first(_plain(part), _TYPES) for part in _SEVERAL.split(folded(text)) if part)
    return list(dict.fromkeys(code for code in found if code))


def severity_of(text: str) -> int | None:
    plain = _plain(text)
    return _SEVERITIES.get(plain) or _SEVERITIES.get(_GRADE.sub("", plain))


def outcome_of(text: str) -> str | None:
    """属实, 部分属实, 不属实 or 撤回, if the text says one and does not leave it open."""
    plain = _plain(text)
    if plain in ("是", "y", "yes"):  # below «是否属实»
        return "upheld"
    if plain in ("否", "n", "no"):
        return "not_upheld"
    if _UNDECIDED.search(plain):
        return None
    for code, pattern in (
        ("partly", _PARTLY), ("not_upheld", _NOT_UPHELD), ("withdrawn", _WITHDRAWN), ("upheld", _UPHELD),
    ):  # fmt: skip
        if pattern.search(plain):
            return code
    return None


_CLOSED = re.compile(
    r"(?<!未)(?<!待)(?<!没有)(?:办结|结案|完结|办理完毕|处理完毕|已完成|已处理|已关闭|已答复|closed|done)"
)


def says_closed(text: str) -> bool:
    """«已办结», and 是 below «是否办结»; not «未办结»."""
    plain = _plain(text)
    return plain in ("是", "y", "yes") or bool(_CLOSED.search(plain))


def _first(plain: str, words: _Words) -> str | None:
    return next((code for code, pattern in words if pattern.search(plain)), None)


_BETWEEN_NAMES = re.compile(rf"[、,，;；/|\n]|{_BLANK}|(?<=[\u4e00-\u9fff]{{2}})[和及与](?=[\u4e00-\u9fff]{{2}})")
_TITLE = re.compile(r"^(?:催收员|催收专员|坐席|座席|员工|专员|经办人?|客户经理|被投诉人|工号)[:：]?")
_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
OWN_HOUSE = frozenset(
    ["本公司", "我司", "本行", "我行", "自营", "内催", "公司", "总部", "本机构", "无", "不详", "未知", "不清楚"]
)


def names_in(text: str) -> list[tuple[str, ...]]:
    """The names of a cell, each with what may stand for it: «催收员张三（007）» is 张三 or 007."""
    found = []
    for part in _BETWEEN_NAMES.split(text.replace("\r", "\n")):
        plain = folded(part)
        inside = [folded(one) for one in _BRACKETS.findall(plain)]
        outside = _TITLE.sub("", _BRACKETS.sub("", plain).strip()).strip()
        forms = tuple(_TITLE.sub("", one).strip() for one in (outside, *inside) if one)
        if forms and forms[0] not in OWN_HOUSE:
            found.append(forms)
    return list(dict.fromkeys(found))


_COMPANY_ENDS = re.compile(r"(?:股份)?(?:有限)?(?:责任)?公司$|集团$")


def company_name(text: str) -> str:
    """In the form in which two writings of one company are compared: without its legal form."""
    return _COMPANY_ENDS.sub("", re.sub(r"\s", "", folded(text)).casefold())
