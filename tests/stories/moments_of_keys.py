"""The rows for security keys and passkeys. Ute has a key called “Blue key” beside the app, or instead of it."""

from dataclasses import replace

from accounts.models import User
from tests.people import code_of
from tests.stories.moments import Act, Case, World
from tests.twofactor.keys.token import Token
from twofactor.keys.models import SecurityKey


def with_a_key(world: World) -> None:
    assert world.here.register(world.token).status_code == 200


def with_a_key_alone(world: World) -> None:
    """Removing the app has ended the other sessions, so they are opened again, by the key."""
    with_a_key(world)
    assert world.here.post("/profile/security/app/delete/").status_code == 302
    for name in ("elsewhere", "setting_up"):
        browser = world.browser()
        assert browser.use(world.token).json() == {"next": "/"}
        setattr(world, name, browser)


def with_a_new_app(world: World) -> None:
    with_a_key_alone(world)
    world.here_key = world.here.read_key()


def at_the_setup(world: World) -> None:
    User.objects.filter(pk=world.ute.pk).update(two_factor_required=True)
    world.here = world.browser()
    assert world.here.start_login().url == "/two-factor/setup/"


def at_the_second_step(world: World) -> None:
    with_a_key(world)
    world.begin_login_here()


def counted(world: World) -> None:
    """The key has said 9, and says it again."""
    world.token.counter = 9
    with_a_key(world)


def at_another_browser(world: World) -> None:
    with_a_key(world)
    world.here = world.browser()


def own_key(page: str, **fields: str) -> Act:
    return lambda world: world.here.post(f"/profile/security/keys/{SecurityKey.objects.get().pk}/{page}/", fields)


def registers(world: World) -> object:
    return world.here.register(Token())


def uses(**spoilt: bytes) -> Act:
    return lambda world: world.here.use(world.token, **spoilt)


ENDS_NOTHING = Case("", registers, (), sessions=False, pending_login=False, links=False, set_ups=False)
TELLS_NOBODY = replace(ENDS_NOTHING, to_person=0, notice=None)
LOGS_IN = replace(TELLS_NOBODY, act=uses(), audit=("sign_in",), links=True)
CASES = [
    Case(
        "Activated with a security key",
        registers,
        ("two_factor_activated", "sign_in"),
        before=at_the_setup,
        active=False,
        required=False,
        goes_on=True,
    ),
    replace(ENDS_NOTHING, event="A security key added", audit=("key_added",)),
    replace(
        TELLS_NOBODY,
        event="A security key renamed",
        act=own_key("name", name="Green key"),
        audit=("key_renamed",),
        before=with_a_key,
    ),
    Case("A security key removed", own_key("delete"), ("key_removed",), before=with_a_key, goes_on=True),
    Case(
        "The last security key removed",
        own_key("delete"),
        ("two_factor_disabled",),
        before=with_a_key_alone,
        required=False,
        goes_on=True,
    ),
    Case(
        "The app removed, keys stay",
        lambda world: world.here.post("/profile/security/app/delete/"),
        ("app_removed",),
        before=with_a_key,
        goes_on=True,
    ),
    Case(
        "An app added beside keys",
        lambda world: world.here.post("/two-factor/setup/", {"code": code_of(world.here_key)}),
        ("app_added",),
        before=with_a_new_app,
        goes_on=True,
    ),
    replace(LOGS_IN, event="Logged in with password and key", before=at_the_second_step),
    replace(LOGS_IN, event="Logged in with a passkey alone", before=at_another_browser),
    replace(TELLS_NOBODY, event="Confirmed with a security key", act=uses(), audit=("confirmed",), before=with_a_key),
    replace(
        ENDS_NOTHING,
        event="A key whose counter did not go up",
        act=uses(),
        audit=("confirmed", "key_copied"),
        before=counted,
    ),
    replace(
        TELLS_NOBODY,
        event="A key refused as the second factor",
        act=uses(signature=b"spoilt"),
        audit=("sign_in_key",),
        before=at_the_second_step,
    ),
    replace(
        TELLS_NOBODY,
        event="A passkey refused at the login",
        act=uses(signature=b"spoilt"),
        audit=("sign_in_key",),
        before=at_another_browser,
    ),
]
