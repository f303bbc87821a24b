from typing import cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.forms import PlainForm
from accounts.limits import limited
from accounts.lists.csvfile import MAX_BYTES, MAX_MIB, MAX_ROWS, CsvError, Table, TooLarge
from accounts.users import exchange


class FileForm(PlainForm):
    """A CSV file of users. A file that can't be read is refused as a whole, with what to do about it."""

    file = forms.FileField(
        label=_("CSV file"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=limited(
            _("At most %(mib)s MiB and %(limit)s rows. You see a preview before anything is changed."),
            MAX_ROWS,
            mib=MAX_MIB,
        ),
        error_messages={"required": _("Choose a file."), "invalid": _("Choose a file.")},
    )
    text: str
    table: Table

    def clean_file(self) -> UploadedFile:
        if len(self.files.getlist("file")) > 1:
            raise ValidationError(_("This field was sent twice. Send it once."))
        file = cast(UploadedFile, self.cleaned_data["file"])
        try:
            if (file.size or 0) > MAX_BYTES:
                raise TooLarge
            data = file.read()
            self.table = exchange.read(data)
        except CsvError as fault:
            raise ValidationError(str(fault)) from fault
        self.text = data.decode("utf-8-sig")
        return file
