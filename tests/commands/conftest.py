from tests.sinks import server, use  # noqa: F401
