"""The desk that the benches measure is one that the product reads."""

import sys
from pathlib import Path

import pytest

from storage.db.readonly import Reader
from storage.queries import hot, standing


@pytest.fixture
def big_desk(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "bench")
    yield __import__("ground.big_desk").big_desk
    for name in [one for one in sys.modules if one.partition(".")[0] == "ground"]:
        del sys.modules[name]


def test_the_benches_desk_lists_every_open_ticket(big_desk, tmp_path):
    big_desk.build(tmp_path / "desk", tickets=25, open_share=1.0)

    with Reader(tmp_path / "desk") as reader:
        assert len(reader.run(hot.tickets())) == 25
        assert reader.run(hot.messages(reader.run(hot.tickets(limit=1))[0].id))


@pytest.mark.parametrize("order", list(hot.ORDERS))
def test_a_ticket_stands_where_the_list_shows_it(big_desk, tmp_path, order):
    big_desk.build(tmp_path / "desk", tickets=25, open_share=0.6)
    where, values = "t.ended_ms IS NULL AND t.status=?", ("new",)

    with Reader(tmp_path / "desk") as reader:
        every = reader.run(hot.tickets("1", order=order))
        shown = reader.run(hot.tickets(where, values, order=order))
        places = {
            one.id: reader.run(standing.position(one.id, where, values, order=order))
            for one in every
        }

    assert len(shown) > 3
    assert {uid: place for uid, place in places.items() if place} == {
        one.id: [n] for n, one in enumerate(shown)
    }
