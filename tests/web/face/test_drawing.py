"""Drawings: dates on a line, networks without labels one upon another, places where they are."""

import itertools
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import XSD, URIRef

from sergekg.store.local import LocalStore
from sergekg.vocab import SKG
from sergekg.web.drawing.atlas import WIDTH, draw, project
from sergekg.web.drawing.network import around, spread
from sergekg.web.drawing.small import small_labels
from sergekg.web.drawing.timescale import Timescale
from sergekg.web.index import build_index
from sergekg.web.lifeline import timeline
from sergekg.web.statements import load_statements


def test_an_uncertain_date_is_an_interval() -> None:
    scale = Timescale(1920, 1929)
    bar = scale.bar("1921/1922", "1921-01-01", "1922-12-31")
    assert (bar.start, bar.end) == (pytest.approx(10, abs=0.1), pytest.approx(30, abs=0.1))
    assert not bar.is_point


@pytest.mark.parametrize(
    ("edtf", "earliest", "latest", "before", "after", "vague"),
    [
        ("1921", "1921-01-01", "1921-12-31", False, False, False),
        ("../1925", "", "1925-12-31", True, False, False),
        ("1921/..", "1921-01-01", "", False, True, False),
        ("1928~", "1928-01-01", "1928-12-31", False, False, True),
        ("1890", "1890-01-01", "1890-12-31", True, False, False),
        ("1993", "1993-01-01", "1993-12-31", False, True, False),
    ],
)
def test_the_ends_of_a_bar_say_what_is_known(
    edtf: str, earliest: str, latest: str, before: bool, after: bool, vague: bool
) -> None:
    bar = Timescale(1920, 1929).bar(edtf, earliest, latest)
    assert (bar.opens_before, bar.opens_after, bar.is_vague) == (before, after, vague)


@given(st.dates(), st.dates())
def test_a_bar_stays_on_its_line(one: object, other: object) -> None:
    first, last = sorted((str(one), str(other)))
    scale = Timescale.over([first, last])
    assert scale
    bar = scale.bar("x", first, last)
    assert 0 <= bar.start <= bar.end <= 100
    assert all(0 <= place <= 100 for _, place in scale.ticks)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "read", "year"),
    [
        ("1919-01-01", "1919-01-01", 1919),
        ("1919-01-01Z", "1919-01-01", 1919),
        ("1919-01-01+02:00", "1919-01-01", 1919),
        ("-0044-03-15", "", -44),
        ("12000-01-01", "", 12000),
        ("1919-02-30", "", 1919),
        ("mars", "", 0),
    ],
)
@pytest.mark.filterwarnings("ignore")  # rdflib reports what it cannot read as a date
def test_no_bound_that_a_store_may_hold_breaks_a_line_of_years(
    store: LocalStore, written: str, read: str, year: int
) -> None:
    row = store.select(
        "SELECT ?s WHERE { ?s a skg:Statement ; skg:earliest ?e ; skg:latest ?l ; skg:date ?d }"
    )
    iri = URIRef(str(row[0]["s"]))
    node, bound = ox.NamedNode(iri), ox.NamedNode(str(SKG.earliest))
    kept = [q for q in store.engine.quads_for_pattern(None, None, None, ox.DefaultGraph())
            if (q.subject, q.predicate) != (node, bound)]  # fmt: skip
    engine = ox.Store()
    engine.extend([*kept, ox.Quad(node, bound, ox.Literal(written, datatype=ox.NamedNode(str(XSD.date))))])
    changed = LocalStore(engine)
    (view,) = load_statements(changed, [iri])
    assert view.earliest == read
    assert timeline([view]) is not None
    (entry,) = (e for e in build_index(changed).entries if e.iri == str(iri))
    assert entry.earliest == year


def test_neighbours_stand_around_without_sharing_a_line() -> None:
    layout = around("c", [f"n{i}" for i in range(20)])
    for side in ("start", "end"):
        ys = sorted(node.y for node in layout.nodes.values() if node.anchor == side and node.id != "c")
        assert all(b - a > 8 for a, b in itertools.pairwise(ys))
    assert all(0 <= node.x <= layout.width and 0 <= node.y <= layout.height for node in layout.nodes.values())


NAMES = st.integers(0, 12).map(lambda i: f"n{i}")


@given(st.lists(st.tuples(NAMES, NAMES), max_size=30))
def test_every_node_of_a_network_has_its_place(ties: list[tuple[str, str]]) -> None:
    labels = {end: end * 4 for tie in ties for end in tie}
    layout = spread(labels, ties)
    assert set(layout.nodes) == set(labels)
    assert all(0 <= node.x <= layout.width and 0 <= node.y <= layout.height for node in layout.nodes.values())


