"""How many questions one address may ask: a bucket of tokens an address, refilled steadily. Counted per process."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from threading import Lock

MOST = 20_000


class Buckets:
    """`rate` questions a minute from one address, twice that in a burst; 0 is no limit. `clock` counts seconds."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, 2.0 * rate, clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, address: str) -> int:
        """Takes a token; 0 when there was one, else the whole seconds until there is."""
        if not self._rate:
            return 0
        key, now = neighbourhood(address), self._clock()
        with self._lock:
            level, seen = self._levels.pop(key, (self._burst, now))
            level = min(self._burst, level + (now - seen) * self._rate / 60)
            wait = 0 if level >= 1 else math.ceil((1 - level) * 60 / self._rate)
            self._levels[key] = (level - (0 if wait else 1), now)
            if len(self._levels) > MOST:
                self._levels.popitem(last=False)
        return wait


def neighbourhood(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, since a household holds them all.

    >>> neighbourhood("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    try:
        return str(IPv6Network((IPv6Address(address).packed[:8] + bytes(8), 64)))
    except AddressValueError:
        return address
