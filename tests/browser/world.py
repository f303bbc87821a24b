"""A contract with somebody in every state, one that is empty, and one whose names are as long as they may be."""

from datetime import timedelta
from functools import cached_property
from urllib.parse import urlsplit

from django.utils import timezone

from accounts.models import User
from accounts.permissions import ALL_PERMISSIONS
from accounts.reset import links
from tests.factories import make_contract, make_member, make_owner, make_role
from tests.people import CODE, Person, code_of, words

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
FREE = 5  # failures before the first wait
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG_NAME = (LONG_WORD * 2)[:150]
LONG_USERNAME = "m" * 150


class World:
    def __init__(self) -> None:
        self.owner = make_owner(email="olivia@example.com")
        self.contract = self.owner.contracts.get()
        self.role = make_role(
            self.contract, "users.show", "users.set_name", "logs.show", name="Support", description="First line"
        )
        self.pending = make_member(self.contract, "paul", name="Paul Pending")
        self.free = make_member(self.contract, "nina", name="Nina Novak", two_factor_required=False)
        self.off = make_member(self.contract, "dora", name="Dora Dorn", is_active=False, role=self.role)
        self.few_rights = make_member(
            self.contract, "sam", name="Sam Support", role=self.role, two_factor_required=False
        )
        self.active = make_member(self.contract, "lena", name="Lena Lang", email="lena@example.com")
        self.lena = person_of(self.active).enrol()
        self.locked = make_member(self.contract, "lars", name="Lars Locked", pending_email="lars@example.com")
        for _ in range(FREE):
            Person(self.locked, password="not the right password").start_login()

    def ids_for(self, who: str) -> dict[str, int | str]:
        """What stands in the addresses of the pages about somebody or something, for whoever opens them."""
        if who.startswith("wordy"):
            return self.wordy_ids
        return {
            "user_id": self.active.pk,
            "role_id": self.role.pk,
            "pending_id": self.pending.pk,
            "locked_id": self.locked.pk,
            "reset_link": urlsplit(links.reset_link(self.locked)).path,
            "email_link": urlsplit(links.email_link(self.locked)).path,
        }

    @cached_property
    def olivia(self) -> Person:
        return logged_in(self.owner)

    @cached_property
    def sam(self) -> Person:
        return logged_in(self.few_rights)

    @cached_property
    def paul(self) -> Person:
        """Held at the setup."""
        person = person_of(self.pending)
        person.start_login()
        return person

    @cached_property
    def pending_login(self) -> Person:
        """Lena in another browser, before the code."""
        person = self.lena.another_browser()
        person.start_login()
        return person

    @cached_property
    def new_codes(self) -> Person:
        """Just activated; the page with the ten codes waits for Next."""
        person = person_of(make_member(self.contract, "ada", name="Ada Abel"))
        person.start_login()
        person.key = person.read_key()
        person.post("/two-factor/setup/", {"code": code_of(person.key)})
        person.codes = CODE.findall(words(person.get("/two-factor/activated/")))
        return person

    @cached_property
    def hasty(self) -> Person:
        """Held at the setup, and told to wait after wrong codes."""
        person = person_of(make_member(self.contract, "hans", name="Hans Hasty"))
        person.start_login()
        person.read_key()
        for _ in range(FREE):
            person.post("/two-factor/setup/", {"code": "000000"})
        return person

    @cached_property
    def volunteer(self) -> Person:
        """Somebody who set up 2FA by their own choice."""
        person = person_of(make_member(self.contract, "vera", name="Vera Vogt")).enrol()
        User.objects.filter(username="vera").update(two_factor_required=False)
        return person

    @cached_property
    def volunteer_off(self) -> Person:
        """Somebody of whom 2FA is not required, and who has none."""
        return logged_in(make_member(self.contract, "otto", name="Otto Off", two_factor_required=False))

    @cached_property
    def must_change(self) -> Person:
        """Held until they have chosen a password of their own."""
        user = make_member(
            self.contract, "mia", name="Mia Muster", two_factor_required=False, must_change_password=True
        )
        person = person_of(user)
        person.start_login()
        return person

    @cached_property
    def planned(self) -> Person:
        """Asked at the login whether to set up 2FA now, which is required from tomorrow on."""
        tomorrow = timezone.now() + timedelta(days=1)
        user = make_member(self.contract, "pia", name="Pia Plan", two_factor_required_from=tomorrow)
        person = person_of(user)
        person.start_login()
        return person

    @cached_property
    def stale(self) -> Person:
        """Nina, who logged in long ago: sensitive pages ask her to confirm."""
        person = logged_in(self.free)
        session = person.client.session
        session.pop("confirmed_at", None)
        session.save()
        return person

    @cached_property
    def newcomer(self) -> Person:
        """An owner in whose contract nobody works yet."""
        return logged_in(make_owner("newcomer", name="Nora Newcomer", contract="Gamma"))

    @cached_property
    def several(self) -> Person:
        """An owner of several contracts who has still to choose."""
        owner = make_owner("several", name="Otto Owner", contract="Delta")
        make_contract(owner, "Epsilon")
        return logged_in(owner)

    @cached_property
    def landless(self) -> Person:
        return logged_in(User.objects.create_user("landless", Person("x").password, two_factor_required=False))

    @cached_property
    def wordy(self) -> Person:
        """An owner all of whose names are long words that nothing breaks."""
        owner = make_owner("w" * 150, name=LONG_NAME, contract=LONG_WORD)
        contract = owner.contracts.get()
        role = make_role(contract, *sorted(ALL_PERMISSIONS), name=LONG_WORD, description=LONG_WORD * 2)
        member = make_member(
            contract,
            LONG_USERNAME,
            name=LONG_NAME,
            role=role,
            email=f"{'e' * 60}@{'d' * 60}.example",
            description=LONG_WORD * 3,
        )
        factor_since = timezone.now()
        make_member(
            contract, "demo-administrator", name="Anna-Maria Hohenstein", role=role, is_active=False,
            last_login=factor_since, two_factor_active_since=factor_since,
        )  # fmt: skip
        self.wordy_ids = {"user_id": member.pk, "role_id": role.pk}
        return logged_in(owner)

    @cached_property
    def wordy_held(self) -> Person:
        """The sub-user with the long names, held at the setup."""
        self.wordy.get("/")
        person = Person(User.objects.get(pk=self.wordy_ids["user_id"]))
        person.start_login()
        return person


def person_of(user: User) -> Person:
    return Person(user, HTTP_USER_AGENT=AGENT)


def logged_in(user: User) -> Person:
    person = person_of(user)
    person.log_in()
    return person
