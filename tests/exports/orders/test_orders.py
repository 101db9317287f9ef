"""Orders as they are stored and read again."""

import pytest

from consultation.exports.orders.order import Order, OrderUnreadable, order_from
from consultation.exports.selection import TOOL, Agreement
from consultation.spreadsheets.writer import Format
from tests.factories import make_measure

FULL = Order(
    "tour-1", Format.CSV, ("A1",), ("T7", TOOL), Agreement.NAMED, True, "en", wants_mail=True
)
LEAST = {"round": "tour-1", "format": "xlsx"}


@pytest.mark.parametrize("order", [FULL, Order("tour-1", Format.XLSX)])
def test_order_is_read_as_it_was_stored(order):
    assert order_from(order.as_json()) == order


def test_order_of_an_earlier_version_holds_everything():
    assert order_from(LEAST) == Order("tour-1", Format.XLSX)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "exe"},
        {"round": None},
        {"round": 7},
        {"measures": "T7"},
        {"measures": [7]},
        {"axes": {"A1": 1}},
        {"agreement": "all"},
        {"locale": "de"},
        {"locale": ["fr"]},
    ],
)
def test_what_is_no_order_is_refused_when_it_is_read(change):
    with pytest.raises(OrderUnreadable):
        order_from(LEAST | change)


def test_measure_that_joins_an_axis_is_in_the_next_workbook(session):
    axis = make_measure(session, "T7").axis
    order = Order("tour-1", Format.XLSX, axes=(axis.code,))
    before = order.selection(session).measures

    make_measure(session, "T8")

    assert before == {"T7"}
    assert order.selection(session).measures == {"T7", "T8"}


def test_axis_without_a_measure_holds_nothing_rather_than_everything(session):
    order = Order("tour-1", Format.XLSX, axes=("A9",))

    assert order.selection(session).measures == frozenset()
