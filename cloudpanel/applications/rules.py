"""Which changes of an application only the owner may make. Pure."""

ORDER = ("login", "two_factor", "passkey")


def lowers(old: tuple[str, int | None], new: tuple[str, int | None]) -> bool:
    """Whether `needs` and `reauthenticate_minutes` become less strict: a weaker method, or an older login."""
    (old_needs, old_minutes), (new_needs, new_minutes) = old, new
    if ORDER.index(new_needs) < ORDER.index(old_needs):
        return True
    return old_minutes is not None and (new_minutes is None or new_minutes > old_minutes)
