"""CPU of a whole sign-in without a password, over the CPU of one password hash. Goal: a ratio of at most 1.2.

Three requests go through the portal's WSGI application in this process, with production's settings and every
middleware: the sign-in page, the challenge, the passkey. Counted is the CPU time of this process
(``time.process_time``) in the application: not that of PostgreSQL and Valkey, nor what the imitated browser
needs, which signs.

Its own cryptography is one signature, and that is cheap: a tenth of a millisecond for ECDSA over P-256; a
password's hash takes two hundred times as long. Over the signature alone (the second line) the ratio
only says how cheap it is: nearly all else is pages and sessions, as at a sign-in with a password. So the
goal stands over what a passkey spares: the whole sign-in should cost about as much as a single hash. Both
yardsticks are measured after each sign-in, in the same situation; all are medians.
"""

import gc
import hashlib
import json
import statistics
import time
from datetime import timedelta
from typing import Any

from benchmarks.environment import environment
from benchmarks.figure import Figure, run, say
from benchmarks.people import HOME, Member, join
from benchmarks.sign_in_cpu import HIDDEN, WARM_UP, Visitor, hash_alone

GOAL = "ratio <= 1.2"
OVER_SIGNATURE = "ratio <= 300"
ROUNDS = 100


def sign_in(application: Any, passkey: Any, network: int = 14) -> float:
    """The page, the challenge, the passkey. Returns the application's CPU time in seconds.

    Raises:
        RuntimeError: one of the steps was refused, so that nothing was measured.
    """
    visitor = Visitor(application, f"126.72.{network}.9")
    shown = HIDDEN.search(visitor.request("GET", "/account/sign-in/"))
    if shown is None:
        raise RuntimeError(f"the sign-in page shows no form: {visitor.status}")
    token = shown[1].decode()
    options = json.loads(visitor.request("POST", "/account/passkey/challenge/", csrfmiddlewaretoken=token))
    answer = visitor.request(
        "POST",
        "/account/sign-in/passkey/alone/",
        csrfmiddlewaretoken=token,
        code=passkey.show(options),
    )
    if visitor.status != 302:
        raise RuntimeError(f"the passkey was refused: {visitor.status} {answer[:2000].decode()}")
    return visitor.cpu


def _signature(passkey: Any) -> float:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    signed = bytes(37) + hashlib.sha256(b"{}").digest()
    signature = passkey.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    public = passkey.key.public_key()
    begin = time.process_time()
    public.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    return time.process_time() - begin


def _with_passkey(member: Member) -> Any:
    from common import clock
    from tests.support import passkeys
    from tests.support.people import Actor

    actor = Actor(member.user, member.user.email, "", "", [])
    return passkeys.bind(actor, HOME, clock.now() - timedelta(days=3))


def measure(rounds: int = 0) -> list[Figure]:
    rounds = rounds or ROUNDS
    with environment(static=True):
        from portal.wsgi import application

        say(f"  {rounds} people join")
        members = [join(f"person{number}@example.com") for number in range(rounds + WARM_UP)]
        people = [_with_passkey(member) for member in members]
        encoded = members[0].user.password
        sign_ins, signatures, hashes = [], [], []
        say("  they sign in")
        for number, passkey in enumerate(people):
            gc.collect()  # no sign-in pays for the garbage of another
            Visitor(application, str(HOME.address)).request("GET", "/help/")
            whole = sign_in(application, passkey, number % 200)
            signature = _signature(passkey)
            Visitor(application, str(HOME.address)).request("GET", "/help/")
            alone = hash_alone(encoded)
            if number >= WARM_UP:
                sign_ins.append(whole)
                signatures.append(signature)
                hashes.append(alone)
    whole, signature, alone = (1000 * statistics.median(one) for one in (sign_ins, signatures, hashes))
    return [
        Figure("passkey_sign_in_cpu", whole, "ms", alone, GOAL),
        Figure("passkey_sign_in_cpu_over_signature", whole, "ms", signature, OVER_SIGNATURE),
    ]


if __name__ == "__main__":
    run(__file__, measure)
