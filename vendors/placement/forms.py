"""Forms of batches, their files and recalls."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.stage import OVERDUE_STAGES
from vendors.models import Agency
from vendors.placement.batches import LARGEST_SEED
from vendors.placement.rule import COLLECTOR, MOST_DAYS, POOL, Rule

LISTED_FIELDS = (
    "source",
    "stages",
    "products",
    "regions",
    "amount_from",
    "amount_to",
    "pool_days_from",
    "pool_days_to",
)


def _yuan(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, min_value=0, max_digits=14, decimal_places=2)


def _days(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST_DAYS)


def _date(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class RuleForm(forms.Form):
    """What a batch takes and how it is split. Empty fields choose all. An agency that may not be given cases says why beside
    its share. `proposed`: shares by id of the agency, in place of those of the rule, with what
    `shares_said` says of them."""

    source = forms.ChoiceField(label=_("数据来源"), required=False)
    stages = forms.MultipleChoiceField(
        label=_("逾期阶段"),
        required=False,
        choices=[(str(int(stage)), stage.label) for stage in OVERDUE_STAGES],
        widget=forms.CheckboxSelectMultiple,
    )
    products = forms.MultipleChoiceField(label=_("产品"), required=False)
    regions = forms.MultipleChoiceField(label=_("地区"), required=False)
    amount_from = _yuan(_("逾期总额从（元）"))
    amount_to = _yuan(_("逾期总额到（元）"))
    pool_days_from = _days(_("在池天数从"))
    pool_days_to = _days(_("在池天数到"))
    with_collectors = forms.BooleanField(label=_("也取催收员席位上的案件（默认只取案件池）"), required=False)
    seed = forms.IntegerField(
        label=_("随机种子"),
        required=False,
        min_value=0,
        max_value=LARGEST_SEED,
        help_text=_("留空由系统生成；同样的种子和数据得到同样的分配"),
    )

    def __init__(
        self,
        *args: Any,
        agencies: Sequence[Agency],
        may_not: Mapping[int, list[str]],
        sources: Iterable[tuple[str, str]],
        products: Sequence[str],
        regions: Sequence[str],
        rule: Rule | None = None,
        seed: int | None = None,
        proposed: Mapping[int, Decimal] | None = None,
        shares_said: str = "",
        **kwargs: Any,
    ) -> None:
        if rule is not None:
            kwargs["initial"] = {**_initial(rule), "seed": seed}
        super().__init__(*args, **kwargs)
        self.shares_said = shares_said
        kept = (rule.products, rule.regions) if rule else ((), ())
        self._choose("source", [("", _("全部来源")), *sources])
        self._choose("products", [(one, one) for one in sorted({*products, *kept[0]})])
        self._choose("regions", [(one, one) for one in sorted({*regions, *kept[1]})])
        shares = dict(rule.shares) if rule else {}
        self.code_of: dict[str, str] = {}
        for agency in agencies:
            name = f"share_{agency.pk}"
            self.code_of[name] = agency.desk.code
            self.fields[name] = forms.DecimalField(
                label=gettext("%(agency)s 比例（%%）") % {"agency": agency.name},
                required=False,
                min_value=0,
                max_value=100,
                decimal_places=2,
                initial=shares.get(agency.desk.code) if proposed is None else proposed.get(agency.pk),
                help_text="；".join(may_not.get(agency.pk, [])),
            )

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def rule(self) -> Rule:
        """Of a valid form. Raises PlacementRefused."""
        told = self.cleaned_data
        given = {name: told[name] for name in LISTED_FIELDS}
        places = [POOL, COLLECTOR] if told["with_collectors"] else [POOL]
        shares = {code: str(told[name]) for name, code in self.code_of.items() if told[name]}
        return Rule.read({**given, "places": places, "shares": shares})

    @property
    def share_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.code_of]


def _initial(rule: Rule) -> dict[str, Any]:
    given = rule.to_json()
    return {
        **{name: given[name] for name in LISTED_FIELDS},
        "stages": [str(stage) for stage in rule.stages],
        "with_collectors": COLLECTOR in rule.places,
    }


class FileForm(forms.Form):
    """The password that the page proposed; the person has written it down."""

    password = forms.CharField(
        label=_("文件密码"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "figures"}),
        help_text=_("请先抄下并用另一渠道告知机构：系统不保存密码，离开本页后无法再查看"),
    )


class FieldsForm(forms.Form):
    """What an agency's files show beyond the least."""

    full_phone = forms.BooleanField(label=_("本人电话不脱敏"), required=False)
    effective_from = _date(_("生效日期"))
    reason = forms.CharField(label=_("必要性说明"), max_length=200)


class KeepForm(forms.Form):
    words = forms.CharField(label=_("说明"), max_length=400)


class DecideKeepForm(forms.Form):
    decision = forms.ChoiceField(choices=[("grant", ""), ("refuse", "")])
    until = forms.DateField(label=_("留案至"), required=False)
    words = forms.CharField(label=_("说明"), max_length=400)
