"""The manager's wall: rows are touched inside their own organisation, or it raises."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps

from rightaway.ledger.tenancy import OutsideOrganisation, TenantManager, organisation
from rightaway.people.models import Team

TENANT_MODELS = [model for model in apps.get_models() if isinstance(model._meta.default_manager, TenantManager)]


def test_every_model_with_an_organisation_has_the_manager() -> None:
    for model in apps.get_models():
        fields = {field.name for field in model._meta.get_fields()}
        assert ("organisation_id" in fields) == (model in TENANT_MODELS), model


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_no_model_is_read_outside(model: Any) -> None:
    with pytest.raises(OutsideOrganisation):
        model.objects.all()
    with pytest.raises(OutsideOrganisation):
        model._base_manager.all()


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_a_queryset_does_not_leave_its_organisation(model: Any, org: int, other_org: int) -> None:
    with organisation(org):
        kept = model.objects.all()
        assert list(kept.all()) is not None
    uses: list[Callable[[], Any]] = [
        lambda: list(kept.all()), lambda: kept.all().count(), lambda: kept.all().exists(), lambda: kept.all().first(),
        lambda: kept.all().update(organisation_id=org), lambda: kept.all().delete(), lambda: kept.filter().aggregate(),
        lambda: list(kept.all().iterator()), lambda: kept.all().explain(), lambda: list(kept.values_list("pk")),
    ]  # fmt: skip
    for use in uses:
        with pytest.raises(OutsideOrganisation):
            use()
        with organisation(other_org), pytest.raises(OutsideOrganisation):
            use()


def test_a_row_is_not_saved_into_another_organisation(org: int, other_org: int) -> None:
    with organisation(org):
        row = Team.objects.create(key="a", name="A")
    with organisation(other_org), pytest.raises(OutsideOrganisation):
        row.save()
    with pytest.raises(OutsideOrganisation):
        Team(key="b", name="B", organisation_id=org).save()


def test_one_organisation_is_not_entered_from_another(org: int, other_org: int) -> None:
    with organisation(org), pytest.raises(OutsideOrganisation), organisation(other_org):
        pass


def test_each_wall_holds_without_the_other(org: int, other_org: int) -> None:
    from django.db import connection, models

    with organisation(other_org):
        Team.objects.create(key="theirs", name="Theirs")
    with organisation(org):
        # Without the manager's filter, PostgreSQL hides the row.
        assert not models.QuerySet(Team).filter(key="theirs").exists()
        # Without PostgreSQL's, as when the setting is another one, the manager's filter does.
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(other_org)])
        assert not Team.objects.filter(key="theirs").exists()
        assert models.QuerySet(Team).filter(key="theirs").exists()
