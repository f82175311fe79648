import pytest

from rightaway.server.logs import mask, without_personal_data


@pytest.mark.parametrize(
    "private",
    [
        "ana.perez@example.com",
        "+57 (300) 123-4567",
        "3001234567",
        "ra_1_abcdefghijklmnop",
        "/setup/abcdefghijkl",
        "/join/1-abcdefghijkl",
        "next=%2Fjoin%2F1-abcdefghijkl",
    ],
)
def test_personal_data_and_keys_do_not_reach_the_log(private: str) -> None:
    assert private not in mask(f"failed for {private} at last")


@pytest.mark.parametrize(
    "harmless",
    ["01a20425-aed9-7446-b779-cddfed34c90b", "2026-11-22T16:45:08.847362Z", "took 12.5 ms", "item 4711", "10.0.0.1"],
)
def test_ids_and_instants_stay(harmless: str) -> None:
    assert harmless in mask(f"item {harmless} done")


def test_named_fields_are_masked_whatever_they_hold() -> None:
    event = without_personal_data(None, "", {"event": "x", "email": "y", "phone": "1", "nested": {"name": "Ana"}})
    assert event == {"event": "x", "email": "…", "phone": "…", "nested": {"name": "…"}}
