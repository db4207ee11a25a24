"""A scripted upstream that has no time: it refuses what is too much at once, and the first few."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tests.fakes.answers import error
from tests.fakes.plan import Step, reply
from tests.fakes.upstream import Connection, FakeUpstream, Record


class BusyUpstream(FakeUpstream):
    """Refuses with `status` what comes while `most` requests are under way, and the first `breaks` requests.

    retry: the `retry-after` of a refusal, in seconds. refused: how many it refused.
    """

    def __init__(
        self, most: int = 1_000_000, breaks: int = 0, status: int = 429, retry: str = "0.05"
    ) -> None:
        super().__init__()
        self.most = most
        self.breaks = breaks
        self.status = status
        self.retry = retry
        self.refused = 0
        self.peak = 0

    def connect(self) -> Connection:
        """Return what answers a client that has connected."""
        return _BusyConnection(self)


class _BusyConnection(Connection):
    def plan(self, record: Record) -> Iterator[Step]:
        fake = self._fake
        assert isinstance(fake, BusyUpstream)
        open_now = sum(1 for known in fake.records if not known.finished.is_set())
        if len(fake.records) > fake.breaks and open_now <= fake.most:
            fake.peak = max(fake.peak, open_now)
            return super().plan(record)
        fake.refused += 1
        body = msgspec.json.encode(error(fake.status, "no time"))
        return iter([Step("write", reply(fake.status, body, {"retry-after": fake.retry})), Step("end")])
