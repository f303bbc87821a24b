"""A contract as large and as awkward as contracts get: 63 users in every state, 300 rows of the log, names of 150
characters, and as many sessions, roles and applications as fill a page."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import AuditRow, Contract, Event, Outcome, Role, Session, User
from accounts.models.session_store import row_key
from cloudpanel.applications.models import Needs
from tests.browser.world import AGENT, LONG_NAME, LONG_USERNAME, LONG_WORD, Person, logged_in
from tests.factories import make_application, make_member, make_owner, make_role

USERS, ROWS, SESSIONS, OTHERS = 63, 300, 30, 12
ADDRESS = "2001:db8:1234:5678:9abc:def0:1234:{:04x}"
AGENTS = (AGENT, "", "A program of its own " * 9)


class Crowd:
    def __init__(self) -> None:
        owner = make_owner("boss", name=LONG_NAME, contract=LONG_WORD)
        self.contract: Contract = owner.contracts.get()
        self.role: Role = make_role(self.contract, name=LONG_WORD, description=LONG_WORD * 2, enabled=False)
        self.users = [self._user(number) for number in range(USERS)]
        self.locked, self.invited, self.expired, self.off = self.users[:4]
        self._put_into_states()
        self._fill_lists()
        self.owner: Person = logged_in(owner)
        AuditRow.objects.bulk_create(self._row(number) for number in range(ROWS))
        Session.objects.bulk_create(self._session(owner, number) for number in range(SESSIONS))
        Session.objects.bulk_create(self._session(self.off, number) for number in range(SESSIONS))

    def _user(self, number: int) -> User:
        """Every third has a long name and a long role; two of three have 2FA, one of them by three methods."""
        since = timezone.now() - timedelta(days=number) if number % 3 else None
        return make_member(
            self.contract,
            f"{number:02}{LONG_USERNAME}"[:150] if number % 3 == 0 else f"anna-maria.heide-{number:02}",
            name=f"{number:02}{LONG_NAME}"[:150] if number % 3 == 0 else f"{number:02} Anna-Maria von der Heide",
            role=self.role if number % 3 == 0 else None,
            two_factor_active_since=since,
            key_count=number % 3,
            last_login=since,
            two_factor_required=number % 5 > 0,
            two_factor_required_from=timezone.now() + timedelta(days=9) if number % 5 == 0 else None,
        )

    def _put_into_states(self) -> None:
        for _ in range(5):
            Person(self.locked, password="not the right password").start_login()
        for user, hours in ((self.invited, 2), (self.expired, 30)):
            user.set_unusable_password()
            user.save()
            sent = timezone.now() - timedelta(hours=hours)
            self._log(Event.INVITED, sent, target_id=user.pk, target_label=user.username).save()
        User.objects.filter(pk=self.off.pk).update(is_active=False)

    def _fill_lists(self) -> None:
        for number in range(OTHERS):
            make_role(self.contract, "users.show", name=f"{number:02}{LONG_WORD}", enabled=number % 2 == 0)
            make_application(
                self.contract,
                f"https://a{number}.{'d' * 50}.{'e' * 50}.example.com",
                name=f"{number:02}{LONG_WORD}",
                last_used_at=timezone.now() - timedelta(days=number) if number else None,
                needs=Needs.values[number % len(Needs.values)],
            )

    def _row(self, number: int) -> AuditRow:
        user = self.users[number % USERS]
        return self._log(
            list(Event)[number % len(Event)],
            timezone.now() - timedelta(hours=number),
            outcome=list(Outcome)[number % len(Outcome)],
            actor_id=user.pk,
            actor_label=user.username,
            target_label=self.users[number % 7].username,
            ip=ADDRESS.format(number),
            user_agent=AGENTS[number % len(AGENTS)],
        )

    def _log(self, event: Event, at, **fields) -> AuditRow:
        return AuditRow(event=event, at=at, contract_id=self.contract.pk, **({"outcome": Outcome.OK} | fields))

    def _session(self, user: User, number: int) -> Session:
        now = timezone.now()
        return Session(
            session_key=row_key(f"{user.pk}-{number}"),
            user=user,
            signed_in=True,
            ip=ADDRESS.format(number),
            user_agent=AGENTS[number % len(AGENTS)],
            created_at=now - timedelta(hours=number),
            last_seen_at=now - timedelta(minutes=number % 9),
            expire_date=now + timedelta(hours=9),
        )
