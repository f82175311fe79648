"""Enquiries over HTTP → 201, on the real web process, against the CTE on one connection."""

import json
import statistics
import threading
import time
from http.client import HTTPConnection
from uuid import uuid4

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.keys import make_key
from rightaway.bench import floors, house
from rightaway.bench.serving import serving
from rightaway.ledger.tenancy import organisation

ROUNDS = 3
CLIENTS = 8
REQUESTS = 150  # of each client, each round


def measure(dsn: str) -> dict[str, float]:
    """One web process; its clients keep their connections, as a portal's would."""
    ours, floor = house.build(agents=20), house.build(agents=20)
    with organisation(ours.organisation_id):
        secret = make_key(name="bench", scopes=["item.create"], actor=SYSTEM).secret
    with serving() as site:
        _round(site.port, secret, 20)
        rounds = [(floors.cte(dsn, floor, 500), _round(site.port, secret, REQUESTS)) for _ in range(ROUNDS)]
    return {
        "per_s": round(statistics.median(reached for _, reached in rounds)),
        "floor_per_s": round(statistics.median(per_s for per_s, _ in rounds)),
        "ratio": round(statistics.median(reached / per_s for per_s, reached in rounds), 3),
    }


def _round(port: int, secret: str, requests: int) -> float:
    clients = [threading.Thread(target=_client, args=(port, secret, requests)) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return CLIENTS * requests / (time.perf_counter() - began)


def _client(port: int, secret: str, requests: int) -> None:
    conn = HTTPConnection("127.0.0.1", port)
    for _ in range(requests):
        body = json.dumps({"source": "web", "name": "Ana Pérez", "email": f"{uuid4().hex}@example.com"})
        conn.request(
            "POST", "/api/v1/leads", body,
            {"Authorization": f"Bearer {secret}", "Idempotency-Key": uuid4().hex, "Content-Type": "application/json"},
        )  # fmt: skip
        answer = conn.getresponse()
        text = answer.read()
        assert answer.status == 201, (answer.status, text)
    conn.close()
