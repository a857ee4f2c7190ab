"""How often, per actor and period: judged when the period is over, not before."""

from datetime import date
from pathlib import Path

import pytest

from targets.assessment import Status, assess
from targets.assessment.pace import period_end
from targets.schema.measures import ActorPeriod
from tests.demo import at_least, catalogue, metric, shop_frame, shops, target


def visited(folder: Path, day: str, times: dict, period="quarter", test=None, within=None):
    """The bank's finding, each shop seen so often on the first of the data date's month."""
    catalog = catalogue(
        folder,
        metrics=[metric(
            unit={"kind": "count", "of": "次"},
            measure={"kind": "aggregate", "dataset": "demo.dataset.shops",
                     "value": {"measure": "count(*)"}},
            grain={"actor": "trade", "date": "since", "period": period},
        )],
        targets=[target(
            quantity={"kind": "frequency", "period": period}, test=test or at_least(2),
            period=within or {"kind": "standing"},
        )],
    )
    since = date.fromisoformat(day).replace(day=1)
    rows = [
        row | {"shop": f"{shop}-{row['shop']}"}
        for shop, n in times.items()
        for row in shops((day, "0101", 0, n), trade=shop, since=since)
    ]
    (found,) = assess(
        catalog, {"shops": shop_frame(rows)}, today=date(2030, 1, 1)
    ).findings
    return found


class TestPeriodNotYetOver:
    def test_what_is_short_may_still_be_made_up(self, tmp_path: Path):
        found = visited(tmp_path, "2026-08-31", {"甲": 2, "乙": 1})
        assert (found.status, found.value) == (Status.NOT_DUE, 1)
        assert "2026-09-30 才结束" in "".join(found.reasons)

    def test_what_is_reached_already_is_met(self, tmp_path: Path):
        assert visited(tmp_path, "2026-08-31", {"甲": 2, "乙": 3}).status is Status.MET

    def test_when_it_is_over_what_is_short_is_missed(self, tmp_path: Path):
        found = visited(tmp_path, "2026-09-30", {"甲": 2, "乙": 1})
        assert found.status is Status.MISSED
        assert "才结束" not in "".join(found.reasons)

    def test_what_has_gone_beyond_a_limit_cannot_be_mended(self, tmp_path: Path):
        limit = {"kind": "at_most", "values": [{"value": 2}]}
        assert visited(tmp_path, "2026-08-31", {"甲": 3}, test=limit).status is Status.MISSED

    def test_a_day_is_over_when_its_data_are_in(self, tmp_path: Path):
        assert visited(tmp_path, "2026-08-31", {"甲": 1}, "day").status is Status.MISSED

    def test_a_target_whose_deadline_has_come_is_not_put_off(self, tmp_path: Path):
        span = {"kind": "span", "start": "2026-01-01", "end": "2026-08-15"}
        found = visited(tmp_path, "2026-08-31", {"甲": 1}, within=span)
        assert found.status is Status.MISSED


class TestEndsOfPeriods:
    @pytest.mark.parametrize(
        ("period", "day", "end"),
        [
            (ActorPeriod.DAY, "2026-08-15", "2026-08-15"),
            (ActorPeriod.WORKDAY, "2026-08-15", "2026-08-15"),
            (ActorPeriod.WEEK, "2026-08-31", "2026-09-06"),
            (ActorPeriod.WEEK, "2026-09-06", "2026-09-06"),
            (ActorPeriod.TEN_DAYS, "2026-02-10", "2026-02-10"),
            (ActorPeriod.TEN_DAYS, "2026-02-11", "2026-02-20"),
            (ActorPeriod.TEN_DAYS, "2026-02-21", "2026-02-28"),
            (ActorPeriod.MONTH, "2026-02-10", "2026-02-28"),
            (ActorPeriod.QUARTER, "2026-07-01", "2026-09-30"),
            (ActorPeriod.QUARTER, "2026-12-31", "2026-12-31"),
            (ActorPeriod.HALF_YEAR, "2026-06-30", "2026-06-30"),
            (ActorPeriod.HALF_YEAR, "2026-07-01", "2026-12-31"),
            (ActorPeriod.YEAR, "2026-01-01", "2026-12-31"),
        ],
    )
    def test_the_last_day(self, period, day, end):
        assert period_end(period, date.fromisoformat(day)) == date.fromisoformat(end)
