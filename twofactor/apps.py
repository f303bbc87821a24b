from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TwofactorConfig(AppConfig):
    name = "twofactor"
    verbose_name = _("Two-factor authentication")

    def ready(self) -> None:
        from accounts.management.commands.housekeeping import upkeep
        from accounts.notices.holding import help_asked
        from accounts.sessions.services import all_ended
        from twofactor.help.queries import is_open
        from twofactor.help.upkeep import tidy
        from twofactor.keys.upkeep import remove_challenges
        from twofactor.login import ending
        from twofactor.requirement.upkeep import send_reminders

        upkeep.connect(send_reminders)
        upkeep.connect(remove_challenges)
        upkeep.connect(tidy)
        all_ended.connect(ending.end_all, dispatch_uid="twofactor.ending")
        help_asked.connect(is_open, dispatch_uid="twofactor.help")
