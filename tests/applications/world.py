"""Two applications behind a real proxy, under two root domains, and one person who may open them."""

from urllib.parse import urlsplit

from django.db.models import QuerySet

from accounts.models import Session, User
from cloudpanel.applications.models import Application
from tests.applications.proxies import Answer, Proxy
from tests.factories import make_application, make_member, make_owner, make_role
from tests.people import Person

IDS = (71, 72)
HTML = "Accept: text/html"


class World:
    def __init__(self, found: Proxy, origins: list[str]) -> None:
        self.proxy = found
        self.owner = make_owner()
        contract = self.owner.contracts.get()
        self.applications = [
            make_application(contract, origin, pk=pk, name=f"Console {pk}")
            for pk, origin in zip(IDS, origins, strict=True)
        ]
        self.role = make_role(contract, name="Readers")
        self.other_role = make_role(contract, name="Others")
        self.user = make_member(
            contract, role=self.role, name="Zoë Müller", email="zoe@example.com", two_factor_required=False
        )
        self.person = Person(self.user)
        self.person.log_in()

    @property
    def application(self) -> Application:
        return self.applications[0]

    def session(self, user: User) -> QuerySet[Session]:
        return Session.objects.filter(user=user)

    def ask(self, target: str = "/", *lines: str, application: Application | None = None, **more) -> Answer:
        return self.proxy.ask((application or self.application).host, target, *lines, **more)

    def open(self, target: str = "/", application: Application | None = None) -> str:
        """From the first request to the visit: the Cookie header of the browser."""
        app = application or self.application
        first = self.ask(target, HTML, application=app)
        assert first.status == 302, first
        if "/.cloudpanel/start" in first.header("Location"):
            first = self.ask(first.header("Location").removeprefix(app.origin), HTML, application=app)
        assert "/guard/open/" in first.header("Location")
        nonce = "; ".join(f"{name}={value}" for name, value in first.cookies().items())
        opened = self.person.get("/guard/open/?" + urlsplit(first.header("Location")).query)
        assert opened.status_code == 302, opened.content.decode()
        ticket = opened["Location"].removeprefix(app.origin)
        entered = self.ask(ticket, HTML, f"Cookie: {nonce}", application=app)
        assert (entered.status, entered.header("Location")) == (302, app.origin + target), entered
        return "Cookie: " + "; ".join(f"{name}={value}" for name, value in entered.cookies().items())
