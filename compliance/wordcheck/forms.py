"""Forms of the wording check."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.models import HitState, TextKind
from compliance.rules.wording import CHINESE, lexicon
from compliance.wordcheck.words import category_label


class HitFilter(forms.Form):
    """All optional; without a state those that wait."""

    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", HitState.NEW.label), *((one.value, one.label) for one in HitState if one != HitState.NEW)],
    )
    kind = forms.ChoiceField(label=_("文本"), required=False, choices=[("", _("全部")), *TextKind.choices])
    category = forms.ChoiceField(label=_("用语类别"), required=False)
    hidden = forms.BooleanField(label=_("只看变形书写"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [one.code for one in lexicon(CHINESE).categories if one.phrases or one.patterns]
        choices = [("", _("全部")), *((code, f"{code} {category_label(code)}") for code in codes)]
        self.fields["category"].choices = choices  # type: ignore[attr-defined]


class JudgeForm(forms.Form):
    """`said`: it is a breach, or a false alarm here, everywhere, or of a longer word."""

    SAID = (
        ("confirm", _("确认违规")),
        ("here", _("误报：仅此一处")),
        ("everywhere", _("误报：相同上下文都不再提示")),
        ("word", _("误报：属于无害词语")),
    )
    said = forms.ChoiceField(label=_("判定"), choices=SAID, widget=forms.RadioSelect)
    word = forms.CharField(
        label=_("无害词语"), max_length=32, required=False, help_text=_("包含命中文字的更长词语，如地名、店名")
    )
    reason = forms.CharField(label=_("理由"), max_length=200, error_messages={"required": _("请写明判定的理由")})


class EndForm(forms.Form):
    reason = forms.CharField(label=_("取消原因"), max_length=200, error_messages={"required": _("请写明取消的原因")})


class TryForm(forms.Form):
    """A text to be tried out; nothing of it is kept."""

    text = forms.CharField(label=_("试一段文本"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    kind = forms.ChoiceField(label=_("文本"), choices=TextKind.choices)
