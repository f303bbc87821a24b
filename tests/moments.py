"""When tests take place whose time stands still."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 25, 9, 0, 10, tzinfo=UTC)
