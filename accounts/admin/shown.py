"""Forms that remember what they showed.

Hidden fields return the values shown, so that an old form changes only what its reader changed, and nothing that
somebody else has changed since.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Model

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class RememberingForm(ModelForm):
    """Remembers the fields of its model. A form sent without what it showed is compared with what is stored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = {field.name for field in self._meta.model._meta.concrete_fields}
        for name in stored & self.fields.keys():
            self.fields[name].show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data


class HiddenList(forms.HiddenInput):
    """Several values in one hidden field. Unlike one field for each, it is also sent if there are none."""

    def format_value(self, value: Any) -> str:
        return " ".join(value or ())

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return str(data.get(name, "")).split()


def is_stored(form: Any, name: str, row: Model) -> bool:
    """Whether the row has what was sent, as after a second click on Save."""
    field = form.fields[name]
    return field.show_hidden_initial and not field.has_changed(_stored(row, name), form[name].data)


def was_changed(form: Any, name: str, row: Model) -> bool:
    """Whether this field of the row has got another value since the form showed it."""
    field = form.fields[name]
    if not field.show_hidden_initial:
        return False
    now = field.hidden_widget().format_value(field.prepare_value(_stored(row, name)))
    return _as_sent(now) != _as_sent(form.data[form.add_initial_prefix(name)])


def _stored(row: Model, name: str) -> Any:
    field: Any = row._meta.get_field(name)
    return field.value_from_object(row)


def _as_sent(value: Any) -> str:
    """Browsers send every line break as CR LF."""
    return str(value or "").replace("\r\n", "\n").replace("\r", "\n")
