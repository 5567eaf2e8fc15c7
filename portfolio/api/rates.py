"""How often somebody may ask the API: a count in each minute, shared by all processes through the cache.

A cache that does not answer lets everybody through. It is then left alone for a few seconds, so that its
absence costs one request in a while, not each of them, some time.
"""

import logging
import time
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
LEFT_ALONE_SECONDS = 5.0
SAID_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Count:
    """What is left of a quota in the minute that runs, this request counted."""

    policy: str
    quota: int
    asked: int
    seconds_left: int

    @property
    def exceeded(self) -> bool:
        return self.asked > self.quota

    @property
    def policy_header(self) -> str:
        """RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers: the quota and its window in seconds."""
        return f'"{self.policy}";q={self.quota};w={WINDOW_SECONDS}'

    @property
    def limit_header(self) -> str:
        """RateLimit of the same draft: what remains, and the seconds until the quota is whole again."""
        return f'"{self.policy}";r={max(self.quota - self.asked, 0)};t={self.seconds_left}'


class _Outage:
    """Since when the cache does not answer, as this process has seen it."""

    def __init__(self) -> None:
        self.left_alone_until = 0.0
        self.said_at: float | None = None

    def begins(self, error: Exception) -> None:
        now = time.monotonic()
        self.left_alone_until = now + LEFT_ALONE_SECONDS
        if self.said_at is None or now - self.said_at >= SAID_AGAIN_SECONDS:
            self.said_at = now
            logger.warning("The cache does not answer, so requests are not counted: %s", type(error).__name__)

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self.left_alone_until


outage = _Outage()


def count(policy: str, whom: str) -> Count | None:
    """Count a request of somebody; return None where there is no limit, or no cache to count in."""
    quota = settings.API_RATES[policy]
    if not quota or outage.lasts:
        return None
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    # A digest, so that no address or name stands in the cache.
    key = f"rate:{sha256(f'{policy} {whom}'.encode()).hexdigest()[:32]}:{window}"
    try:
        cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
        asked = cache.incr(key)
    except Exception as error:  # whatever a cache raises: it never takes reading down with it
        outage.begins(error)
        return None
    return Count(policy, quota, asked, WINDOW_SECONDS - int(now % WINDOW_SECONDS))
