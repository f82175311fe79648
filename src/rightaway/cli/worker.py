"""`rightaway worker`: one more planner, on this machine or another."""


def worker() -> None:
    """Work what is due: route waiting items, end offers, deliver news. Many may run at once."""
    from rightaway.worker import loop

    loop.run()
