"""Fifty people a second ask for a call while a flood asks beside them. Goal: no error, an offer in under 1 s.

``intake_errors``: of the honest people, from a thousand networks, whoever was not taken down. Its yardstick
is how many clicked. ``intake_offer_p99_s``: from the honest person's click to the offer to an agent, as the
trail has it, the 99th percentile of those who were taken down. Who was offered to nobody counts with the time
until the measurement ended. Its yardstick is the answer to the same click.

The pages come from granian as in the image, with its two workers; Celery's worker and beat run beside it, and
the clicks come from a process of their own (:mod:`benchmarks.clicks`), at their time whether or not those
before were answered. The flood sends four times as much from sixty other networks. So that there is always
somebody to ask, every fifth of a second each offer comes to its end in the database and its agent is free
again: what a desk does with an offer is not measured here. ``--rounds N``: for N seconds instead of sixty.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.clicks import Plan
from benchmarks.environment import Environment, environment
from benchmarks.figure import Figure, percentile, run, say
from benchmarks.page_weight import free_origin
from benchmarks.people import PASSWORD
from devtools.stack import ROOT, Stack
from recovery.queue import shifts

GOAL = "value < 1"
SECONDS = 60
HONEST, HONEST_NETWORKS = 50, 1_000
FLOOD, FLOOD_NETWORKS = 200, 60
AGENTS = 40
PATIENCE = 30.0
AFTERWARDS = 5.0
"""Seconds that the last to click may still wait for an offer."""
OVER = """
WITH offered AS (
    UPDATE recovery_callback SET state = 'cancelled', offered_to_id = NULL, offer_expires_at = NULL
    WHERE state = 'offered' RETURNING case_id
), closed AS (
    UPDATE recovery_case
    SET state = 'withdrawn', closed_at = clock_timestamp(), wrap_up_ended_at = clock_timestamp()
    WHERE id IN (SELECT case_id FROM offered)
)
UPDATE recovery_duty SET state = 'free', since = clock_timestamp() WHERE state = 'offered'
"""
HERE = (
    "UPDATE recovery_duty SET seen_at = clock_timestamp() WHERE seen_at < clock_timestamp() - interval '10 s'"
)
"""The agents have no pages that say that they are open."""
OFFERS = """
SELECT email, extract(epoch FROM min(occurred_at))::float, extract(epoch FROM clock_timestamp())::float
FROM recovery_case LEFT JOIN audit_event ON case_id = recovery_case.id AND action = 'call.offered'
WHERE email LIKE 'honest%' GROUP BY email
"""


def measure(rounds: int = 0) -> list[Figure]:
    origin = free_origin()
    host, _, port = origin.removeprefix("http://").rpartition(":")
    plan = Plan(
        host=host,
        port=int(port),
        seconds=rounds or SECONDS,
        honest=HONEST,
        honest_networks=HONEST_NETWORKS,
        flood=FLOOD,
        flood_networks=FLOOD_NETWORKS,
        patience=PATIENCE,
    )
    with environment(origin, static=True) as base, _site(base, origin, port):
        _agents_on_duty()
        with _offers_come_to_an_end(base):
            clicks = _clicks(base, plan)
            time.sleep(AFTERWARDS)
        offers = _offers(base)
    return _figures(clicks, offers)


@contextmanager
def _site(base: Environment, origin: str, port: str) -> Iterator[None]:
    """Pages as the image serves them, a worker, beat."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", port, "--workers", "2", "--blocking-threads", "4", "portal.wsgi:application"]
    stack = Stack(base.children, base.environment, base.data)
    base.children.start("web", command, env={**os.environ, **base.environment}, cwd=ROOT)
    stack.start_worker()
    stack.start_beat()
    stack.wait_until_ready(origin)
    yield


def _agents_on_duty() -> None:
    from accounts.sign_up import services as sign_up

    say(f"  {AGENTS} agents come on duty")
    for number in range(AGENTS):
        agent = sign_up.create(
            email=f"agent{number}@orikaeshi.example",
            name=f"Agent {number}",
            password=PASSWORD,
            language="ja",
            zone="Asia/Tokyo",
            role="agent",
            languages=("ja", "en"),
        )
        shifts.go_on_duty(agent_id=agent.pk)


@contextmanager
def _offers_come_to_an_end(base: Environment) -> Iterator[None]:
    """Whoever was offered is done with soon after, and the agent free again."""
    over = threading.Event()

    def end() -> None:
        with psycopg.connect(base.environment["DATABASE_URL"], autocommit=True) as desk:
            while not over.wait(0.2):
                desk.execute(OVER)
                desk.execute(HERE)

    thread = threading.Thread(target=end)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _clicks(base: Environment, plan: Plan) -> list[dict[str, Any]]:
    folder = Path(base.data)
    (folder / "plan.json").write_text(json.dumps(vars(plan)))
    say(f"  {plan.honest * plan.seconds} people open the form, then click for {plan.seconds} s")
    command = [sys.executable, "-m", "benchmarks.clicks", f"{folder}/plan.json", f"{folder}/clicks.jsonl"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return [json.loads(line) for line in (folder / "clicks.jsonl").read_text().splitlines()]


def _offers(base: Environment) -> dict[str, tuple[float | None, float]]:
    """For each honest person who was taken down: when they were first offered, and what time it is."""
    with psycopg.connect(base.environment["DATABASE_URL"]) as database:
        return {email: (at, now) for email, at, now in database.execute(OFFERS).fetchall()}


def _figures(clicks: list[dict[str, Any]], offers: dict[str, tuple[float | None, float]]) -> list[Figure]:
    answers: dict[str, Counter[int]] = defaultdict(Counter)
    for click in clicks:
        answers[click["kind"]][click["status"]] += 1
    honest = [click for click in clicks if click["kind"] == "honest"]
    taken_down = [click for click in honest if click["status"] == 302 and click["email"] in offers]
    waits, unanswered = [], 0
    for click in taken_down:
        at, now = offers[click["email"]]
        waits.append((at or now) - click["sent"])
        unanswered += at is None
    for kind, by_status in answers.items():
        said = ", ".join(f"{count} x {status or 'no answer'}" for status, count in by_status.most_common())
        say(f"  {kind}: {said}")
    say(f"  the clicks came at most {max(click['late'] for click in clicks):.2f} s late")
    say(f"  {unanswered} of {len(taken_down)} who were taken down were offered to nobody")
    if not waits:
        raise RuntimeError("Nobody was taken down.")
    say(f"  from click to offer: median {percentile(waits, 0.5):.2f} s, slowest {max(waits):.2f} s")
    took = [click["took"] for click in honest]
    errors = len(honest) - len(taken_down)
    return [
        Figure("intake_errors", errors, "people", len(honest), GOAL),
        Figure("intake_offer_p99_s", percentile(waits, 0.99), "s", percentile(took, 0.99), GOAL),
    ]


if __name__ == "__main__":
    run(__file__, measure)
