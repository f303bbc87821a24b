"""Columns for composed text, and columns that hold a folded form of another column.

A derived column is written together with its source: by `save()`, `bulk_create()` and `QuerySet.update()` of a model
that is `Keyed` and has a `KeyedQuerySet`. Only handwritten SQL can miss it; `housekeeping` corrects that.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Transform
from django.utils.translation import gettext_lazy as _

from accounts import folding, visible

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
else:
    CharField = models.CharField

Row = TypeVar("Row", bound=models.Model)


class NfcCharField(CharField):
    """Text that is stored and looked up in composed form (NFC). A CharField to the database."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return folding.nfc(text) if isinstance(text, str) else text

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return folding.nfc(text) if isinstance(text, str) else text

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def check_name(name: str) -> None:
    """Raises ValidationError for a name without a visible character."""
    if not visible.can_be_seen(name):
        raise ValidationError(_("Enter a name with at least one visible character."), code="unseen")


class NameField(NfcCharField):
    """The name of somebody or something."""

    default_validators = [check_name]


class KeyField(CharField):
    """Text that is compared and sorted by code point, whatever the locale of the database."""

    def db_parameters(self, connection: Any) -> Any:
        found: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            found["collation"] = "C"
        return found


class DerivedField(KeyField):
    """Derived from the field `source`."""

    def __init__(self, *args: Any, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(*args, **kwargs | {"editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"]
        return name, path, args, kwargs | {"source": self.source}

    def derive(self, text: str) -> str:
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = self.derive(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, key)
        return key


class SortKeyField(DerivedField):
    def derive(self, text: str) -> str:
        return folding.sort_key(text)


class FoldedField(DerivedField):
    def derive(self, text: str) -> str:
        return folding.folded(text)


def derived(model: type[models.Model]) -> list[DerivedField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, DerivedField)]


class KeyedQuerySet(models.QuerySet[Row]):
    def update(self, **kwargs: Any) -> int:
        """Accepts only plain text for the source of a derived column, since the result of an expression isn't known
        here."""
        for field in derived(self.model):
            if field.source in kwargs:
                kwargs[field.name] = field.derive(kwargs[field.source])
        return super().update(**kwargs)


class Keyed(models.Model):
    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        if kwargs.get("update_fields") is not None:
            also = [field.name for field in derived(type(self)) if field.source in kwargs["update_fields"]]
            kwargs["update_fields"] = [*kwargs["update_fields"], *also]
        super().save(**kwargs)


class AsciiLower(Transform):
    """`folding.ascii_lower` in the database. SQLite's LOWER only changes ASCII letters anyway."""

    function = "LOWER"
    lookup_name = "ascii_lower"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template='%(function)s(%(expressions)s COLLATE "C")', **context)


models.CharField.register_lookup(AsciiLower)
