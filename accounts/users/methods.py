"""The second factors of an account, by kind and number, never by the names or ids of keys."""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User


def with_app(people: QuerySet[User]) -> QuerySet[User]:
    """Annotates whether each has an authenticator app, which belongs to the other package, by its relation to the
    user."""
    has_app = ExpressionWrapper(Q(authenticator__isnull=False), output_field=BooleanField())
    return people.annotate(has_app=has_app)


def in_words(user: User) -> str:
    """“App, 2 keys”. `user` comes from `with_app`."""
    keys = ngettext("%(n)d key", "%(n)d keys", user.key_count) % {"n": user.key_count}
    return _joined(user, _("App"), keys)


def written(user: User) -> str:
    """The same for files, in any language."""
    return _joined(user, "app", f"{user.key_count} {'key' if user.key_count == 1 else 'keys'}")


def _joined(user: User, app: str, keys: str) -> str:
    return ", ".join([*([app] if vars(user)["has_app"] else []), *([keys] if user.key_count else [])])
