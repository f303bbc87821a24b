"""Which changes of an application are the owner's alone. Pure."""

ORDER = ("login", "two_factor", "passkey")


def lowers(old: tuple[str, int | None], new: tuple[str, int | None]) -> bool:
    """Whether `needs` and `reauthenticate_minutes` ask for less than before: a weaker proof, or an older one."""
    (old_needs, old_minutes), (new_needs, new_minutes) = old, new
    if ORDER.index(new_needs) < ORDER.index(old_needs):
        return True
    return old_minutes is not None and (new_minutes is None or new_minutes > old_minutes)
