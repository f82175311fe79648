"""Saved views on the contacts page: tabs, what was changed, and the form."""

import re
from importlib import import_module
from typing import Any

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.web.contacts import saved
from rightaway.work import grid
from rightaway.work.models import SavedView
from tests.calling import new_person, new_team
from tests.making import House
from tests.web.test_my_work import browser


@pytest.fixture
def boss(org: int) -> Client:
    grid.forget()
    return browser(new_person(org, Role.COMPANY_MANAGER))


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.content.decode())


def _save(client: Client, query: str, **fields: Any) -> str:
    """Where the list shows it."""
    answer = client.post(f"/contacts/views/new?{query}", {"name": "Hot", "who": "nobody", "pinned": "on", **fields})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return str(answer["Location"])


def test_a_filtered_list_is_saved_as_a_tab(org: int, boss: Client) -> None:
    house = House(org)
    for source in ("portal", "portal", "web"):
        house.item(source=source)
    shown = _page(boss, "/contacts?view=all&source=portal")
    form = re.findall(r'href="(/contacts/views/new\?[^"]+)"', shown)[0].replace("&amp;", "&")
    assert "Save this view" in _page(boss, form)
    assert "/contacts/views/new" not in _page(boss, "/contacts?view=all")  # as it comes there is nothing to save
    address = _save(boss, form.split("?")[1])
    grid.forget()
    page = _page(boss, address)
    assert re.search(r'aria-current="page">Hot <span class="count">2<', page)
    assert "Changed, not saved" not in page and "/contacts/views/new" not in page
    changed = _page(boss, address.replace("source=portal", "source=web"))
    assert "Changed, not saved" in changed and ">Reset<" in changed
    keep = re.findall(r'action="(/contacts/views/[^"]+/keep\?[^"]+)"', changed)[0].replace("&amp;", "&")
    kept = boss.post(keep)["Location"]
    assert "source=web" in kept and "Changed, not saved" not in _page(boss, kept)


def test_names_and_sharing_are_changed_and_a_view_is_given_up(org: int, boss: Client) -> None:
    team = new_team(org)
    eva, luis = browser(new_person(org, team=team)), browser(new_person(org))
    id = re.findall(r"saved=([0-9a-f-]+)", _save(boss, "view=all&band=high"))[0]
    form = _page(boss, f"/contacts/views/{id}")
    assert 'value="Hot"' in form and "Everybody" in form
    assert boss.post(f"/contacts/views/{id}", {"name": "", "who": "nobody"}).status_code == 422
    assert (
        boss.post(f"/contacts/views/{id}", {"name": "Coast", "who": f"team {team}", "pinned": "on"}).status_code == 302
    )
    assert "Coast" in _page(eva, "/contacts") and "Coast" not in _page(luis, "/contacts")
    assert eva.get(f"/contacts/views/{id}").status_code == 403
    assert luis.get(f"/contacts/views/{id}").status_code == 404
    eva.post(f"/contacts/views/{id}/give-up")
    assert "Coast" in _page(eva, "/contacts")
    assert boss.post(f"/contacts/views/{id}", {"name": "Coast", "who": f"team {team}"}).status_code == 302
    page = _page(eva, "/contacts")  # not among the tabs any more, but in the menu
    assert f'id="view-{id}"' not in page and "Coast" in page
    assert boss.post(f"/contacts/views/{id}/give-up").status_code == 302
    assert "Coast" not in _page(eva, "/contacts")
    with House(org).inside():
        assert SavedView.objects.get(id=id).gone_at is not None


def test_an_agent_saves_for_themselves_only(org: int) -> None:
    eva = browser(new_person(org), "es")
    form = _page(eva, "/contacts/views/new?view=all&status=working")
    assert "Todos</option>" not in form and "Guardar esta vista" in form
    assert eva.post("/contacts/views/new?view=all&status=working", {"name": "x", "who": "everybody"}).status_code == 422
    assert "saved=" in _save(eva, "view=all&status=working")


@pytest.mark.parametrize("saved", ["", "x", "01a2150b-ae2d-765a-8a4a-80e8bc7e8c0b"])
def test_an_unknown_view_is_the_plain_list(boss: Client, saved: str) -> None:
    assert 'id="view-all"' in _page(boss, f"/contacts?view=all&saved={saved}")


