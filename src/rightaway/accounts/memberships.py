"""Which organisations a user belongs to, asked before any of them is entered."""

from uuid import UUID

from django.db import connection, transaction

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import ApiKey


def organisations_of(user_id: UUID) -> list[int]:
    """The ids of organisations in which the user is an active member, oldest first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('rightaway.user', %s, true)", [str(user_id)])
        cursor.execute(
            "SELECT organisation_id FROM accounts_membership WHERE user_id = %s AND active ORDER BY id", [user_id]
        )
        return [row[0] for row in cursor.fetchall()]


def membership_of(actor: Actor) -> UUID | None:
    """The member who acts, by themselves or through a key of theirs; None for the system and for keys of nobody."""
    if actor.kind == "key":
        found: UUID | None = ApiKey.objects.values_list("membership_id", flat=True).get(id=actor.id)
        return found
    return actor.id if actor.kind == "member" else None
