"""Changes in any mix and order, with turns of the worker between them, end in the same facts."""

from __future__ import annotations

from datetime import date
from typing import Any

import time_machine
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select

from app import dates
from app.dates import Period
from app.db import db
from app.statistics import facts, recount
from app.statistics.models import Fact, FactNight, FactOrigin
from app.statistics.quality import facts as quality_facts
from app.statistics.quality import recount as recount_quality
from app.statistics.quality.models import QualityDay
from app.statistics.quality.scores import QualityTable, quality
from app.statistics.rollup import recount as recount_sums
from app.statistics.rollup.models import FactMonth, FactSum, FactZero, OriginSum
from tests.statistics.test_facts import EVENTS, TODAY, Town
from tests.statistics.town import caught_up

Rows = list[tuple[Any, ...]]


def stored() -> tuple[Rows, Rows]:
    """All that is stored of every night, in a fixed order."""
    tables = (Fact.__table__, FactOrigin.__table__)
    facts_of, origins = (
        [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key))]
        for table in tables
    )
    return facts_of, origins


def scores() -> list[QualityTable]:
    """The scores of the last weeks, whichever sums they are read by."""
    period = Period(date(2026, 10, 1), TODAY + dates.ONE_DAY)
    return [quality(period, by=by) for by in ("day", "kind", "establishment")]


class Changes(RuleBasedStateMachine):
    """A town that changes and a worker that now and then takes a turn."""

    town: Town | None = None

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.clock = time_machine.travel(dates.at(TODAY, 10), tick=False)
        self.clock.start()
        self.town = Town(data.draw)

    @rule(data=st.data(), event=st.sampled_from([*EVENTS, "arrive", "arrive"]))
    def change(self, data: st.DataObject, event: str) -> None:
        assert self.town is not None
        self.town.draw = data.draw
        getattr(self.town, event)()
        db.session.flush()

    @rule()
    def work(self) -> None:
        facts.catch_up()
        # In between as well, whatever is still marked: sums and facts are stored together.
        assert list(recount_sums.differences()) == []

    @rule()
    def judge(self) -> None:
        # What changed since is judged by the reading itself, beside the sums of all the rest.
        before = scores()
        quality_facts.catch_up()
        assert list(recount_quality.differences()) == []
        assert scores() == before

    def teardown(self) -> None:
        if self.town is None:
            return
        try:
            caught_up()
            step_by_step = stored()
            assert list(recount.differences()) == []
            assert list(recount_sums.differences()) == []
            # From nothing, in one go: the same to the last row, since the first night of which
            # anything was reported. A repair before it made steps begin earlier.
            while quality_facts.catch_up():
                db.session.flush()
            assert list(recount_quality.differences()) == []
            judged = scores()
            # Where no day is stored there are no sums to read.
            db.session.execute(delete(QualityDay))
            assert scores() == judged
            made = Fact, FactOrigin, FactNight, FactSum, FactMonth, OriginSum, FactZero
            for table in made:
                db.session.execute(delete(table))
            caught_up()
            nights = set(db.session.scalars(select(FactNight.night)))
            since = tuple([row for row in rows if row[1] in nights] for rows in step_by_step)
            assert stored() == since
        finally:
            self.clock.stop()
            db.session.rollback()


def test_any_mix_in_any_order_ends_in_the_same_facts(db_session: Any) -> None:
    """Hypothesis shrinks a failure to the fewest steps that still end in other facts."""
    few = settings(max_examples=6, stateful_step_count=10, deadline=None)
    run_state_machine_as_test(Changes, settings=few)
