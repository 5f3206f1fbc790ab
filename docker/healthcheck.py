"""Is this container well? ``healthcheck.py web 8000`` asks its page, ``healthcheck.py beat`` the heartbeat.

The heartbeat is sent by beat and written by a worker: while it is young, both and the broker work.
"""

import http.client
import os
import sys
import time
from urllib.parse import urlsplit

import redis

HEARTBEAT_KEY, STALE_SECONDS = "worker:heartbeat", 60


def web(port: str) -> bool:
    """Ask as the proxy does: under our own name, which is the only one that is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    connection.request("GET", "/healthz", headers={"Host": urlsplit(os.environ["ORIGIN"]).netloc})
    return connection.getresponse().status == 200


def beat() -> bool:
    last = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5).get(HEARTBEAT_KEY)
    return last is not None and time.time() - int(last) < STALE_SECONDS


if __name__ == "__main__":
    well = web(sys.argv[2]) if sys.argv[1] == "web" else beat()
    sys.exit(0 if well else 1)
