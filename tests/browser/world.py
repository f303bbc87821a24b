"""A contract with somebody in every state, one that is empty, and one whose names are as long as they may be."""

from datetime import timedelta
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.permissions import ALL_PERMISSIONS
from accounts.reset import links
from tests.factories import make_contract, make_member, make_owner, make_role
from tests.people import CODE, Person, code_of, words
from tests.twofactor.keys.browser import Browser
from tests.twofactor.keys.token import FLAG, Token
from twofactor.keys.models import SecurityKey

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
            "planned_id": User.objects.filter(username="pat").values_list("pk", flat=True).first() or 0,
            **newest_key(),
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
    def helper(self) -> Person:
        """The owner, whom Lena asks for help."""
        self.pending_login.post("/login/help/")
        return self.olivia

    @cached_property
    def second(self) -> Person:
        """Lena's second browser, while another one asks for help."""
        self.helper.get("/")
        person = self.lena.another_browser()
        person.start_login()
        return person

    @cached_property
    def refuser(self) -> Person:
        """The owner, who has just refused."""
        asked = self.helper.get(f"/management/users/{self.active.pk}/help/").context["asked"]
        self.olivia.post(f"/management/users/{self.active.pk}/help/", {"request": asked.pk, "action": "refuse"})
        return self.olivia

    @cached_property
    def planner(self) -> Person:
        """The owner, with people who are planned, ready and held."""
        soon, past = (timezone.now() + timedelta(days=days) for days in (7, -7))
        for username, moment in (("pat", soon), ("pete", soon), ("hannah", past)):
            make_member(self.contract, username, two_factor_required_from=moment)
        ready = make_member(self.contract, "rita")
        person_of(ready).enrol()
        User.objects.filter(pk=ready.pk).update(two_factor_required_from=soon)
        return self.olivia

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
        return made_stale(logged_in(self.free))

    @cached_property
    def kim(self) -> Browser:
        """Has three keys and no app: a bound one, a synced one with a long name, and one of another host."""
        kim = self._with_a_key("kim", name="Kim Key")
        assert kim.register(Token(origin=settings.PUBLIC_URL, flags=FLAG.UP), name="Old host").status_code == 200
        SecurityKey.objects.filter(name="Old host").update(rp_id="panel.old-name.example")
        synced = Token(origin=settings.PUBLIC_URL, flags=FLAG.UP | FLAG.UV | FLAG.BE | FLAG.BS)
        assert kim.register(synced, name=LONG_NAME).status_code == 200
        return kim

    @cached_property
    def kim_pending(self) -> Browser:
        """In another browser, before the key."""
        return self._before_the_second_step(self.kim)

    @cached_property
    def kim_stale(self) -> Browser:
        return made_stale(self.kim)

    @cached_property
    def karl(self) -> Browser:
        """Must use 2FA, and has nothing but one key."""
        return self._with_a_key("karl", name="Karl Key")

    @cached_property
    def olivia_beside_kim(self) -> Person:
        assert self.kim
        return self.olivia

    @cached_property
    def kira(self) -> Browser:
        """Has a key, and an app beside it."""
        kira = self._with_a_key("kira", name="Kira Kern")
        kira.key = kira.read_key()
        assert kira.post("/two-factor/setup/", {"code": code_of(kira.key)}).url == "/two-factor/activated/"
        kira.post("/two-factor/activated/")
        assert kira.get("/profile/security/").status_code == 200  # which says that the app is active
        return kira

    @cached_property
    def kira_pending(self) -> Browser:
        return self._before_the_second_step(self.kira)

    @cached_property
    def kira_stale(self) -> Browser:
        return made_stale(self.kira)

    def _with_a_key(self, username: str, *, name: str) -> Browser:
        """Set up with a key instead of an app."""
        person = Browser(make_member(self.contract, username, name=name), HTTP_USER_AGENT=AGENT)
        person.start_login()
        assert person.register(Token(origin=settings.PUBLIC_URL)).json() == {"next": "/two-factor/activated/"}
        person.post("/two-factor/activated/")
        return person

    def _before_the_second_step(self, person: Browser) -> Browser:
        other = person.another_browser()
        assert other.start_login().url == "/login/code/"
        return other

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
    def wordy_helper(self) -> Person:
        """The owner with the long names, asked for help by the sub-user with the long names."""
        self.wordy.get("/")
        asking = person_of(User.objects.get(pk=self.wordy_ids["user_id"])).enrol().another_browser()
        asking.start_login()
        asking.post("/login/help/")
        return self.wordy

    @cached_property
    def wordy_held(self) -> Person:
        """The sub-user with the long names, held at the setup."""
        self.wordy.get("/")
        person = Person(User.objects.get(pk=self.wordy_ids["user_id"]))
        person.start_login()
        return person


def person_of(user: User) -> Person:
    return Person(user, HTTP_USER_AGENT=AGENT)


def newest_key() -> dict[str, int]:
    key = SecurityKey.objects.order_by("pk").last()
    return {"key_id": key.pk, "key_owner_id": key.user_id} if key else {}


def made_stale(person: Person) -> Person:
    """Logged in long ago."""
    session = person.client.session
    session.pop("confirmed_at", None)
    session.save()
    return person


def logged_in(user: User) -> Person:
    person = person_of(user)
    person.log_in()
    return person
