"""People who cannot exist: names as the country has them, numbers that were given to nobody.

ID numbers have a correct checksum, so that the importer treats them as real, but begin with digits that GB/T 2260 gives
to no province (17, 29, 39, 48, 57, 68, 76, 88): no office can have issued one. Mobile numbers begin with 154, a range
that was never opened for public mobile service. Streets lie in a «样例区», which no city has.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

UNISSUED_PROVINCES = ("17", "29", "39", "48", "57", "68", "76", "88")
UNASSIGNED_MOBILE_PREFIX = "154"

# Common first, roughly as often as they are met.
SURNAMES = (
    "王李张刘陈" * 5
    + "杨黄赵吴周徐孙马朱胡" * 3
    + "林郭何高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白"
    + "邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
COMPOUND_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "慕容", "皇甫", "尉迟", "令狐")
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海波晓东春燕俊峰雪琴婷宁浩宇欣怡子涵梓萱"
    "思远家豪嘉诚佳慧雅楠凯旋鑫鹏飞翔云龙凤仪景行知秋若彤一诺安然"
)
# In registers, missing in many fonts and in every GBK file; the last two lie beyond the basic plane.
RARE_GIVEN = ("㛃", "淼", "犇", "堃", "煊", "翀", "頔", "彧", "𬍛", "𫖯")
MINORITY_NAMES = (
    ("阿依古丽", "买买提"), ("古丽娜尔", "艾合买提"), ("叶尔江", "哈那提"), ("热依罕", "吐尔逊"), ("巴特尔", "苏和"),
    ("木塔力甫", "阿不都热合曼"), ("迪丽拜尔", "玉素甫"), ("努尔兰", "别克"),
)  # fmt: skip
LONE_MINORITY_NAMES = ("扎西顿珠", "卓玛央金", "德吉白珍", "乌云其木格", "阿木古楞", "罗桑旺堆")

CITIES = (
    ("北京市", 4), ("上海市", 4), ("广州市", 4), ("深圳市", 4), ("成都市", 4), ("重庆市", 4), ("杭州市", 3), ("武汉市", 3),
    ("西安市", 3), ("郑州市", 3), ("长沙市", 2), ("南京市", 2), ("济南市", 2), ("沈阳市", 2), ("昆明市", 2), ("南宁市", 2),
    ("贵阳市", 1), ("兰州市", 1), ("乌鲁木齐市", 1), ("呼和浩特市", 1), ("拉萨市", 1), ("海口市", 1),
)  # fmt: skip
STREETS = ("梧桐里", "听雨巷", "云杉路", "半山街", "青禾路", "望湖里", "石榴巷", "月牙街", "南桥路", "松风里")
EMPLOYERS = (
    "云杉物流",
    "半山餐饮",
    "青禾教育",
    "望湖物业",
    "南桥纺织",
    "月牙电子",
    "石榴商贸",
    "听雨装饰",
    "个体经营",
    "",
)
RELATIONS = ("配偶", "父亲", "母亲", "兄弟", "姐妹", "朋友", "同事")

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class ThirdPerson:
    name: str
    relation: str
    phone: str


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    id_no: str
    phone: str
    second_phone: str
    city: str
    address: str
    employer: str
    contact: ThirdPerson | None


class People:
    """Hands out new persons; no ID and no phone twice."""

    def __init__(self, random: Random, *, born_before: date) -> None:
        self._random = random
        self._youngest = born_before - timedelta(days=21 * 366)
        self._ids: set[str] = set()
        # A permutation of the eight free digits: unique without a set, and not in order.
        self._phones = random.randrange(10**8)

    def new(self) -> Person:
        random = self._random
        city = random.choices([name for name, _ in CITIES], [weight for _, weight in CITIES])[0]
        contact = None
        if random.random() < 0.4:
            contact = ThirdPerson(self._name(), random.choice(RELATIONS), self._phone())
        return Person(
            name=self._name(),
            id_no=self._id_no(),
            phone=self._phone(),
            second_phone=self._phone() if random.random() < 0.25 else "",
            city=city,
            address=f"{city}样例区{random.choice(STREETS)}{random.randint(1, 199)}号{random.randint(101, 2804)}室",
            employer=random.choice(EMPLOYERS),
            contact=contact,
        )

    def _name(self) -> str:
        random = self._random
        kind = random.random()
        if kind < 0.02:
            return "·".join(random.choice(MINORITY_NAMES))
        if kind < 0.03:
            return random.choice(LONE_MINORITY_NAMES)
        surname = random.choice(COMPOUND_SURNAMES) if kind < 0.05 else random.choice(SURNAMES)
        given = "".join(random.sample(GIVEN, 1 if random.random() < 0.15 else 2))
        if kind > 0.985:
            given = random.choice(RARE_GIVEN)
        return surname + given

    def _id_no(self) -> str:
        random = self._random
        while True:
            born = self._youngest - timedelta(days=random.randrange(38 * 365))
            county = f"{random.choice(UNISSUED_PROVINCES)}{random.randrange(10**4):04d}"
            body = f"{county}{born:%Y%m%d}{random.randrange(1000):03d}"
            if body not in self._ids:
                self._ids.add(body)
                return body + id_check_digit(body)

    def _phone(self) -> str:
        self._phones = (self._phones + 38_196_601) % 10**8  # coprime to 10^8: every number once before one repeats
        return f"{UNASSIGNED_MOBILE_PREFIX}{self._phones:08d}"


def id_check_digit(body: str) -> str:
    """The 18th character for 17 digits (GB 11643)."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]
