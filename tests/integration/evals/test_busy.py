"""An upstream that asks for fewer calls gets fewer, and every sample its answer."""

from pathlib import Path

from tests.fakes.busy import BusyUpstream
from tests.integration.evals.playing import Onlooker, open_stage


async def test_a_busy_upstream_is_given_time(tmp_path: Path) -> None:
    fake, watch = BusyUpstream(most=3), Onlooker()
    async with fake, open_stage(tmp_path, fake.base_url, "[retry]\nretries = 0\n") as stage:
        options = {"puzzles.script": "-delay-10ms"}
        result = await stage.play(watch=watch, concurrency=16, options=options)
        assert [record.score.outcome for record in result.records].count("api_error") == 0
        assert len(result.records) == 30
        assert fake.refused > 0
        assert fake.peak <= 3
        assert watch.sitting is not None
        assert watch.sitting.pace.rounds >= 1
        assert watch.sitting.pace.allowed < 16
