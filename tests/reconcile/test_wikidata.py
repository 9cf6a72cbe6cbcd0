"""Talking to Wikidata: what it answers, what it refuses, and what is done about it. All of it on the loopback."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline_wikidata import OfflineWikidata, running

from sergekg.errors import ReconciliationError
from sergekg.reconcile import transport
from sergekg.reconcile.items import clean, parse_item, to_edtf
from sergekg.reconcile.transport import ATTEMPTS, Transport, retry_after
from sergekg.reconcile.wikidata import Wikidata


@pytest.fixture
def world() -> Iterator[OfflineWikidata]:
    with running() as found:
        yield found


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def wikidata(world: OfflineWikidata, tmp_path: Path, waits: list[float]) -> Wikidata:
    transport = Transport(tmp_path / "cache", "mailto:desk@example.org", timeout=0.3, sleep=waits.append)
    return Wikidata(transport, world.address, f"{world.address}/sparql")


def test_search_finds_labels_and_aliases_by_language(wikidata: Wikidata) -> None:
    assert [hit.id for hit in wikidata.search("Nicolas Soukhanov", "fr")] == ["Q585272"]
    assert "Q585272" in [hit.id for hit in wikidata.search("Николай", "ru")]


def test_full_text_search_is_of_one_class(wikidata: Wikidata) -> None:
    assert wikidata.search_text("Kirov", classes=["Q5"]) == ["Q207682"]
    assert "Q5384" in wikidata.search_text("Kirov")


def test_items_come_in_batches_with_their_revision_and_the_day(
    wikidata: Wikidata, world: OfflineWikidata
) -> None:
    found = wikidata.items(["Q1394", *(f"Q{n}" for n in range(10**8, 10**8 + 60))])
    assert found.keys() == {"Q1394"}
    assert found["Q1394"].claims["P569"] == ("1870-04-22",)
    assert found["Q1394"].revision == "1000"
    assert found["Q1394"].fetched == datetime.now(UTC).date().isoformat()
    assert [len(asked["ids"].split("|")) for asked in world.asked] == [50, 11]


def test_a_merged_item_is_found_under_the_id_that_was_asked(
    wikidata: Wikidata, world: OfflineWikidata
) -> None:
    world.redirects["Q99"] = "Q1394"
    assert wikidata.items(["Q99"])["Q99"].id == "Q1394"
    item = wikidata.item("Q99")
    assert item is not None
    assert item.id == "Q1394"


def test_an_item_that_vanished_is_left_out(wikidata: Wikidata) -> None:
    assert wikidata.items(["Q99999999"]) == {}
    assert wikidata.item("Q99999999") is None


def test_sparql_finds_exact_names_and_superclasses(wikidata: Wikidata) -> None:
    assert wikidata.named({"ru": ["Максим Горький"], "fr": ["Nicolas Soukhanov"]}) == ["Q12706", "Q585272"]
    assert wikidata.superclasses(["Q8261", "Q515"], ["Q47461344"]) == {
        "Q8261": frozenset({"Q47461344"}),
        "Q515": frozenset(),
    }
    assert wikidata.named({}) == []


def test_a_name_cannot_break_out_of_a_query(wikidata: Wikidata) -> None:
    assert wikidata.named({"fr": ['x"@fr } # \\', "a\nb"]}) == []


def test_every_request_says_who_asks_and_takes_gzip_and_gives_way_to_lag(
    wikidata: Wikidata, world: OfflineWikidata
) -> None:
    wikidata.search("Lénine", "fr")
    wikidata.named({"fr": ["Lénine"]})
    for headers in world.headers:
        assert headers["user-agent"].startswith("sergekg/")
        assert "mailto:desk@example.org" in headers["user-agent"]
        assert "gzip" in headers["accept-encoding"]
    assert world.asked[0]["maxlag"] == "5"


def test_nothing_is_asked_twice(wikidata: Wikidata, world: OfflineWikidata) -> None:
    first = wikidata.items(["Q1394"])
    assert wikidata.items(["Q1394"]) == first
    assert len(world.asked) == 1


def test_what_is_too_old_is_asked_again_and_what_is_not_is_not(
    wikidata: Wikidata, world: OfflineWikidata, tmp_path: Path
) -> None:
    wikidata.items(["Q1394"])
    world.rows["Q1394"]["fr"] = "Lénine"
    for max_age, label in ((3600.0, "Vladimir Ilitch Lénine"), (0.0, "Lénine"), (None, "Lénine")):
        transport = Transport(tmp_path / "cache", "x", max_age=max_age)
        again = Wikidata(transport, world.address, f"{world.address}/sparql")
        assert again.items(["Q1394"])["Q1394"].label == label
    assert len(world.asked) == 2


def test_a_copy_that_is_too_old_outlives_a_service_that_fails(
    wikidata: Wikidata, world: OfflineWikidata, tmp_path: Path
) -> None:
    wikidata.items(["Q1394"])
    world.faults = ["403"]
    strict = Transport(tmp_path / "cache", "x", max_age=0.0)
    with pytest.raises(ReconciliationError, match="refuses us"):
        Wikidata(strict, world.address, f"{world.address}/sparql").items(["Q1394"])
    assert wikidata.items(["Q1394"]).keys() == {"Q1394"}


def test_a_cache_can_be_replayed_offline_and_says_what_it_lacks(
    wikidata: Wikidata, world: OfflineWikidata, tmp_path: Path
) -> None:
    found = wikidata.items(["Q1394"])
    offline = Transport(tmp_path / "cache", "", is_offline=True)
    replayed = Wikidata(offline, world.address, f"{world.address}/sparql")
    assert replayed.items(["Q1394"]) == found
    assert offline.asked == 0
    with pytest.raises(ReconciliationError, match="was not asked this before"):
        replayed.items(["Q855"])


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (["429 with Retry-After"], [7.0]),
        (["429 without", "429 without"], [1.0, 2.0]),
        (["maxlag"], [5.0]),
        (["503", "html", "truncated"], [1.0, 2.0, 4.0]),
        (["silence"], [1.0]),
    ],
    ids=lambda value: ", ".join(map(str, value)),
)
def test_what_passes_is_waited_for(
    wikidata: Wikidata, world: OfflineWikidata, waits: list[float], faults: list[str], expected: list[float]
) -> None:
    world.faults = list(faults)
    assert wikidata.items(["Q1394"]).keys() == {"Q1394"}
    assert waits == expected


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("403", "refuses us (403)"),
        ("elsewhere", "sends elsewhere, to example.org"),
        ("bad request", "says: Malformed input"),
        ("429 for a day", "wants 86400 s of rest"),
    ],
)
def test_what_does_not_pass_is_one_clear_message_at_once(
    wikidata: Wikidata, world: OfflineWikidata, waits: list[float], fault: str, said: str
) -> None:
    world.faults = [fault]
    with pytest.raises(ReconciliationError) as caught:
        wikidata.items(["Q1394"])
    assert said in str(caught.value)
    assert "; " in str(caught.value)
    assert waits == []


@pytest.mark.parametrize("fault", ["429 without", "html", "truncated", "maxlag"])
def test_what_never_passes_is_given_up_and_not_kept(
    wikidata: Wikidata, world: OfflineWikidata, fault: str
) -> None:
    world.faults = [fault] * ATTEMPTS
    with pytest.raises(ReconciliationError, match=f"{ATTEMPTS} attempts"):
        wikidata.items(["Q1394"])
    assert wikidata.items(["Q1394"]).keys() == {"Q1394"}, "the next run asks again"


def test_labels_are_cleaned_of_control_characters_and_markup() -> None:
    raw = {
        "id": "Q1",
        "labels": {"fr": {"value": "Vic\u0000tor\u202e <b>Serge</b>\n"}, "en": {"value": "\u0007"}},
        "aliases": [],
        "claims": {},
    }
    assert parse_item(raw, "Q1", "2026-11-21").labels == {"fr": "Vic tor Serge"}


@pytest.mark.parametrize(
    ("time", "precision", "edtf"),
    [
        ("+1890-12-30T00:00:00Z", 11, "1890-12-30"),
        ("+1936-05-00T00:00:00Z", 10, "1936-05"),
        ("+1936-00-00T00:00:00Z", 9, "1936"),
        ("+1890-00-00T00:00:00Z", 8, "189X"),
        ("+1900-00-00T00:00:00Z", 7, "18XX"),
        ("-0044-03-15T00:00:00Z", 11, None),
        ("nonsense", 11, None),
    ],
)
def test_times_become_edtf_of_their_precision(time: str, precision: int, edtf: str | None) -> None:
    assert to_edtf({"time": time, "precision": precision}) == edtf


def test_deprecated_values_are_left_out_and_preferred_ones_stand_alone() -> None:
    def claim(year: str, rank: str) -> dict[str, object]:
        value = {"time": f"+{year}-00-00T00:00:00Z", "precision": 9}
        return {"rank": rank, "mainsnak": {"snaktype": "value", "datavalue": {"value": value}}}

    claims = [claim("1890", "normal"), claim("1891", "deprecated")]
    assert parse_item({"claims": {"P569": claims}}, "Q1", "").claims["P569"] == ("1890",)
    claims.append(claim("1889", "preferred"))
    assert parse_item({"claims": {"P569": claims}}, "Q1", "").claims["P569"] == ("1889",)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("12", 12.0),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        ("soon", None),
        ("²", None),
        ("Mon, 99 Jan 10000000000 00:00:00 GMT", None),
        ("Mon, 01 Jan 2024 00:00:00 +9999999999", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)) == seconds


@given(text=st.text())
def test_cleaned_text_is_one_printable_line(text: str) -> None:
    assert clean(text).isprintable()


Say = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes | Iterator[bytes]]]


class Saying(ThreadingHTTPServer):
    """A service that answers what `say` says; `asked` counts its requests."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked = 0
        self.say: Say = lambda _: (200, {}, b"{}")
        super().__init__(("127.0.0.1", 0), _Saying)


