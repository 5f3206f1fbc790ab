"""A desk's past: closed cases with calls and evidence, one every two minutes back in time."""

from collections.abc import Sequence
from typing import Any

# The mixture of ends: of ten cases, as many as stand here.
CASES = """
INSERT INTO recovery_case (state, category, capability, email, language, zone, account_id, agent_id,
                           opened_at, protected_at, closed_at, wrap_up_ended_at, worked_by, refusal,
                           is_takeover, disowned, also_undone, also_reason, lost, noticed, since, said,
                           strange_sessions, has_lost, knows_password)
SELECT (ARRAY['restored', 'restored', 'restored', 'restored', 'refused', 'refused', 'unreachable',
              'withdrawn', 'withdrawn', 'superseded'])[1 + n %% 10],
       (ARRAY['taken_over', 'lost_factor', 'cant_sign_in'])[1 + n %% 3],
       'past-' || n, 'person' || n || '@example.com', (ARRAY['ja', 'en'])[1 + n %% 2], 'Asia/Tokyo', NULL,
       CASE WHEN n %% 10 < 6 THEN (%(agents)s::bigint[])[1 + n %% %(number)s] END,
       opened, opened + interval '1 second', opened + interval '12 minutes', opened + interval '13 minutes',
       CASE WHEN n %% 10 < 6 THEN ARRAY[(%(agents)s::bigint[])[1 + n %% %(number)s]] ELSE '{}' END,
       CASE WHEN n %% 10 IN (4, 5) THEN 'not_shown' ELSE '' END,
       n %% 3 = 0, '{}', '{}', '', '{}', '{}', 'unknown', '', '{}', n %% 3 = 1, false
FROM (SELECT n, now() - interval '30 minutes' - n * interval '2 minutes' AS opened
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS past
"""
CALLBACKS = """
INSERT INTO recovery_callback (case_id, state, number, region, language, lane, networks, browser, came_from,
                               from_staff, unfamiliar, priority, asked_at, due_at, chosen_at,
                               tries, agent_id, passed_by, words, read_out)
SELECT id,
       CASE state WHEN 'restored' THEN 'done' WHEN 'refused' THEN 'done'
                  WHEN 'unreachable' THEN 'given_up' ELSE 'cancelled' END,
       '+8190' || lpad((id %% 100000000)::text, 8, '0'), 'JP', language, 0, '{}', '', '{}', '{}', true,
       CASE category WHEN 'taken_over' THEN id %% 2 ELSE 2 END,
       opened_at, opened_at, opened_at, CASE WHEN agent_id IS NULL THEN 0 ELSE 1 END,
       agent_id, '{}', 'river lantern', '123456'
FROM recovery_case WHERE capability LIKE 'past-%%'
    AND NOT EXISTS (SELECT FROM recovery_callback WHERE case_id = recovery_case.id)
"""
ATTEMPTS = """
INSERT INTO recovery_callattempt (key, callback_id, agent_id, state, number, words, read_out,
                                  read_out_failures, read_out_confirmed_at, placed_at, answered_at, ended_at)
SELECT gen_random_uuid(), callback.id, callback.agent_id, 'ended', number, words, read_out, 0,
       opened_at + interval '3 minutes', opened_at + interval '2 minutes', opened_at + interval '150 seconds',
       opened_at + interval '8 minutes'
FROM recovery_callback AS callback JOIN recovery_case ON recovery_case.id = case_id
WHERE capability LIKE 'past-%%' AND callback.agent_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM recovery_callattempt WHERE callback_id = callback.id)
"""
EVIDENCE = """
INSERT INTO recovery_evidence (case_id, agent_id, method, state, target_masked, digest, asked_at, expires_at,
                               passed_at, failures, nearby)
SELECT id, agent_id, method, CASE state WHEN 'restored' THEN 'passed' ELSE 'voided' END, '', '',
       opened_at + interval '4 minutes', opened_at + interval '35 minutes',
       CASE state WHEN 'restored' THEN opened_at + interval '5 minutes' END, 0, false
FROM recovery_case CROSS JOIN (VALUES ('totp'), ('recovery_code')) AS methods (method)
WHERE capability LIKE 'past-%%' AND agent_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM recovery_evidence WHERE case_id = recovery_case.id)
"""
APPROVALS = """
INSERT INTO recovery_approval (case_id, state, requested_by_id, requested_at, reason, evidence, plan,
                               decided_by_id, decided_at, decline_reason, worked_by)
SELECT id, 'approved', agent_id, opened_at + interval '6 minutes', 'past', '{1}', 'past', %(second)s,
       opened_at + interval '7 minutes', '', ARRAY[agent_id]
FROM recovery_case
WHERE capability LIKE 'past-%%' AND state = 'restored' AND agent_id <> %(second)s
    AND NOT EXISTS (SELECT FROM recovery_approval WHERE case_id = recovery_case.id)
"""
EVENTS = """
INSERT INTO audit_event (occurred_at, action, account, case_id)
SELECT opened_at + interval '1 minute', 'call.offered', agent_id, id
FROM recovery_case
WHERE capability LIKE 'past-%%' AND agent_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM audit_event WHERE case_id = recovery_case.id)
"""
TABLES = (
    "recovery_case",
    "recovery_callback",
    "recovery_callattempt",
    "recovery_evidence",
    "recovery_approval",
    "audit_event",
)


def write(first: int, last: int, agents: Sequence[int]) -> None:
    """Closed cases number ``first`` to ``last``, in the hands of these agents; the last of them approved.

    What is written already is not written twice. PostgreSQL is told how large its tables have become.
    """
    from django.db import connection

    values: dict[str, Any] = {
        "first": first,
        "last": last,
        "agents": list(agents),
        "number": len(agents),
        "second": agents[-1],
    }
    with connection.cursor() as cursor:
        for statement in (CASES, CALLBACKS, ATTEMPTS, EVIDENCE, APPROVALS, EVENTS):
            cursor.execute(statement, values)
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")
