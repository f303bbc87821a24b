from tests.sinks import server, silent, use  # noqa: F401
