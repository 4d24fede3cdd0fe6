"""Forms of one complaint. What is allowed is the services' to say."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Loan
from cases.models.desk import Desk
from collection_ops.core.models import User
from compliance.models import (
    MOST_LETTER,
    About,
    Complaint,
    ComplaintCategory,
    ComplaintOutcome,
    ComplaintSubject,
    ComplaintType,
    Content,
    MessageTemplate,
    SentBy,
    Severity,
    StaffTask,
    TrainingCertificate,
)

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
YES_NO = [("yes", _("是")), ("no", _("否"))]


def words_field(label: Any, *, rows: int = 3, most: int = 2000, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **options)


class AssignForm(forms.Form):
    """`seen`: the id of whoever handled it when the form was shown."""

    handler = forms.ModelChoiceField(User.objects.none(), label=_("经办人"), empty_label=_("请选择"))
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: "QuerySet[User]", complaint: Complaint, **kwargs: Any) -> None:
        kwargs["initial"] = {"seen": complaint.handler_id, "handler": complaint.handler_id}
        super().__init__(*args, **{"prefix": "assign", **kwargs})
        self.fields["handler"].queryset = people  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    words = words_field(_("补充情况"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "note", **kwargs})


class ExtendForm(forms.Form):
    reason = forms.CharField(label=_("延期原因"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "extend", **kwargs})


class CloseForm(forms.Form):
    answered = words_field(_("如何答复"), rows=2, most=1000, required=False, help_text=_("已记录送达的答复函时可不填"))
    without_letter = forms.CharField(
        label=_("未发答复函的原因"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, has_letter: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "close", **kwargs})
        if has_letter:
            del self.fields["without_letter"]


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=_("重新受理的原因"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "reopen", **kwargs})


class FollowUpForm(forms.Form):
    remedied = forms.ChoiceField(label=_("补救措施已落实"), choices=YES_NO, widget=forms.RadioSelect)
    content = forms.ChoiceField(
        label=_("投诉人是否满意"), choices=Content.choices, widget=forms.RadioSelect,
        help_text=_("未联系上的，3 天后再试，共三次"),
    )  # fmt: skip
    note = forms.CharField(
        label=_("回访情况"),
        max_length=180,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("不满意或补救未落实时必填"),
    )
    reopens = forms.BooleanField(label=_("同时重新受理"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "follow", **kwargs})


class DecideForm(forms.Form):
    """`responsible` takes the subjects that bear the blame. `seen`: when the decision was made that the form began from."""

    outcome = forms.ChoiceField(label=_("处理结论"), choices=ComplaintOutcome.choices, widget=forms.RadioSelect)
    finding = words_field(_("查明情况"), rows=6, most=4000)
    remedy = words_field(_("补救措施"), rows=3, required=False, help_text=_("属实或部分属实时必填"))
    responsible = forms.MultipleChoiceField(
        label=_("责任方"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("属实或部分属实时必选")
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, subjects: Iterable[tuple[ComplaintSubject, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.pk), name) for one, name in subjects]
        if choices:
            self.fields["responsible"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["responsible"]

    def blamed(self) -> dict[int, bool]:
        """Of a valid form: each subject that was shown, and whether it was ticked."""
        if "responsible" not in self.fields:
            return {}
        ticked = set(self.cleaned_data["responsible"])
        return {int(pk): pk in ticked for pk, _name in self.fields["responsible"].choices}  # type: ignore[attr-defined]


class ClassifyForm(forms.Form):
    type = forms.ChoiceField(label=_("类型"), choices=ComplaintType.choices)
    category = forms.ChoiceField(label=_("监管分类"), choices=ComplaintCategory.choices)
    severity = forms.TypedChoiceField(label=_("严重程度"), choices=Severity.choices, coerce=int)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "classify", **kwargs})


class AccusedForm(forms.Form):
    about = forms.ChoiceField(label=_("被投诉方"), choices=About.choices)
    user = forms.ModelChoiceField(
        User.objects.none(), label=_("人员"), required=False, empty_label=_("不适用"), help_text=_("投诉催收员时选择")
    )
    org = forms.ChoiceField(label=_("机构"), required=False, help_text=_("投诉委外机构时选择"))

    def __init__(self, *args: Any, people: "QuerySet[User]", agencies: Iterable[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "accused", **kwargs})
        self.fields["user"].queryset = people  # type: ignore[attr-defined]
        self.fields["org"].choices = [("", _("不适用")), *((desk.code, desk.name) for desk in agencies)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        about = given.get("about")
        if about != About.COLLECTOR:
            given["user"] = None
        if about != About.AGENCY:
            given["org"] = ""
        return given


class IdentifyForm(forms.Form):
    contract_no = forms.CharField(
        label=_("合同编号"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "identify", **kwargs})


class LoansForm(forms.Form):
    loans = forms.ModelMultipleChoiceField(
        Loan.objects.none(), label=_("涉及合同"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, loans: "QuerySet[Loan]", **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "loans", **kwargs})
        self.fields["loans"].queryset = loans  # type: ignore[attr-defined]
        self.fields["loans"].label_from_instance = lambda loan: loan.contract_no  # type: ignore[attr-defined]


class LetterForm(forms.Form):
    """`template`: what the text began from. `based_on`: when the draft that was shown had been written."""

    text = words_field(_("正文"), rows=22, most=MOST_LETTER)
    template = forms.ModelChoiceField(MessageTemplate.objects.none(), required=False, widget=forms.HiddenInput)
    based_on = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = MessageTemplate.objects.filter(channel="letter")  # type: ignore[attr-defined]


class SentForm(forms.Form):
    sent_on = forms.DateField(label=_("送达日期"), widget=DATE)
    how = forms.ChoiceField(label=_("送达方式"), choices=SentBy.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "sent", **kwargs})


class StaffTaskForm(forms.Form):
    note = words_field(_("完成情况"), rows=2, most=500)
    certificate = forms.ModelChoiceField(
        TrainingCertificate.objects.none(),
        label=_("合格证"),
        required=False,
        empty_label=_("请选择"),
        help_text=_("布置之后取得的；没有时先在人员页登记"),
    )

    def __init__(
        self, *args: Any, task: StaffTask, certificates: "QuerySet[TrainingCertificate]", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if task.kind == "training":
            self.fields["certificate"].queryset = certificates  # type: ignore[attr-defined]
        else:
            del self.fields["certificate"]
