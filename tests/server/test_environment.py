from pathlib import Path

import pytest

from rightaway.server.environment import BadSetting, read, settings

GOOD = {"RIGHTAWAY_DATA": "/srv/rightaway"}
FOREIGN = {
    **GOOD,
    "DATABASE_URL": "postgresql://rightaway_app@db/rightaway",
    "DATABASE_OWNER_URL": "postgresql://rightaway_owner@db/rightaway",
    "DATABASE_SCHEDULER_URL": "postgresql://rightaway_scheduler@db/rightaway",
}


def test_nothing_needs_to_be_set() -> None:
    found = read({})
    assert found.port == 8000
    assert found.address == "http://localhost:8000"
    assert not found.unsafe_database


def test_what_is_set_is_read() -> None:
    found = read({**FOREIGN, "RIGHTAWAY_PORT": "9000", "RIGHTAWAY_URL": "https://leads.example.com/"})
    assert found.data == Path("/srv/rightaway")
    assert found.port == 9000
    assert found.address == "https://leads.example.com"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"RIGHTAWAY_DATA": "here"}, "RIGHTAWAY_DATA"),
        ({"RIGHTAWAY_PORT": "0"}, "RIGHTAWAY_PORT"),
        ({"RIGHTAWAY_PORT": "٣٤"}, "RIGHTAWAY_PORT"),  # digits, but not ours
        ({"RIGHTAWAY_PORT": "65536"}, "RIGHTAWAY_PORT"),
        ({"RIGHTAWAY_URL": "leads.example.com"}, "RIGHTAWAY_URL"),
        ({"RIGHTAWAY_URL": "https://leads.example.com/app"}, "RIGHTAWAY_URL"),
        ({"RIGHTAWAY_WORKERS": "-1"}, "RIGHTAWAY_WORKERS"),
        ({"RIGHTAWAY_UNSAFE_DATABASE": "perhaps"}, "RIGHTAWAY_UNSAFE_DATABASE"),
        ({"RIGHTAWAY_LOG_LEVEL": "loud"}, "RIGHTAWAY_LOG_LEVEL"),
        ({"RIGHTAWAY_SECRET_KEY": "short"}, "RIGHTAWAY_SECRET_KEY"),
        ({"DATABASE_URL": "mysql://db"}, "DATABASE_URL"),
        ({"DATABASE_URL": FOREIGN["DATABASE_URL"]}, "DATABASE_OWNER_URL"),
        ({"DATABASE_OWNER_URL": FOREIGN["DATABASE_OWNER_URL"]}, "DATABASE_URL"),
        ({**FOREIGN, "RIGHTAWAY_DATABASE_POOLED": "yes"}, "DATABASE_LISTEN_URL"),
    ],
)
def test_a_wrong_value_is_named(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        read({**GOOD, **wrong})


def test_a_secret_is_never_shown() -> None:
    with pytest.raises(BadSetting) as refused:
        read({"RIGHTAWAY_SECRET_KEY": "hunter2", "DATABASE_URL": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_every_wrong_value_is_told_at_once() -> None:
    with pytest.raises(BadSetting) as refused:
        read({"RIGHTAWAY_PORT": "x", "RIGHTAWAY_DATA": "y"})
    assert len(str(refused.value).splitlines()) == 2


def test_names_are_ours_or_the_database_s() -> None:
    assert all(each.name.startswith(("RIGHTAWAY_", "DATABASE_")) for each in settings().values())
