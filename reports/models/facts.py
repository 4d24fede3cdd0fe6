"""Daily facts: sums that dashboards read instead of rows. Additive only, made by reports/facts and made anew at any time.

Three cuts stand in each table: by desk (region empty), by region (no desk), and by neither, which is what most figures ask
and a thirtieth of the rows. Region × desk would be as many rows as there are debts: a question that wants both is answered
from the rows. Desk 0 is «nobody's». No foreign keys: a fact goes and comes with its day.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Cut(models.IntegerChoices):
    DESK = 1, _("按席位")
    REGION = 2, _("按地区")
    WHOLE = 3, _("不分席位与地区")


class Fact(models.Model):
    cut = models.SmallIntegerField(choices=Cut)
    source = models.BigIntegerField()
    stage = models.SmallIntegerField(_("阶段"))
    product = models.CharField(_("产品"), max_length=64, blank=True)
    region = models.CharField(_("地区"), max_length=64, blank=True)
    desk = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


def _yuan() -> models.DecimalField:
    return models.DecimalField(max_digits=18, decimal_places=2, default=0)


class BookFact(Fact):
    """The book of one business date of a source."""

    day = models.DateField(_("数据日期"))
    debts = models.IntegerField()
    not_positive = models.IntegerField()
    total = _yuan()
    positive = _yuan()
    principal = _yuan()
    interest = _yuan()
    penalty = _yuan()
    fees = _yuan()
    entered = models.IntegerField()
    entered_again = models.IntegerField()
    entered_owed = _yuan()

    class Meta:
        verbose_name = _("账簿日汇总")
        verbose_name_plural = _("账簿日汇总")
        indexes = [models.Index(fields=["cut", "day", "source"], name="book_fact_day_idx")]

    def __str__(self) -> str:
        return f"{self.source} {self.day}"


class MoneyFact(Fact):
    """Money paid on one day, by where its debt stood in the opening book of the month; stage -1: in no opening book. What
    waits for its contract is in `waiting` as well as in `money`."""

    month = models.DateField(_("月份"))
    day = models.DateField(_("还款日期"))
    money = _yuan()
    claimed = _yuan()
    taken_back = _yuan()
    waiting = _yuan()
    payments = models.IntegerField()
    waiting_payments = models.IntegerField()

    class Meta:
        verbose_name = _("还款日汇总")
        verbose_name_plural = _("还款日汇总")
        indexes = [models.Index(fields=["cut", "month", "day", "source"], name="money_fact_day_idx")]

    def __str__(self) -> str:
        return f"{self.source} {self.day}"


class Step(models.IntegerChoices):
    DAY = 1, _("逐日")
    MONTH = 2, _("逐月")


class RollFact(Fact):
    """Debts of one book (`from_day`, as `stage` has them) by where they stood in a later one: from file to file, and from
    the opening book of a month (`month`) to its newest file. `destination` as reports/kpis/relations.py names it."""

    step = models.SmallIntegerField(choices=Step)
    month = models.DateField(_("月份"))
    from_day = models.DateField()
    to_day = models.DateField()
    destination = models.CharField(max_length=8)
    debts = models.IntegerField()
    owed = _yuan()

    class Meta:
        verbose_name = _("迁徙汇总")
        verbose_name_plural = _("迁徙汇总")
        indexes = [
            models.Index(fields=["cut", "step", "month", "source"], name="roll_fact_month_idx"),
            models.Index(fields=["cut", "step", "to_day", "source"], name="roll_fact_day_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.from_day} {self.to_day}"


CONTACT_MEASURES = (
    "dialled", "answered", "voicemail", "open_calls", "rpc", "in_time", "late", "untold", "asked", "refused",
)  # fmt: skip


class ContactFact(models.Model):
    """Calls, notes and answers of the gate of one day, by who acted (cut by desk: a person and an organisation), by region
    or by neither, and where the case stood that day. Whose desk and team somebody is on is looked up when it is read."""

    cut = models.SmallIntegerField(choices=Cut)
    source = models.BigIntegerField()
    day = models.DateField(_("联系日期"))
    stage = models.SmallIntegerField(_("阶段"))
    product = models.CharField(_("产品"), max_length=64, blank=True)
    region = models.CharField(_("地区"), max_length=64, blank=True)
    actor = models.BigIntegerField(null=True, blank=True)
    org = models.CharField(_("机构"), max_length=32, blank=True)
    dialled = models.IntegerField()
    answered = models.IntegerField()
    voicemail = models.IntegerField()
    open_calls = models.IntegerField()
    rpc = models.IntegerField()
    in_time = models.IntegerField()
    late = models.IntegerField()
    untold = models.IntegerField()
    asked = models.IntegerField()
    refused = models.IntegerField()

    class Meta:
        verbose_name = _("联系日汇总")
        verbose_name_plural = _("联系日汇总")
        indexes = [models.Index(fields=["cut", "day"], name="contact_fact_day_idx")]

    def __str__(self) -> str:
        return f"{self.day}"


class ReachedFact(models.Model):
    """Customers whom anybody reached in a month, by the day on which each was reached first: their sum up to a day is how
    many different ones were reached by then. What the complaint rate of the house divides by."""

    month = models.DateField(_("月份"))
    first_day = models.DateField(_("首次联系到的日期"))
    people = models.IntegerField()

    class Meta:
        verbose_name = _("联系客户汇总")
        verbose_name_plural = _("联系客户汇总")
        constraints = [models.UniqueConstraint(fields=["month", "first_day"], name="reached_fact_once")]

    def __str__(self) -> str:
        return f"{self.first_day}"


class DirtyDay(models.Model):
    """A day whose facts are not what the rows say any more. Written by triggers (migration 0004) in the transaction of the
    change; gone when the facts are made anew. `source` and `day` are empty where the change does not tell them."""

    class What(models.TextChoices):
        BOOK = "book", _("账簿")
        MONEY = "money", _("还款")
        ENDS = "ends", _("结案")
        CUSTODY = "custody", _("归属")
        LOAN = "loan", _("合同")
        CONTACT = "contact", _("联系")

    what = models.CharField(max_length=8, choices=What)
    source = models.BigIntegerField(null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    loan = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("待重算日期")
        verbose_name_plural = _("待重算日期")

    def __str__(self) -> str:
        return f"{self.what} {self.day}"
