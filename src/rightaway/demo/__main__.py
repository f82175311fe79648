"""`python -m rightaway.demo seed | flow`: the two processes of the demo, started by `rightaway demo`."""

import os
import sys


def main(part: str) -> int:
    """The exit code. `seed` makes the organisation and says how to sign in; `flow` lives until it is ended."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightaway.server.settings")
    import django

    django.setup(set_prefix=False)
    from django.utils import translation

    from rightaway.server.words import shell_language

    translation.activate(shell_language())
    if part == "flow":
        from rightaway.demo.flow import run

        run()
    return _seed()


def _seed() -> int:
    from django.utils.translation import gettext as _

    from rightaway.demo.cast import COMPANY_MANAGER
    from rightaway.demo.seed import NotADemo, new_password, seed

    print(_("Making the demo's people and their past. The first time this takes a little while."), flush=True)
    try:
        seed()
    except NotADemo:
        print(_("There is an organisation here already. Give the demo a data folder of its own with RIGHTAWAY_DATA."))
        return 1
    said = {"email": f"{COMPANY_MANAGER}@example.com", "password": new_password()}
    print(_("Sign in to the demo as %(email)s with the password %(password)s") % said, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
