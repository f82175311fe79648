"""A row by its id, or that there is none."""

from typing import TypeVar
from uuid import UUID

from rightaway.ledger.errors import NotFound
from rightaway.ledger.tenancy import TenantModel

M = TypeVar("M", bound=TenantModel)


def row_of(model: type[M], id: UUID) -> M:
    """The organisation's row of this id. Raises NotFound."""
    row: M | None = model.objects.filter(id=id).first()
    if row is None:
        raise NotFound
    return row
