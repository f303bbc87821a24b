"""Creates owners, admins and contracts, for the operator's commands and Django admin.

Each is one transaction. Errors are raised together in one ValidationError. A contract always has its Administrator
role.
"""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.addresses import check_reach
from accounts.audit.record import record_event
from accounts.models import Contract, Event, Role, User
from accounts.models.contract import new_number
from accounts.origin import Origin
from accounts.passwords import rules, services
from accounts.users import authority

ADMINISTRATOR = "Administrator"


def create_owner(
    *,
    username: str,
    name: str,
    contract_name: str,
    email: str,
    password: str,
    two_factor_required: bool,
    origin: Origin,
    actor: User | None = None,
) -> User:
    """Creates an account with its first contract. A password that an `actor` has chosen is replaced at the first login.
    Raises ValidationError with all errors, by field."""
    owner = User(username=username, name=name.strip(), email=email, two_factor_required=two_factor_required)
    owner.password_set_by_other = owner.must_change_password = actor is not None
    contract = Contract(name=contract_name.strip(), number=_free_number())
    try:
        with transaction.atomic():
            authority.check_still(actor)
            _check_owner(owner, contract, password)
            owner.password = rules.hashed(password)
            owner.save(force_insert=True)
            _open(contract, owner)
            detail = {"two_factor_required": "yes" if two_factor_required else "no"}
            record_event(
                Event.OWNER_CREATED, origin=origin, actor=actor, target=owner, contract_id=contract.pk, detail=detail
            )
            _write_down(contract, owner, origin, actor)
    except IntegrityError as fault:  # somebody else took the name between the check and the insert
        raise ValidationError({NON_FIELD_ERRORS: [_("This username is taken.")]}) from fault
    return owner


def create_admin(*, username: str, name: str, email: str, password: str, origin: Origin) -> User:
    """Creates an account for Django admin. Raises ValidationError with all errors, by field."""
    admin = User(username=username, name=name.strip(), email=email, is_staff=True, is_superuser=True)
    try:
        with transaction.atomic():
            _refuse_for(_reasons(admin) | _reasons_of_password(password, admin))
            admin.password = rules.hashed(password)
            admin.save(force_insert=True)
            record_event(Event.USER_CREATED, origin=origin, target=admin, detail={"admin": True})
    except IntegrityError as fault:  # somebody else took the name between the check and the insert
        raise ValidationError({NON_FIELD_ERRORS: [_("This username is taken.")]}) from fault
    return admin


def create_contract(*, owner: User, name: str, origin: Origin, actor: User | None = None) -> Contract:
    """Creates another contract for an account that belongs to no contract. Raises ValidationError with all errors, by
    field."""
    contract = Contract(name=name.strip(), number=_free_number())
    with transaction.atomic():
        authority.check_still(actor)
        User.objects.select_for_update().get(pk=owner.pk)  # of two at once, the second one counts the first
        errors = _reasons(contract)
        if User.objects.filter(pk=owner.pk, contract__isnull=False).exists():
            errors["owner"] = [_("A user of somebody else's contract can't own a contract.")]
        _refuse_for(errors)
        _open(contract, owner)
        mark_several(owner)
        _write_down(contract, owner, origin, actor)
    return contract


def mark_several(owner: User) -> None:
    """Marks the contracts of an owner who has more than one, so that pages offer the choice."""
    held = Contract.objects.filter(owner=owner)
    if held.count() > 1:
        held.update(one_of_several=True)


def _open(contract: Contract, owner: User) -> None:
    contract.owner = owner
    contract.save(force_insert=True)
    Role.objects.create(contract=contract, name=ADMINISTRATOR, built_in=True)


def _write_down(contract: Contract, owner: User, origin: Origin, actor: User | None) -> None:
    detail = {"number": contract.number, "owner": owner.username}
    record_event(Event.CONTRACT_CREATED, origin=origin, actor=actor, target=contract, detail=detail)


def _check_owner(owner: User, contract: Contract, password: str) -> None:
    errors = _reasons(owner) | {f"contract_{field}": found for field, found in _reasons(contract).items()}
    _refuse_for(errors | _reasons_of_password(password, owner))


def _refuse_for(errors: dict[str, list[str]]) -> None:
    if errors:
        raise ValidationError(errors)


def _reasons_of_password(password: str, user: User) -> dict[str, list[str]]:
    try:
        services.check_rules(password, user)
    except ValidationError as fault:
        return {"password": fault.messages}
    return {}


def _reasons(row: User | Contract) -> dict[str, list[str]]:
    try:
        row.full_clean(exclude={"password", "owner"}, validate_unique=False)  # the constraints see to that, in any case
    except ValidationError as fault:
        return fault.message_dict
    return _reasons_of_address(row.email) if isinstance(row, User) and row.email else {}


def _reasons_of_address(email: str) -> dict[str, list[str]]:
    try:
        check_reach(email)
    except ValidationError as fault:
        return {"email": fault.messages}
    return {}


def _free_number() -> str:
    """Draws again if the number is taken, which happens about once in ten thousand at nine thousand contracts."""
    number = new_number()
    while Contract.objects.filter(number=number).exists():
        number = new_number()
    return number
