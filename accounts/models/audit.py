"""What happened. Rows have no foreign keys, so they outlive the people in them, and never change.

They never hold passwords, codes, keys, tokens, or what was typed as an unknown username.
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.origin import AGENT_MAX_LENGTH


class Outcome(models.TextChoices):
    OK = "ok", _("Done")
    FAILED = "failed", _("Failed")
    REFUSED = "refused", _("Refused")


class Event(models.TextChoices):
    SIGN_IN = "sign_in", _("Logged in")
    SIGN_IN_PASSWORD = "sign_in_password", _("Password checked")
    SIGN_IN_CODE = "sign_in_code", _("Correct password, code checked")
    SIGN_OUT = "sign_out", _("Logged out")
    CODE_REPLAYED = "code_replayed", _("Reused a code")
    THROTTLED = "throttled", _("Too many attempts, had to wait")
    TEN_WRONG_CODES = "ten_wrong_codes", _("Ten wrong codes in a row")
    PASSWORD_REVOKED = (
        "password_revoked",
        _("A hundred wrong codes: the password was blocked because it may be compromised"),
    )
    CONFIRMED = "confirmed", _("Confirmed the password")
    ACCESS_REFUSED = "access_refused", _("Was denied access to a page")
    RECOVERY_CODE_USED = "recovery_code_used", _("Used a recovery code")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("Generated new recovery codes")
    TWO_FACTOR_ACTIVATED = "two_factor_activated", _("Activated two-factor authentication")
    TWO_FACTOR_SETUP_CODE = "two_factor_setup_code", _("Setup code checked")
    TWO_FACTOR_MOVED = "two_factor_moved", _("Set up two-factor authentication on a new phone")
    TWO_FACTOR_DISABLED = "two_factor_disabled", _("Disabled two-factor authentication")
    TWO_FACTOR_REQUIRED = "two_factor_required", _("Changed whether 2FA is required")
    TWO_FACTOR_PLANNED = "two_factor_planned", _("Changed when 2FA becomes required")
    TWO_FACTOR_REMINDED = "two_factor_reminded", _("Reminded a user to set up 2FA")
    TWO_FACTOR_RESET = "two_factor_reset", _("Reset two-factor authentication")
    HELP_REQUESTED = "help_requested", _("Asked the account owner for help with 2FA")
    HELP_WORDS_WRONG = "help_words_wrong", _("Entered wrong words for a request for help")
    HELP_APPROVED = "help_approved", _("Reset two-factor authentication after a request for help")
    HELP_REFUSED = "help_refused", _("Refused a request for help")
    HELP_ENDED = "help_ended", _("A request for help ended without an answer")
    PASSWORD_BLOCKED = "password_blocked", _("Blocked a password because it may be compromised")
    SIGN_IN_KEY = "sign_in_key", _("Security key checked")
    KEY_ADDED = "key_added", _("Added a security key")
    KEY_RENAMED = "key_renamed", _("Renamed a security key")
    KEY_REMOVED = "key_removed", _("Removed a security key")
    KEY_COPIED = "key_copied", _("Used a security key that may have been copied")
    APP_ADDED = "app_added", _("Added an authenticator app")
    APP_REMOVED = "app_removed", _("Removed the authenticator app")
    SECRET_UNREADABLE = "secret_unreadable", _("An authenticator's key could not be read")
    KEYS_ROTATED = "keys_rotated", _("Re-encrypted the keys of all authenticators")
    OWNER_CREATED = "owner_created", _("Created an account owner")
    CONTRACT_CREATED = "contract_created", _("Created a contract")
    CONTRACT_CHANGED = "contract_changed", _("Changed a contract")
    USER_CREATED = "user_created", _("Created a user")
    USER_DELETED = "user_deleted", _("Deleted a user")
    USER_NAME = "user_name", _("Changed the name of a user")
    USER_EMAIL = "user_email", _("Changed the email of a user")
    USER_EMAIL_REQUESTED = "user_email_requested", _("Requested an email change")
    USER_DESCRIPTION = "user_description", _("Changed the description of a user")
    USER_PASSWORD = "user_password", _("Set a new password")
    USER_ROLE = "user_role", _("Changed the role of a user")
    USER_STATE = "user_state", _("Activated or deactivated a user")
    USER_UNLOCKED = "user_unlocked", _("Unlocked a user")
    USER_LANGUAGE = "user_language", _("Changed the language of a user")
    USER_ADMIN = "user_admin", _("Changed an account in Django admin")
    INVITED = "invited", _("Sent an invitation")
    RESET_REQUESTED = "reset_requested", _("Requested a password reset link")
    MAIL_FAILED = "mail_failed", _("An email could not be sent")
    SESSION_ENDED = "session_ended", _("Ended a session")
    SESSIONS_ENDED = "sessions_ended", _("Ended all sessions of a user")
    ROLE_CREATED = "role_created", _("Created a role")
    ROLE_CHANGED = "role_changed", _("Changed a role")
    ROLE_DELETED = "role_deleted", _("Deleted a role")
    APPLICATION_CREATED = "application_created", _("Created an application")
    APPLICATION_CHANGED = "application_changed", _("Changed an application")
    APPLICATION_DELETED = "application_deleted", _("Deleted an application")
    APPLICATION_OPENED = "application_opened", _("Opened an application")
    GUARD_REFUSED = "guard_refused", _("Refused a check that came from no trusted proxy")
    USERS_EXPORTED = "users_exported", _("Exported the users")
    USERS_IMPORTED = "users_imported", _("Imported users")
    LOGS_EXPORTED = "logs_exported", _("Exported the logs")
    APPLICATION_LOGIN = "application_login", _("Logged in to an application")
    APPLICATION_REFUSED = "application_refused", _("Was refused by an application")
    APPLICATION_CODE_REUSED = "application_code_reused", _("Reused a login code or refresh token of an application")
    APPLICATION_SECRET = "application_secret", _("Changed the secrets of an application")
    APPLICATION_SECRET_WRONG = "application_secret_wrong", _("An application sent a wrong secret")
    SIGNING_KEYS_ROTATED = "signing_keys_rotated", _("Rotated the signing keys")
    LOGS_TRIMMED = "logs_trimmed", _("Deleted old log entries")


class AuditRow(models.Model):
    at = models.DateTimeField(_("time"), default=timezone.now)
    contract_id = models.BigIntegerField(null=True)
    event = models.CharField(_("action"), max_length=40, choices=Event.choices)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("user"), max_length=150, blank=True)
    target_id = models.BigIntegerField(null=True)
    target_label = models.CharField(_("target"), max_length=150, blank=True)
    ip = models.CharField(_("address"), max_length=45, blank=True)
    user_agent = models.CharField(_("browser"), max_length=AGENT_MAX_LENGTH, blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("log row")
        verbose_name_plural = _("logs")
        indexes = [
            models.Index(fields=["contract_id", "-id"], name="audit_by_contract"),
            models.Index(fields=["target_id", "-id"], name="audit_by_target"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["contract_id", "-at", "-id"], name="audit_by_time"),
            # The owner's rows that belong to no contract, such as their logins, stand in the logs of all of theirs.
            models.Index(
                fields=["actor_id", "-at", "-id"],
                name="audit_alone_by_actor",
                condition=models.Q(contract_id__isnull=True),
            ),
            models.Index(
                fields=["target_id", "-at", "-id"],
                name="audit_alone_by_target",
                condition=models.Q(contract_id__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.event}"
