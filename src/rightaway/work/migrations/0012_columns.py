"""Saved views keep which columns show, in their order, where they kept which do not."""

from typing import Any

from django.db import migrations

from rightaway.ledger.tenancy import for_each_organisation

_WAS = ("status", "waiting", "owner", "roles", "phone", "email", "notes", "task", "source", "band")


def turn(views: Any) -> None:
    for row in views.objects.filter(columns__isnull=False):
        row.columns = [name for name in _WAS if name not in row.columns]
        row.save(update_fields=["columns"])


def turn_all(apps: Any, schema_editor: Any) -> None:
    views = apps.get_model("work", "SavedView")
    for_each_organisation(lambda _organisation_id: turn(views))


class Migration(migrations.Migration):
    dependencies = [("work", "0011_drips")]

    operations = [
        migrations.RenameField("savedview", "hidden", "columns"),
        migrations.RunPython(turn_all, migrations.RunPython.noop),
    ]
