"""How messages get to Redis: as kombu does it, but for one fault of kombu that would cost us the worker."""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as BrokerGone


class Channel(redis.Channel):
    """A channel that says what is the matter when its connection is closed already.

    A worker that loses Redis closes the connection, and after it the channel, which wants to give back the
    messages that it has not acknowledged. kombu looks up the address of the closed connection for that, and
    an AttributeError, which nobody expects there, ends the worker. Losing a connection is expected
    everywhere.
    """

    def _connparams(self, *args: Any, **kwargs: Any) -> Any:
        if self.connection is None or self.connection.client is None:
            raise BrokerGone("The connection of this channel is closed.")
        return super()._connparams(*args, **kwargs)  # type: ignore[misc]


class Transport(redis.Transport):
    """Redis, by such channels."""

    Channel = Channel


def use_it() -> None:
    """Have it used for every broker on Redis, from now on and in this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
