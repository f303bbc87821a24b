from tests.commits import commits  # noqa: F401
