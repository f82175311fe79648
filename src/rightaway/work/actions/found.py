"""Founds an organisation: its row, its routing without routes, and its first company manager."""

from uuid import UUID

from django.db import connection, transaction

from rightaway.accounts.models import Membership, Organisation, User
from rightaway.accounts.roles import Role
from rightaway.accounts.setup import use_link
from rightaway.ledger import tenancy
from rightaway.ledger.clock import clock
from rightaway.ledger.events import Change, append
from rightaway.routing.models import Config


def make_organisation(*, name: str, language: str, zone: str, region: str = "") -> int:
    """The id of a new organisation, committed (or within the caller's transaction). `region` is as in the model."""
    # Row-level security shows a row to its own organisation only, so the id comes before the row.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('accounts_organisation_id_seq')")
        organisation_id: int = cursor.fetchone()[0]
    with tenancy.organisation(organisation_id):
        Organisation.objects.create(id=organisation_id, name=name, language=language, zone=zone, region=region)
        append(Config.objects.create(), clock(), [Change("organisation_founded", {"organisation_id": organisation_id})])
    return organisation_id


def add_member(*, organisation_id: int, user: User, role: Role) -> UUID:
    """Makes the user a member. Returns the membership's id."""
    with tenancy.organisation(organisation_id):
        membership: Membership = Membership.objects.create(user=user, role=role.value)
        append(membership, clock(), [Change("member_added", {"user_id": str(user.id), "role": role.value})])
        return membership.id


def found_organisation(
    *, token: str, organisation: str, name: str, email: str, password: str, language: str, zone: str, region: str
) -> int:
    """Makes the organisation and its first company manager, and ends the one-time link, all or nothing.

    Returns the organisation's id. Raises NotFound when the link was used or is too old.
    """
    with transaction.atomic():
        use_link(token)
        user = User.objects.create_user(email, password, name=name, language=language)
        organisation_id = make_organisation(name=organisation, language=language, zone=zone, region=region)
        add_member(organisation_id=organisation_id, user=user, role=Role.COMPANY_MANAGER)
    return organisation_id