def test_the_same_ties_make_the_same_drawing_in_any_order() -> None:
    ties = [("a", "b"), ("b", "c"), ("d", "e"), ("c", "a")]
    labels = dict.fromkeys("abcde", "x")
    assert spread(labels, ties) == spread(dict(reversed(labels.items())), ties[::-1])


def test_labels_do_not_cover_each_other() -> None:
    ties = [("hub", f"n{i}") for i in range(24)]
    labels = {end: "a label of some length" for tie in ties for end in tie}
    nodes = [*spread(labels, ties).nodes.values()]
    covered = [
        (a.id, b.id)
        for i, a in enumerate(nodes)
        for b in nodes[i + 1 :]
        if abs(a.y - b.y) < 14 and abs(a.x - b.x) < 150
    ]
    assert covered == []


@pytest.mark.parametrize(
    ("place", "west_of"),
    [((50.85, 4.35), (55.75, 37.6)), ((55.75, 37.6), (58.6, 49.66)), ((58.6, 49.66), (51.77, 55.1))],
)
def test_west_is_left_of_east(place: tuple[float, float], west_of: tuple[float, float]) -> None:
    assert project(place[1], place[0])[0] < project(west_of[1], west_of[0])[0]


def test_a_map_holds_its_places_and_the_coasts_around_them(tmp_path: Path) -> None:
    land = tmp_path / "land.json"
    square = [[0, 4500], [1000, 4500], [1000, 5500], [0, 5500], [0, 4500]]
    land.write_text(
        json.dumps({"rings": [square, [[-9000, -4000], [-8000, -4000], [-8000, -3000], [-9000, -4000]]]})
    )
    made = draw({"a": (50.85, 4.35), "b": (58.6, 49.66)}, land)
    assert made
    assert all(0 < dot.x < WIDTH and 0 < dot.y < made.height for dot in made.dots)
    assert len(made.land) == 1


def test_without_the_bundle_a_map_has_no_coasts(tmp_path: Path) -> None:
    made = draw({"a": (50.85, 4.35)}, tmp_path / "none.json")
    assert made
    assert not made.has_land
    assert len(made.dots) == 1


def test_without_places_there_is_no_map(tmp_path: Path) -> None:
    assert draw({}, tmp_path / "none.json") is None


def test_labels_of_places_at_one_spot_do_not_cover_each_other(tmp_path: Path) -> None:
    places = dict.fromkeys(("prison", "town", "camp"), (53.87, 59.2)) | {"far": (55.75, 37.6)}
    made = draw(places, tmp_path / "none.json", dict.fromkeys(places, "a name of some length"))
    assert made
    spots = {(dot.label_y, dot.anchor) for dot in made.dots if dot.id != "far"}
    assert len(spots) == 3


def test_a_single_place_is_shown_with_the_coasts_around_it(tmp_path: Path) -> None:
    made = draw({"a": (58.6, 49.66), "b": (58.6, 49.67)}, tmp_path / "none.json")
    assert made
    assert abs(made.dots[0].x - made.dots[1].x) < 1


def test_small_labels_stay_inside_and_cover_neither_labels_nor_their_dots() -> None:
    points = {f"n{i}": (float(i * 97 % 1000), float(i * 61 % 600)) for i in range(60)}
    small = small_labels(points, dict.fromkeys(points, "une étiquette"), 1000.0, 600.0)
    length = 0.6 * small.font * len("une étiquette")
    boxes = {id_: (at.x, at.y - small.font * 0.8, at.x + length, at.y) for id_, at in small.places.items()}
    assert 5 < len(boxes) < len(points)
    assert "n0" in boxes
    for id_, (left, top, right, bottom) in boxes.items():
        assert left >= 0
        assert right <= 1000.1
        assert top >= 0
        assert bottom <= 600
        for other, (x, y, end, foot) in boxes.items():
            dot_x, dot_y = points[other]
            assert not (left < dot_x < right and top < dot_y < bottom)
            assert id_ == other or left >= end or right <= x or top >= foot or bottom <= y


def test_who_comes_first_has_a_label_and_who_finds_no_room_has_none() -> None:
    points = dict.fromkeys(("first", *(f"n{i}" for i in range(20))), (500.0, 50.0))
    small = small_labels(points, dict.fromkeys(points, "a label of some length"), 1000.0, 100.0)
    assert "first" in small.places
    assert len(small.places) < 5
    assert small_labels({"a": (5.0, 5.0)}, {"a": "x" * 90}, 1000.0, 100.0).places == {}
