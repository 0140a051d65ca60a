"""The short form: workers killed in the middle of three months of reviews."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.crash import cycle_verdict, cycles, stores
from tests.workflows import candidates

SHORT = {"months": 3, "scopes": 3, "items": 30, "processes": 3, "chunk": 5}
pytestmark = pytest.mark.xdist_group("crash")


@pytest.mark.parametrize("store", stores.STORES)
def test_workers_killed_in_the_middle_of_sessions_review_everyone_exactly_once(store: str, tmp_path: Path):
    with stores.opened(store, tmp_path) as url:
        verdict = cycles.kill_workers(url, tmp_path, cycles.Scale(**SHORT, kills=4, seed=7))
    assert verdict.clean, (verdict.line(store), verdict.details)
    assert (verdict.sessions, verdict.reviews, verdict.kills) == (9, 270, 4)


def test_the_verdict_sees_what_was_lost_doubled_and_left_over(tmp_path: Path):
    scale = cycles.Scale(months=1, scopes=1, items=4, processes=1, kills=0, seed=1)
    url = f"sqlite:///{tmp_path / 'cycles.sqlite'}"
    assert cycles.kill_workers(url, tmp_path, scale).clean
    product = cycles._composed(url, tmp_path / "var", scale)
    first, *_, last = sorted(name for name in _candidates(product))
    review = candidates.review
    with product.database.begin() as session:
        row = session.execute(sa.select(review).where(review.c.candidate == first)).one()
        session.execute(review.insert(), {"candidate": first, "cycle": row.cycle, "instance": row.instance})
        session.execute(review.delete().where(review.c.candidate == last))
    where = ("province-00", *cycles.SINCE)
    verdict = cycle_verdict.judge(product, expected=dict.fromkeys(_candidates(product), where), kills=0, took=1.0)
    assert (verdict.lost, verdict.duplicated, verdict.orphaned) == (1, 1, 1)
    verdict = cycle_verdict.judge(product, expected={"someone else": where}, kills=0, took=1.0)
    assert verdict.lost == 1 and verdict.orphaned > 4
    product.database.dispose()


def _candidates(product) -> list[str]:
    with product.database.read() as session:
        return list(session.scalars(sa.select(candidates.candidate.c.id)))