class _Saying(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Saying)
        self.server.asked += 1
        status, headers, body = self.server.say(self)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            for piece in [body] if isinstance(body, bytes) else body:
                self.wfile.write(piece)
                self.wfile.flush()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def service() -> Iterator[Saying]:
    server = Saying()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client(service: Saying, cache: Path, **options: Any) -> Wikidata:
    address = f"http://127.0.0.1:{service.server_port}"
    asking = Transport(cache, "mailto:desk@example.org", sleep=lambda _: None, **options)
    return Wikidata(asking, address, f"{address}/sparql")


@pytest.mark.parametrize(
    "document",
    [
        b'{"error":"nope"}', b'{"error":["nope"]}', b"[" * 200_000, b'{"search":null}', b'{"search":["a"]}', b'{"search":[5]}',
        b'{"query":[]}', b'{"entities":{"Q1":{"redirects":5,"claims":{}}}}', b'{"entities":{"Q1":{"claims":{"P31":"x"}}}}',
        b'{"results":{"bindings":[{}]}}', b'{"results":{"bindings":[{"base":{"value":"x/Q5"}}]}}', b'{"results":{"bindings":5}}',
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_one_clear_message(
    service: Saying, tmp_path: Path, document: bytes
) -> None:
    service.say = lambda _: (200, {"Content-Type": "application/json"}, document)
    wikidata = client(service, tmp_path)
    said = []
    for ask in (
        lambda: wikidata.search("x", "fr"),
        lambda: wikidata.search_text("x"),
        lambda: wikidata.items(["Q1"]),
        lambda: list(wikidata.entities(["Q1"])),
        lambda: wikidata.superclasses(["Q1"], ["Q5"]),
        lambda: wikidata.named({"fr": ["x"]}),
    ):
        try:
            ask()
        except ReconciliationError as error:
            said.append(str(error))
    assert said
    assert all("; " in one for one in said)


def test_where_an_answer_leads_may_be_no_address(service: Saying, tmp_path: Path) -> None:
    service.say = lambda _: (302, {"Location": "http://[::1"}, b"")
    with pytest.raises(ReconciliationError, match="no address"):
        client(service, tmp_path).search("x", "fr")


def test_an_answer_that_unpacks_to_too_much_is_given_up_at_once(
    service: Saying, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 1 << 20)
    service.say = lambda _: (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(8 << 20)))
    with pytest.raises(ReconciliationError, match="more than 1,048,576 bytes"):
        client(service, tmp_path).search("x", "fr")
    assert service.asked == 1


@pytest.mark.slow
def test_an_answer_that_drips_is_given_up(service: Saying, tmp_path: Path) -> None:
    over = threading.Event()

    def drip() -> Iterator[bytes]:
        while not over.wait(0.02):
            yield b" "

    service.say = lambda _: (200, {"Content-Type": "application/json"}, drip())
    with pytest.raises(ReconciliationError, match="does not answer"):
        client(service, tmp_path, timeout=5.0, longest=0.1).search("x", "fr")
    over.set()


def test_that_there_is_no_such_thing_is_not_kept(service: Saying, tmp_path: Path) -> None:
    service.say = lambda _: (200, {}, b'{"error":{"code":"no-such-entity","info":"x"}}')
    assert client(service, tmp_path).items(["Q1"]) == {}
    service.say = lambda _: (200, {}, b'{"entities":{"Q1":{"id":"Q1","claims":{}}}}')
    assert client(service, tmp_path).items(["Q1"]).keys() == {"Q1"}
    assert client(service, tmp_path).items(["Q1"]).keys() == {"Q1"}
    assert service.asked == 2


def test_a_packed_answer_is_kept_as_it_came(service: Saying, tmp_path: Path) -> None:
    body = gzip.compress(b'{"search":[{"id":"Q1","label":"\xc3\xa9t\xc3\xa9"}]}')
    service.say = lambda _: (200, {"Content-Encoding": "gzip"}, body)
    for _ in range(2):
        assert [hit.label for hit in client(service, tmp_path).search("x", "fr")] == ["été"]
    assert service.asked == 1


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "5000"}, {"Content-Encoding": "gzip"}], ids=["short", "no gzip"]
)
def test_an_answer_that_breaks_off_is_asked_for_again(
    service: Saying, tmp_path: Path, headers: dict[str, str]
) -> None:
    service.say = lambda _: (200, {"Content-Type": "application/json", **headers}, b'{"search":')
    with pytest.raises(ReconciliationError, match=r"does not answer.*attempts"):
        client(service, tmp_path).search("x", "fr")
    assert service.asked > 1
