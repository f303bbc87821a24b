from django.utils.translation import gettext_lazy as _

from accounts.forms import PlainForm, VisibleLineField
from twofactor.keys.models import KEY_NAME_MAX_LENGTH


class KeyNameForm(PlainForm):
    focus_first = True

    name = VisibleLineField(label=_("Name"), max_length=KEY_NAME_MAX_LENGTH)