def _headings(page: str) -> list[str]:
    return re.findall(r'<th role="columnheader" scope="col" class="col-([a-z]+)"', page)


def _cells(page: str) -> list[str]:
    """Of the first row."""
    return re.findall(r'<td role="gridcell" class="col-([a-z]+)"', page.split('id="row-', 1)[1].split("</tr>")[0])


def test_columns_are_chosen_ordered_remembered_and_kept_with_a_view(org: int, boss: Client) -> None:
    item = House(org).item()
    first = _page(boss, "/contacts?view=all")
    usual = ["status", "waiting", "owner", "phone", "email", "notes", "task", "source", "band"]
    assert _headings(first)[2:-1] == _cells(first)[1:-1] == usual
    sent = boss.get("/contacts?view=all&columns=task&columns=owner&columns=status&cursor=x")
    assert (sent.status_code, sent["Location"]) == (302, "/contacts?view=all&columns=task.owner.status")
    chosen = _page(boss, sent["Location"])
    assert _headings(chosen)[2:-1] == _cells(chosen)[1:-1] == ["task", "owner", "status"]
    assert 'data-columns="task.owner.status"' in chosen
    assert _cells(_page(boss, "/contacts?view=all"))[1:-1] == ["task", "owner", "status"]  # from now on
    # A row that is read again has the order of the page that reads it, not the one of another tab.
    for address in (
        f"/contacts/rows/{item}?n=1",
        f"/contacts/rows/again?first=1&seen={item}",
        "/contacts/rows?view=all",
    ):
        again = boss.get(address, headers={"HX-Request": "true", "Grid-Columns": "email.owner"})
        assert _cells(again.content.decode())[1:-1] == ["email", "owner"], address
    address = _save(boss, "view=all&band=normal&columns=notes.phone")
    assert "columns=owner.notes.phone" in address
    shown = _page(boss, address)
    assert _cells(shown)[1:-1] == ["owner", "notes", "phone"] and "Changed, not saved" not in shown
    assert "Changed, not saved" in _page(boss, address.replace("notes.phone", "phone.notes"))
    for wrong in ("x", "phone;drop", "%00", "name", "phone." * 500, ".", "owner.owner"):
        response = boss.get(f"/contacts?view=all&columns={wrong}")
        assert response.status_code == 200 and "owner" in _headings(response.content.decode())


def test_the_columns_dialog_lists_what_shows_first_and_keeps_the_rest_of_the_address(org: int, boss: Client) -> None:
    House(org).item()
    page = _page(boss, "/contacts?view=all&band=normal&band=high&cursor=x&n=7&columns=task.owner")
    dialog = page.split('id="columns"')[1].split("</dialog>")[0]
    boxes = re.findall(r'type="checkbox"(?: disabled)?(?: name="columns" value="([a-z]+)")?( checked)?', dialog)
    assert boxes[:3] == [("task", " checked"), ("", " checked"), ("status", "")] and len(boxes) == 9
    sent = re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', dialog)
    assert sent == [("view", "all"), ("band", "normal"), ("band", "high"), ("columns", "owner"), ("columns", "roles")]


def test_views_that_kept_hidden_columns_keep_those_that_show(org: int, boss: Client) -> None:
    id = re.findall(r"saved=([0-9a-f-]+)", _save(boss, "view=all"))[0]
    with House(org).inside():
        SavedView.objects.filter(id=id).update(columns=["phone", "notes"])
        import_module("rightaway.work.migrations.0012_columns").turn(SavedView)
        kept = SavedView.objects.get(id=id).columns
    assert kept == ["status", "waiting", "owner", "roles", "email", "task", "source", "band"]


def test_only_some_are_tabs_and_the_rest_is_in_the_menu(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST_TABS", 2)
    addresses = [_save(boss, "view=all&band=high", name=f"View {number}") for number in range(4)]
    page = _page(boss, "/contacts?view=all")
    ids = [re.findall(r"saved=([0-9a-f-]+)", address)[0] for address in addresses]
    assert [f'id="view-{id}"' in page for id in ids] == [True, True, False, False]
    assert all(f"View {number}" in page for number in range(4))
    assert f'id="view-{ids[3]}"' in _page(boss, addresses[3])  # the one that is read is a tab
