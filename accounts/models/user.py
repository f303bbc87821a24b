"""Accounts of admins, owners and sub-users.

`stamp` is incremented with each change of password, email, state or factor. Everything made under an older stamp
(sessions, pending logins, keys being set up, links) is invalid.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Index, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import folding
from accounts.models.auth_hash import auth_hash
from accounts.models.contract import Contract
from accounts.models.role import Role
from accounts.models.subject import SUBJECT_LENGTH, RandomSubject, new_subject
from accounts.models.texts import AsciiLower, Keyed, KeyedQuerySet, KeyField, NameField, NfcCharField, SortKeyField
from accounts.models.usernames import USERNAME_MAX_LENGTH, named, username_validator
from accounts.requirement import Requirement, requirement

NAME_MAX_LENGTH = 150
DESCRIPTION_MAX_LENGTH = 500
KNOWN_BROWSERS = 10
KNOWN_BROWSER_DIGEST_LENGTH = 24  # hexadecimal digits: 96 bits


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> "KeyedQuerySet[User]":
        return KeyedQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.named(username or "").get()

    def named(self, username: str) -> "models.QuerySet[User]":
        """The account with this name, ignoring case, as a query of at most one row."""
        return self.filter(named(username))

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(force_insert=True)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Django's own interface, which its packages and test clients expect of every user model."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(Keyed, AbstractBaseUser):
    username = models.CharField(
        _("username"), max_length=USERNAME_MAX_LENGTH, unique=True, validators=[username_validator]
    )
    name = NameField(_("name"), max_length=NAME_MAX_LENGTH)
    email = models.EmailField(_("email"), blank=True)
    confirmed_email = models.EmailField(blank=True, default="", db_default="", editable=False)
    """The address that was last confirmed by a mailed link."""
    pending_email = models.EmailField(_("unconfirmed email"), blank=True)
    pending_email_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    """Who requested `pending_email`."""
    subject = models.CharField(
        max_length=SUBJECT_LENGTH, unique=True, default=new_subject, db_default=RandomSubject(), editable=False
    )
    """Random, and never changed. Other systems know the account by it."""
    description = NfcCharField(_("description"), max_length=DESCRIPTION_MAX_LENGTH, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    language_chosen = models.BooleanField(default=False, db_default=False, editable=False)  # not just the creator's
    profile_changed_at = models.DateTimeField(null=True, editable=False)
    """When the name or language was last changed; None for never."""

    must_change_password = models.BooleanField(_("must choose a new password"), default=False)
    password_set_by_other = models.BooleanField(_("password was set by somebody else"), default=False)
    password_revoked_at = models.DateTimeField(_("password blocked since"), null=True, blank=True)

    mail_failed_at = models.DateTimeField(_("email could not be delivered since"), null=True, blank=True)
    mail_failure = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    """Why mail failed (`MailFailure`). Empty once a mail has reached the address, or the address has changed."""

    contract = models.ForeignKey(
        Contract,
        on_delete=models.PROTECT,
        verbose_name=_("contract"),
        null=True,
        blank=True,
        related_name="sub_users",
        db_index=False,
    )
    role = models.ForeignKey(
        Role,
        on_delete=models.PROTECT,
        verbose_name=_("role"),
        null=True,
        blank=True,
        related_name="users",
        db_index=False,
    )

    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("admin"), default=False)
    is_superuser = models.BooleanField(_("superuser"), default=False)

    two_factor_required = models.BooleanField(_("2FA required"), default=True)
    two_factor_required_from = models.DateTimeField(_("2FA required from"), null=True, blank=True, editable=False)
    """With `two_factor_required`: not before this time; None for at once."""
    two_factor_reminded_at = models.DateTimeField(null=True, editable=False)
    """When this person was last notified of that time, by any mail."""
    two_factor_active_since = models.DateTimeField(_("2FA activated"), null=True, blank=True)
    setup_browser = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    """Digest of the secret of the only browser that may set up 2FA (`twofactor.help`); empty for any browser."""
    key_count = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    """The number of security keys and passkeys; written by `two_factor.set_key_count`."""

    stamp = models.PositiveIntegerField(default=0, editable=False)
    resets = models.PositiveIntegerField(default=0, editable=False)
    known_browsers = models.CharField(
        max_length=KNOWN_BROWSERS * (KNOWN_BROWSER_DIGEST_LENGTH + 1),
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    """Digests of the browsers known to the account, newest first; written by `twofactor.login.known_browser`."""
    rights_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """Incremented with each change of role, of state and of being an admin. Mailed links include it, sessions don't."""
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    # Both databases sort and find by these alike. The database's default is for servers of the version before.
    name_key = SortKeyField(source="name", max_length=folding.SORT_KEY_MAX_LENGTH, db_default="")
    username_key = models.GeneratedField(
        expression=AsciiLower("username"), output_field=KeyField(max_length=USERNAME_MAX_LENGTH), db_persist=True
    )

    # Put here by middleware for the user of a request: `Session.sid`, and what django-otp knows.
    session_sid: str | None = None
    otp_device: Any
    is_verified: Callable[[], bool]

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                AsciiLower("username"),
                name="user_username_any_case",
                violation_error_message=_("This username is taken."),
            ),
            models.CheckConstraint(
                condition=Q(contract__isnull=True, role__isnull=True) | Q(contract__isnull=False, role__isnull=False),
                name="user_contract_and_role",
            ),
        ]
        indexes = [
            Index(fields=["contract", "name_key", "id"], name="user_by_name"),
            Index(fields=["contract", "username_key", "id"], name="user_by_username"),
            # Asked for by IN: SQLite would else take it for those who are pending, of whom there is an index below.
            Index(fields=["contract", "two_factor_required", "name_key", "id"], name="user_by_required"),
            Index(fields=["role", "name_key", "id"], name="user_by_role"),
            Index(fields=["contract", "last_login", "id"], name="user_by_last_login"),
            Index(fields=["contract", "two_factor_active_since", "id"], name="user_by_two_factor"),
            Index(AsciiLower("email"), name="user_by_email"),
            Index(fields=["id"], name="user_admins", condition=Q(is_staff=True, is_superuser=True)),
            Index(fields=["pending_email_by"], name="user_email_asked_by", condition=Q(pending_email_by__isnull=False)),
            Index(
                fields=["contract", "two_factor_required_from", "two_factor_active_since", "id"],
                name="user_by_required_from",
                condition=Q(two_factor_required_from__isnull=False),
            ),
            # For reading all of them: in the order of their rows, which SQLite has side by side.
            Index(fields=["contract", "id"], name="user_in_contract"),
            # What filters and the Overview ask for: read by name, and counted, without looking at anybody else.
            *(
                Index(fields=["contract", "name_key", "id"], name=name, condition=condition)
                for name, condition in (
                    ("user_pending_by_name", Q(two_factor_required=True, two_factor_active_since__isnull=True)),
                    ("user_without_by_name", Q(two_factor_required=False, two_factor_active_since__isnull=True)),
                    ("user_activated_by_name", Q(is_active=True)),
                    ("user_deactivated_by_name", Q(is_active=False)),
                    ("user_stolen_by_name", Q(password_revoked_at__isnull=False)),
                    ("user_set_by_other_by_name", Q(password_set_by_other=True)),
                    ("user_mail_failed_by_name", Q(mail_failed_at__isnull=False)),
                )
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Initials of the first and last word of the name, or else the first character of the username."""
        words = [word for word in self.name.split() if word[0].isalpha()] or [self.username]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def two_factor_active(self) -> bool:
        return self.two_factor_active_since is not None

    @property
    def two_factor_requirement(self) -> Requirement:
        """Whether 2FA is required now."""
        return requirement(
            required=self.two_factor_required, required_from=self.two_factor_required_from, now=timezone.now()
        )

    @property
    def two_factor_planned(self) -> bool:
        """Whether 2FA will be required from a later time."""
        return self.two_factor_requirement is Requirement.PLANNED

    @property
    def must_use_two_factor(self) -> bool:
        """Whether the owner requires 2FA; always for admins."""
        return self.is_staff or self.is_superuser or self.two_factor_requirement is Requirement.YES

    @property
    def uses_two_factor(self) -> bool:
        """2FA is set up or required, or was reset for one browser that has not set it up yet."""
        return self.two_factor_active or self.must_use_two_factor or bool(self.setup_browser)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        return auth_hash(self.password, self.stamp, secret=secret)

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        return {perm for backend in get_backends() for perm in backend.get_all_permissions(self, obj)}

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        if not self.is_active:
            return False
        return self.is_superuser or any(backend.has_perm(self, perm, obj) for backend in get_backends())

    def has_perms(self, perms: Iterable[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_superuser
