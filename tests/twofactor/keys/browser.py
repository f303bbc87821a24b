"""A person at a browser with security keys: sends what keys.js would."""

from tests.people import Person

CHECKED_TOO_OFTEN = "The security key could not be checked. Too many attempts. Try again in 30 seconds."
REGISTER, AUTHENTICATE = "/two-factor/keys/register/", "/two-factor/keys/authenticate/"


class Browser(Person):
    def send(self, address, body=None):
        return self.client.post(address, body or {}, content_type="application/json")

    def options(self, address, **body):
        answer = self.send(f"{address}options/", body)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def register(self, token, name="Blue key", **spoilt):
        credential = token.register(self.options(REGISTER), **spoilt)
        return self.send(f"{REGISTER}verify/", {"credential": credential, "name": name})

    def use(self, token, more=None, *, purpose=None, **spoilt):
        credential = token.use(self.options(AUTHENTICATE, **({"purpose": purpose} if purpose else {})), **spoilt)
        return self.send(f"{AUTHENTICATE}verify/", {"credential": credential} | (more or {}))

    def fresh(self):
        """The same person at a browser that knows nothing but a CSRF cookie."""
        other = self.another_browser()
        other.get("/login/")
        return other
