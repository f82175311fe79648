"""The command line's own promises: every name leads somewhere, and starting is quick."""

import subprocess
import sys
from importlib import import_module

import pytest

from rightaway.cli.main import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there(name: str) -> None:
    module, attribute = COMMANDS[name].target.split(":")
    assert callable(getattr(import_module(module), attribute))


def test_nothing_heavy_is_loaded_before_a_command_is_chosen() -> None:
    code = (
        "import sys, rightaway.cli.main; print([name for name in ('django', 'psycopg', 'rich') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
