"""A web process says the same with what it looks up faster, and its threads do not see each other's."""

import os
import subprocess
import sys

_SAYS = """
import threading
import django
django.setup()
from rightaway.server.hurry import hurry
from django.utils import timezone, translation
from django.db import connection, connections

def said():
    found = []
    for language in ("en", "es", "en"):
        with translation.override(language):
            found += [translation.gettext(text) for text in ("Do next", "Accept", "", "Nobody translates this")]
    return found

before = said()
hurry()
assert said() == said() == before, (said(), before)
assert "Aceptar" in before

def other():
    seen.append((translation.get_language(), timezone.get_current_timezone_name(), connection is not None))
    connections["default"].mine = "theirs"

seen = []
with translation.override("es"), timezone.override("America/Lima"):
    connections["default"].mine = "ours"
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert translation.get_language() == "es" and timezone.get_current_timezone_name() == "America/Lima"
assert seen == [("en", "UTC", True)], seen
assert connections["default"].mine == "ours"
print("the same")
"""


def test_what_a_process_says_is_the_same_in_a_hurry() -> None:
    done = subprocess.run([sys.executable, "-c", _SAYS], env=os.environ.copy(), capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip() == "the same", done.stderr
