"""What people at agencies write for results, channels, the taker of money and moments. Pure.

A word that could mean two things means nothing here, and its row is told.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cases.models.promise import PromiseChannel
from compliance.models.attempt import Channel, Outcome
from vendors.models.returned import MoneyPlace

_NOISE = re.compile(r"[\s()（）\[\]【】,，.。、:：/_-]+")


def plain(text: str) -> str:
    """The form in which words are compared."""
    return _NOISE.sub("", text.casefold())


def _table(choices: Any, more: Mapping[str, str]) -> dict[str, str]:
    """The codes and the Chinese labels of our own, and what else is written for them."""
    own = {plain(str(code)): str(code) for code, _label in choices}
    own |= {plain(word): code for code, words in more.items() for word in words.split()}
    return own


_RESULTS = _table(
    Outcome.choices,
    {
        "no_answer": "无人接听 无人接 未接 未接通 无应答 不接 拒接 挂断 未接听 响铃未接",
        "busy": "占线 忙 忙线 忙音 通话中 正在通话中",
        "out_of_service": "停机 欠费停机 关机 暂停服务 无法接通",
        "dead_number": "空号 号码不存在 号码错误",
        "voicemail": "语音信箱 留言 秘书台",
        "connected": "接通 已接通 接通身份未核实 接通未核实",
        "right_party": "本人接听 本人 接通本人 本人接通 联系本人 联系到本人 有效沟通",
        "third_party": "他人接听 第三方接听 第三人接听 他人 第三方 家人接听 联系人接听",
        "sent": "已发出 已发送 发送成功",
        "delivered": "已送达 送达",
        "failed": "发送失败 失败",
        "nobody_home": "无人在家 家中无人 未遇",
        "met": "见到本人 面见本人 见面",
    },
)
_CHANNELS = _table(
    Channel.choices,
    {
        "call": "电话 电催 外呼 呼叫 人工外呼 手机 座机",
        "sms": "短信 短讯",
        "im": "即时消息 微信 企业微信 qq",
        "email": "邮件 电子邮件",
        "letter": "函件 信函 催收函 律师函",
        "visit": "外访 上门 上门催收 家访",
    },
)
_PLACES = _table(
    MoneyPlace.choices,
    {
        "us": "付至本公司 本公司 我司 甲方 委托方 委托方账户 甲方账户 公司账户",
        "agency": "付至机构 机构 机构账户 机构代收 代收 乙方 乙方账户 受托方 受托方账户 催收机构 委外机构",
        "lender": "付至出借人账户 出借人 出借人账户 资方 资方账户 资金方 放款行 贷款账户",
    },
)
_PAY_CHANNELS = _table(
    PromiseChannel.choices,
    {
        "transfer": "银行转账 转账 汇款 网银",
        "app": "手机应用还款 app app还款 手机还款 自助还款",
        "debit": "约定扣款 代扣 扣款 自动扣款",
        "counter": "柜面 柜台 网点",
    },
)
_DIRECTIONS = {plain(word): "in" for word in ["呼入", "来电", "in", "客户来电"]} | {
    plain(word): "out" for word in ["呼出", "外呼", "去电", "out", "拨出"]
}


def result_of(text: str) -> str | None:
    return _RESULTS.get(plain(text))


def channel_of(text: str) -> str | None:
    return _CHANNELS.get(plain(text))


def place_of(text: str) -> str | None:
    return _PLACES.get(plain(text))


def pay_channel_of(text: str) -> str:
    """How the money is to come; something else, where the word says nothing to us."""
    return _PAY_CHANNELS.get(plain(text), str(PromiseChannel.OTHER))


def direction_of(text: str) -> str | None:
    return _DIRECTIONS.get(plain(text))


_DAY = r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
_CLOCK = r"(?P<H>\d{1,2})\s*[:：时点]\s*(?P<M>\d{1,2})(?:\s*[:：分]\s*(?P<S>\d{1,2})(?:\.\d+)?)?\s*[秒分]?"
_MOMENT = re.compile(rf"{_DAY}[\sT]*{_CLOCK}")
_TIGHT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})[\sT]*(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2}))?")
_ONLY_CLOCK = re.compile(_CLOCK)
_SERIAL = re.compile(r"\d{5}\.\d{2,}")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a wall clock; its zone is given at the end


def moment_of(text: str, day: date | None, zone: ZoneInfo) -> datetime | None:
    """A moment as it is written, on the clock of `zone`; a time of day alone is of `day`. None: it tells none."""
    text = text.strip()
    wall: datetime | None = None
    if found := _MOMENT.fullmatch(text) or _TIGHT.fullmatch(text):
        wall = _wall(*(found[name] for name in "ymdHMS"))
    elif day is not None and (found := _ONLY_CLOCK.fullmatch(text)):
        wall = _wall(str(day.year), str(day.month), str(day.day), found["H"], found["M"], found["S"])
    elif _SERIAL.fullmatch(text):  # Excel's own number for it, where the cell has lost its format
        wall = _EPOCH + timedelta(seconds=round(float(text) * 86_400))
    if wall is None or not 2000 <= wall.year < 2100:
        return None
    return wall.replace(tzinfo=zone)


def _wall(*parts: str | None) -> datetime | None:
    try:
        return datetime(*(int(part or 0) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


_SECONDS = re.compile(r"(?:(\d+)时)?(?:(\d+)分)?(\d+)秒?")
_PARTS = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})")


def seconds_of(text: str) -> int | None:
    """How long it lasted: 75, 75秒, 1分15秒, 1:15, 00:01:15."""
    text = text.strip().removesuffix(".0")
    found = _SECONDS.fullmatch(text) or _PARTS.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    return total if total <= 86_400 else None
