"""The connection to the broker, as Celery uses it."""

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as BrokerLost


class Channel(redis.Channel):
    """Says that it is closed as all that is lost is said, so that a worker outlives the loss of the broker.

    A task in hand when the broker goes away is given back, or acknowledged, on a connection that is let go
    by then. kombu 5.7 meets None there, and the AttributeError ends the worker. The sweeps find what is due.
    """

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection.client is None:
            raise BrokerLost("this connection to the broker is closed")
        return super()._connparams(asynchronous)  # type: ignore[misc]


class Transport(redis.Transport):
    Channel = Channel
