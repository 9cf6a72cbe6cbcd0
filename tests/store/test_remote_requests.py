"""A server is waited for within one deadline, asked at one address, and believed in what it can show."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from sergekg.errors import (
    ClientGone,
    NotWritable,
    QueryError,
    QueryFailed,
    QueryTimeout,
    QueryTooLarge,
    StoreError,
    StoreUnavailable,
)
from sergekg.store import remote, remote_results, servers
from sergekg.store.analysis import Dataset
from sergekg.store.answers import Limits, Request, always, read_whole
from sergekg.store.nesting import MOST, Nesting, TripleTerms
from sergekg.store.pooled import read
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import NO_GRAPH, Remote
from sergekg.store.servers import Server

JSON = b"Content-Type: application/sparql-results+json\r\n"
XML = b"Content-Type: application/sparql-results+xml\r\n"
NT = b"Content-Type: application/n-triples\r\n"
XML_HEAD = '<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="s"/></head><results>'
XML_ROW = '<result><binding name="s"><literal>a</literal></binding></result>'
ROW = '{"s":{"type":"literal","value":"%d"}}'
DRIPS = {
    "the status": b"",
    "the header": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "provisional answers": b"HTTP/1.1 100 Continue\r\n\r\n",
    "what it says of an error": b"HTTP/1.1 500 Oh\r\nContent-Length: 99999\r\n\r\n",
    "the size of a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + JSON + b"\r\n",
    "the body": b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 99999\r\n\r\n",
}


class Fake:
    """A server that sends what `answer` says to each form it is sent."""

    def __init__(self) -> None:
        self.answer: Callable[[socket.socket, bytes], object] = lambda *_: None
        self.asked: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/sparql"

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                try:
                    self.answer(connection, self._form(connection))
                except OSError:
                    continue

    def _form(self, connection: socket.socket) -> bytes:
        file = connection.makefile("rb")
        length = 0
        while line := file.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        form = file.read(length)
        self.asked.append(form)
        return form


@pytest.fixture
def fake() -> Iterator[Fake]:
    server = Fake()
    yield server
    server.close()


@pytest.fixture
def store(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> RemoteStore:
    monkeypatch.setitem(servers._KNOWN, fake.address, Server(is_virtuoso=False, cap=None))
    return RemoteStore(Remote(fake.address, seconds=0.5))


def says(status: str, body: bytes, more: bytes = JSON) -> Callable[[socket.socket, bytes], object]:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n".encode()
    return lambda connection, _: connection.sendall(head + more + b"\r\n" + body)


@pytest.mark.parametrize(
    "query",
    [f"ASK {{ ?s ?p ?o{' ' * 900_000}}}", 'PREFIX a: <http://x/> ASK { ?s a:p "voir:<b> delete" }'],
    ids=["much space", "the word of an update in a string"],
)
def test_a_query_is_sent_as_one_whatever_its_strings_and_spaces_look_like(
    fake: Fake, store: RemoteStore, query: str
) -> None:
    fake.answer = says("200 OK", b'{"head":{},"boolean":true}')
    answer = store.answer(Request(read(query), Limits(seconds=20), solutions="json"))
    assert json.loads(read_whole(answer))["boolean"] is True
    assert fake.asked[-1].startswith(b"query=")


@pytest.mark.slow
@pytest.mark.parametrize("what", DRIPS)
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(
    fake: Fake, store: RemoteStore, what: str
) -> None:
    over = threading.Event()

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(DRIPS[what])
        for _ in range(200):
            if over.wait(0.05):
                return
            connection.sendall(DRIPS[what] if what.startswith("prov") else b"1")

    fake.answer = drip
    with pytest.raises(QueryTimeout):
        store.answer(Request(read("SELECT ?s { ?s ?p ?o }"), Limits(seconds=0.3)))
    assert store.running == 0
    assert not over.is_set()
    over.set()


def test_what_a_server_says_of_an_error_is_read_in_part(fake: Fake, store: RemoteStore) -> None:
    sent = [0]

    def flood(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 500 Oh\r\n\r\n")
        while sent[0] < 64 << 20:
            sent[0] += connection.send(bytes(1 << 16))

    fake.answer = flood
    with pytest.raises(StoreUnavailable, match="answered 500"):
        store.select("SELECT ?s { ?s ?p ?o }")
    assert sent[0] < 32 << 20


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Elsewhere", "308 Elsewhere"])
def test_a_redirect_is_told_and_not_followed(fake: Fake, store: RemoteStore, status: str) -> None:
    fake.answer = says(status, b"", b"Location: http://127.0.0.1:9/elsewhere\r\n")
    with pytest.raises(StoreUnavailable, match=r"redirects to http://127\.0\.0\.1:9/elsewhere"):
        store.select("SELECT ?s { ?s ?p ?o }")
    assert len(fake.asked) == 1


def test_a_server_that_wants_to_be_left_alone_is_heard(fake: Fake, store: RemoteStore) -> None:
    fake.answer = says("429 Too Many Requests", b"later", b"Retry-After: 77\r\n")
    with pytest.raises(StoreUnavailable, match="429 later") as told:
        store.select("SELECT ?s { ?s ?p ?o }")
    assert told.value.retry_after == 77


def document(rows: range) -> bytes:
    found = ",".join(ROW % n for n in rows)
    return f'{{"head":{{"vars":["s"]}},"results":{{"bindings":[{found}]}}}}'.encode()


def test_an_expression_may_have_a_pattern(fake: Fake, store: RemoteStore) -> None:
    fake.answer = says("200 OK", document(range(1)))
    assert len(store.select("SELECT (EXISTS { ?s ?p ?o } AS ?s) {}")) == 1


def test_a_result_that_one_of_ours_has_cut_is_asked_for_page_by_page(fake: Fake, store: RemoteStore) -> None:
    pages = {b"": range(4), b"OFFSET+4": range(4, 8), b"OFFSET+8": range(8, 9)}

    def page(connection: socket.socket, form: bytes) -> None:
        skip = max((key for key in pages if key in form), key=len)
        cut = JSON if skip else JSON + b"SPARQL-Truncated: rows=4\r\n"
        says("200 OK" if skip else "206 Partial Content", document(pages[skip]), cut)(connection, form)

    fake.answer = page
    found = store.select("SELECT ?s { ?s ?p ?o }")
    assert [str(row["s"]) for row in found] == [str(n) for n in range(9)]


def test_a_result_that_one_of_ours_would_break_off_is_asked_for_page_by_page(
    fake: Fake, store: RemoteStore
) -> None:
    limited = JSON + b"SPARQL-Row-Limit: 4\r\n"

    def page(connection: socket.socket, form: bytes) -> None:
        skip = next((n for n in (4, 8) if b"OFFSET+%d" % n in form), 0)
        if b"LIMIT+4" in form:
            says("200 OK", document(range(skip, min(skip + 4, 9))), limited)(connection, form)
        else:
            says("200 OK", document(range(4))[:-3] + b"!", limited)(connection, form)

    fake.answer = page
    found = store.select("SELECT ?s { ?s ?p ?o }")
    assert [str(row["s"]) for row in found] == [str(n) for n in range(9)]
    assert len(store.select("SELECT ?s { ?s ?p ?o } LIMIT 4")) == 4
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        store.select("SELECT ?s { { ?s ?p ?o } UNION { [] ?p ?s } }")


@pytest.mark.parametrize("later", [b"SPARQL-State: two\r\n", b""])
def test_pages_of_two_states_are_not_put_together(fake: Fake, store: RemoteStore, later: bytes) -> None:
    def page(connection: socket.socket, form: bytes) -> None:
        skip = 4 if b"OFFSET+4" in form else 0
        more = later if skip else b"SPARQL-State: one\r\n"
        limited = JSON + b"SPARQL-Row-Limit: 4\r\n" + more
        says("200 OK", document(range(skip, skip + 4)), limited)(connection, form)

    fake.answer = page
    with pytest.raises(StoreUnavailable, match="changed between two pages"):
        store.select("SELECT ?s { ?s ?p ?o }")


def test_a_boolean_that_breaks_off_is_none(fake: Fake, store: RemoteStore) -> None:
    def broken(connection: socket.socket, _form: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 999\r\n\r\n")
        connection.sendall(b'{"head":{},"boolean":true}')

    fake.answer = broken
    with pytest.raises(StoreUnavailable, match="broke off"):
        store.ask("ASK {}")


def breaking_off(limit: int, rows: int) -> Callable[[socket.socket, bytes], object]:
    """One of ours with a limit of rows, which streams whatever is asked."""

    def answer(connection: socket.socket, form: bytes) -> None:
        query = read(parse_qs(form.decode())["query"][0])
        skip, wanted = query.offset or 0, rows if query.limit is None else query.limit
        end = min(rows, skip + min(wanted, limit))
        body, head = document(range(skip, end)), JSON
        if wanted > limit:
            head += b"SPARQL-Row-Limit: %d\r\n" % limit
            if rows - skip > limit:
                body = body[:-3] + f"\n!!! INCOMPLETE RESULT: more than {limit} rows; add LIMIT\n".encode()
        says("200 OK", body, head)(connection, form)

    return answer


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 8, 9, 10, 4000])
def test_a_store_with_any_limit_of_rows_is_asked_page_by_page(
    fake: Fake, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_KNOWN", {})
    fresh = RemoteStore(Remote(fake.address, seconds=5))
    fake.answer = breaking_off(limit, 9)
    for _ in range(2):
        assert len(fresh.select("SELECT ?s { ?s ?p ?o } LIMIT 0")) == 0
        assert [str(row["s"]) for row in fresh.select("SELECT ?s { ?s ?p ?o }")] == [str(n) for n in range(9)]
    assert len(fresh.select("SELECT ?s { ?s ?p ?o } LIMIT 7 OFFSET 1")) == 7


@pytest.mark.parametrize("most", [3, 4, 5, 8, 9])
def test_a_limit_of_ours_cuts_where_that_of_the_store_would_break_off(
    fake: Fake, store: RemoteStore, most: int
) -> None:
    fake.answer = breaking_off(4, 9)
    answer = store.answer(Request(read("SELECT ?s { ?s ?p ?o }"), Limits(rows=most), solutions="json"))
    assert len(json.loads(read_whole(answer))["results"]["bindings"]) == most
    assert answer.outcome is not None
    assert (answer.outcome.rows, answer.outcome.is_cut) == (most, most < 9)


def test_a_limit_that_a_store_has_told_is_kept_to_from_the_start(fake: Fake, store: RemoteStore) -> None:
    fake.answer = breaking_off(4, 9)
    for expected in (4, 3):  # first the one that would be broken off, and then all pages
        fake.asked.clear()
        assert len(store.select("SELECT ?s { ?s ?p ?o }")) == 9
        assert len(fake.asked) == expected


def test_what_breaks_off_and_has_no_pages_is_too_large(fake: Fake, store: RemoteStore) -> None:
    fake.answer = breaking_off(4, 9)
    with pytest.raises(QueryTooLarge, match=r"gives 4 rows at once.*; add a LIMIT"):
        store.select("SELECT ?s { { ?s ?p ?o } UNION { [] ?p ?s } }")
    assert len(store.select("SELECT ?s { { ?s ?p ?o } UNION { [] ?p ?s } } LIMIT 4")) == 4


@pytest.mark.parametrize(
    ("head", "end"),
    [(JSON, b"\n!!! INCOMPLETE RESULT: %s\n"), (XML, b"\n<!-- INCOMPLETE RESULT: %s --><")],
    ids=["json", "xml"],
)
def test_why_a_store_of_ours_broke_off_is_told(
    fake: Fake, store: RemoteStore, head: bytes, end: bytes
) -> None:
    begun = document(range(4))[:-3] if head is JSON else (XML_HEAD + XML_ROW).encode()
    fake.answer = says("200 OK", begun + end % b"the result has more than 9 bytes", head)
    with pytest.raises(
        StoreUnavailable,
        match=r"sparql broke off its result: the result has more than 9 bytes; raise the limits",
    ):
        store.select("SELECT ?s { ?s ?p ?o }")


@pytest.mark.parametrize(
    "query", ["SELECT ?s { { ?s ?p ?o } UNION { [] ?p ?s } }", "SELECT ?s { ?s ?p ?o } ORDER BY RAND()"]
)
def test_pages_that_need_not_fit_together_are_not_put_together(
    fake: Fake, store: RemoteStore, query: str
) -> None:
    fake.answer = says("206 Partial Content", document(range(4)), JSON + b"SPARQL-Truncated: rows=4\r\n")
    with pytest.raises(QueryTooLarge, match="4 rows at once"):
        store.select(query)
    assert len(fake.asked) == 1


def test_a_second_page_that_need_not_fit_is_not_put_behind_the_first(
    fake: Fake, store: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_results, "SILENT_CAP", 4)

    def page(connection: socket.socket, form: bytes) -> None:
        says("200 OK", document(range(4, 6) if b"OFFSET+4" in form else range(4)), JSON)(connection, form)

    fake.answer = page
    assert len(store.select("SELECT ?s { ?s ?p ?o }")) == 6
    with pytest.raises(QueryTooLarge, match="need not come in the same order"):
        store.select("SELECT ?s { { ?s ?p ?o } UNION { [] ?p ?s } }")


def test_a_count_that_is_no_number_is_done_without(
    fake: Fake, store: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(servers._KNOWN, fake.address, Server(is_virtuoso=True, cap=4))
    triples = b"<http://e/s> <http://e/p> <http://e/o> .\n"

    def page(connection: socket.socket, form: bytes) -> None:
        if b"COUNT" in form:
            body = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"many"}}]}}'
            says("200 OK", body)(connection, form)
        else:
            is_first = b"OFFSET+0" in form
            kind = b"Content-Type: application/n-triples\r\n"
            says("200 OK", triples if is_first else b"", kind)(connection, form)

    fake.answer = page
    assert len(store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")) == 1
    assert len(fake.asked) == 3  # the count, and pages until one is empty


def test_a_result_that_was_cut_nobody_knows_where_is_refused(fake: Fake, store: RemoteStore) -> None:
    fake.answer = says("206 Partial Content", document(range(4)))
    with pytest.raises(StoreUnavailable, match="cut its result"):
        store.select("SELECT ?s { ?s ?p ?o }")


def test_other_variables_than_were_asked_for_are_refused(fake: Fake, store: RemoteStore) -> None:
    fake.answer = says("200 OK", document(range(4)))
    with pytest.raises(StoreUnavailable, match="other variables"):
        store.select("SELECT ?thing { ?thing ?p ?o }")
    assert len(store.select("SELECT * { ?s ?p ?o }")) == 4


def test_a_literal_too_long_for_the_parser_is_told(fake: Fake, store: RemoteStore) -> None:
    body = document(range(1)).replace(b'"0"', b'"' + b"x" * (17 << 20) + b'"')
    fake.answer = says("200 OK", body)
    with pytest.raises(StoreError):
        store.answer(Request(read("SELECT ?s { ?s ?p ?o }"), Limits()))


def test_more_than_a_page_may_take_is_refused(
    fake: Fake, store: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_WHOLE_PAGE", 1000)
    fake.answer = says("200 OK", document(range(100)))
    with pytest.raises(StoreUnavailable, match="more than 1,000 bytes"):
        store.select("SELECT ?s { ?s ?p ?o }")


def test_what_is_not_known_of_a_server_is_asked_within_the_time_of_the_query(fake: Fake) -> None:
    fresh = RemoteStore(Remote(fake.address, seconds=60))
    over = threading.Event()
    fake.answer = lambda *_: over.wait(10)
    with pytest.raises(QueryTimeout, match=r"0\.2 s"):
        fresh.answer(Request(read("ASK {}"), Limits(seconds=0.2)))
    over.set()


def test_nesting_is_told_apart_from_braces_in_literals() -> None:
    nesting = Nesting()
    for _ in range(4 * MOST):
        nesting.see(b'{"a":"{{{{\\"{{{')
        nesting.see(b'{{"}')
    deep = Nesting()
    deep.see(b'{"a":"}}}}}' + b"}" * 1000 + b'"')
    with pytest.raises(ValueError, match="nested more than"):
        deep.see(b'"b":{' * MOST)


def test_triple_terms_in_triple_terms_without_end_are_refused(fake: Fake, store: RemoteStore) -> None:
    inner = '{"type":"uri","value":"http://e/"}'
    opening = f'{{"type":"triple","value":{{"subject":{inner},"predicate":{inner},"object":'
    term = opening * 5000 + inner + "}}" * 5000
    body = document(range(1)).replace(
        json.dumps({"type": "literal", "value": "0"}, separators=(",", ":")).encode(), term.encode()
    )
    assert len(body) > 5000 * len(opening)
    fake.answer = says("200 OK", body)
    with pytest.raises(StoreUnavailable, match="nested more than"):
        store.select("SELECT ?s { ?s ?p ?o }")


@pytest.mark.parametrize(
    "term",
    ["<triple><subject>{0}</subject><predicate>{0}</predicate><object>", "<a>"],
    ids=["triple terms", "anything"],
)
def test_xml_without_end_is_refused(fake: Fake, store: RemoteStore, term: str) -> None:
    opening = term.format("<uri>http://e/</uri>") * 100_000
    fake.answer = says("200 OK", (XML_HEAD + XML_ROW.partition("<literal>")[0] + opening).encode(), XML)
    with pytest.raises(StoreUnavailable, match="nested more than"):
        store.select("SELECT ?s { ?s ?p ?o }")


@pytest.mark.parametrize("kind", ["application/n-triples", "text/turtle"])
def test_nested_triple_terms_without_end_are_refused(fake: Fake, store: RemoteStore, kind: str) -> None:
    opening, begin = "<<( <http://e/> <http://e/> ", "<http://e/> <http://e/> "
    body = f"{begin}{opening * 100_000}<http://e/>{' )>>' * 100_000} .\n"
    fake.answer = says("200 OK", body.encode(), f"Content-Type: {kind}\r\n".encode())
    with pytest.raises(StoreUnavailable, match="triple terms"):
        store.construct("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")


def test_triple_terms_in_many_lines_are_read(fake: Fake, store: RemoteStore) -> None:
    lines = "".join(
        f'<http://e/{n}> <http://e/p> <<( <http://e/> <http://e/> "{n}" )>> .\n' for n in range(900)
    )
    fake.answer = says("200 OK", lines.encode(), b"Content-Type: application/n-triples\r\n")
    answer = store.answer(Request(read("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"), Limits(), graph="ntriples"))
    assert read_whole(answer).count(b"\n") == 900


def test_a_mark_of_a_triple_term_counts_once_however_it_is_cut() -> None:
    terms = TripleTerms(in_lines=True)
    for _ in range(MOST):
        for piece in (b"<", b"<", b"( <a:a> <a:a>"):
            terms.see(piece)
    terms.see(b"\n<<(")
    with pytest.raises(ValueError, match="triple terms"):
        terms.see(b"<<(" * MOST)


@pytest.mark.parametrize("kind", ["application/sparql-results+xml", "application/rdf+xml"])
def test_a_document_type_is_refused(fake: Fake, store: RemoteStore, kind: str) -> None:
    body = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>'
    fake.answer = says("200 OK", body, f"Content-Type: {kind}\r\n".encode())
    query = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }" if "rdf" in kind else "SELECT ?s { ?s ?p ?o }"
    with pytest.raises(StoreUnavailable, match="document type"):
        store.answer(Request(read(query), Limits()))


def test_xml_that_ends_too_soon_is_refused_wherever_it_does(fake: Fake, store: RemoteStore) -> None:
    body = f"{XML_HEAD}{XML_ROW * 2}</results></sparql>".encode()
    fake.answer = lambda connection, _: connection.sendall(b"HTTP/1.1 200 OK\r\n" + XML + b"\r\n" + body)
    assert len(store.select("SELECT ?s { ?s ?p ?o }")) == 2
    for end in range(len(XML_HEAD), len(body)):
        part = body[:end]
        fake.answer = lambda connection, _, part=part: connection.sendall(
            b"HTTP/1.1 200 OK\r\n" + XML + b"\r\n" + part
        )
        with pytest.raises(StoreUnavailable):
            store.select("SELECT ?s { ?s ?p ?o }")


def test_rdf_in_xml_that_ends_too_soon_is_refused(fake: Fake, store: RemoteStore) -> None:
    body = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="a:">'
        b'<rdf:Description rdf:about="a:a"><a:p>x</a:p></rdf:Description>'
    )
    for is_whole in (True, False):
        sent = body + (b"</rdf:RDF>" if is_whole else b"")
        fake.answer = lambda connection, _, sent=sent: connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rdf+xml\r\n\r\n" + sent
        )
        if is_whole:
            assert len(store.construct("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")) == 1
        else:
            with pytest.raises(StoreUnavailable, match="not well-formed"):
                store.construct("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")


@pytest.mark.parametrize("status", ["200 OK", "206 Partial Content"])
@pytest.mark.parametrize("header", ["X-SPARQL-MaxRows: ", "SPARQL-Truncated: rows="])
def test_a_number_of_rows_that_nobody_has_is_none(
    fake: Fake, store: RemoteStore, status: str, header: str
) -> None:
    fake.answer = says(status, document(range(2)), JSON + f"{header}{'9' * 5000}\r\n".encode())
    if status.startswith("200"):
        assert len(store.select("SELECT ?s { ?s ?p ?o }")) == 2
    else:
        with pytest.raises(StoreUnavailable, match="cut its result"):
            store.select("SELECT ?s { ?s ?p ?o }")


@pytest.mark.parametrize("said", ["22012 Error SR084", "07S01 Error ", "RDF01 Error ", "37000 Error SP031"])
def test_what_virtuoso_cannot_do_is_told_without_where_it_is(
    fake: Fake, store: RemoteStore, said: str
) -> None:
    body = f"Virtuoso {said}: so it goes\n\nSPARQL query:\n#output-format:x\ndefine input:graph <urn:secret>"
    fake.answer = says("500 SPARQL Request Failed", body.encode(), b"")
    with pytest.raises(QueryFailed, match="so it goes") as told:
        store.select("SELECT ?s { ?s ?p ?o }")
    assert "127.0.0.1" not in str(told.value)
    assert "secret" not in str(told.value)


def test_a_transaction_that_virtuoso_gives_up_is_no_mistake_of_the_query(
    fake: Fake, store: RemoteStore
) -> None:
    fake.answer = says("500 Oh", b"Virtuoso S1T00 Error SR171: Transaction timed out", b"")
    with pytest.raises(StoreUnavailable):
        store.select("SELECT ?s { ?s ?p ?o }")


def test_a_query_that_a_store_does_not_take_is_told_without_where_it_is(
    fake: Fake, store: RemoteStore
) -> None:
    fake.answer = says("400 Bad", b"I do not like it", b"")
    with pytest.raises(QueryError, match="I do not like it") as told:
        store.select("SELECT ?s { ?s ?p ?o }")
    assert "127.0.0.1" not in str(told.value)


@pytest.mark.parametrize(
    "clauses", ["FROM <http://e/1> FROM <http://e/theirs> FROM NAMED <http://e/union>", ""]
)
def test_graphs_that_are_not_ours_are_not_asked_for(fake: Fake, store: RemoteStore, clauses: str) -> None:
    ours = Dataset(("http://e/union",), ("http://e/1", "http://e/2"))
    store.remote = replace(store.remote, dataset=ours)
    fake.answer = says("200 OK", document(range(1)))
    store.select(f"SELECT ?s {clauses} {{ ?s ?p ?o }}")
    form = parse_qs(fake.asked[-1].decode())
    found = form["default-graph-uri"], form["named-graph-uri"]
    assert found == (
        (["http://e/1"], [NO_GRAPH]) if clauses else (["http://e/union"], ["http://e/1", "http://e/2"])
    )


def test_a_store_that_was_not_loaded_is_asked_for_any_graph(fake: Fake, store: RemoteStore) -> None:
    fake.answer = says("200 OK", document(range(1)))
    store.select("SELECT ?s FROM <http://e/theirs> { ?s ?p ?o }")
    assert parse_qs(fake.asked[-1].decode())["default-graph-uri"] == ["http://e/theirs"]


@pytest.mark.parametrize("how", ["close", "drop", "gone"])
def test_who_leaves_closes_the_connection_to_the_other_server(
    fake: Fake, store: RemoteStore, how: str
) -> None:
    """While it sends its answer, or before."""
    noticed, asked = threading.Event(), threading.Event()
    part = document(range(100_000))[:-9]

    def wait(connection: socket.socket, _: bytes) -> None:
        connection.settimeout(30)
        with contextlib.suppress(ConnectionError):
            if how != "gone":
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + JSON + b"\r\n" + part)
            asked.set()
            assert connection.recv(1) == b""
        noticed.set()

    fake.answer = wait
    request = Request(
        read("SELECT ?s { ?s ?p ?o }"), Limits(seconds=60), is_wanted=lambda: not asked.is_set()
    )
    if how == "gone":
        with pytest.raises(ClientGone):
            store.answer(request)
    else:
        answer = store.answer(replace(request, is_wanted=always))
        next(iter(answer))
        answer.close() if how == "close" else answer.drop()  # type: ignore[attr-defined]
    assert noticed.wait(20)
    assert store.running == 0


def value(said: str) -> bytes:
    term = json.dumps({"type": "literal", "value": said})
    return f'{{"head":{{"vars":["s"]}},"results":{{"bindings":[{{"s":{term}}}]}}}}'.encode()


def test_a_literal_that_xml_cannot_hold_is_told(fake: Fake, store: RemoteStore) -> None:
    request = Request(read("SELECT ?s { ?s ?p ?o }"), Limits(), solutions="xml")
    fake.answer = says("200 OK", value("a\rb"))
    assert b"a&#13;b" in read_whole(store.answer(request))
    fake.answer = says("200 OK", value("a\x01b"))
    with pytest.raises(NotWritable, match="control character"):
        store.answer(request)
    assert store.running == 0


@pytest.mark.parametrize(
    "iri",
    ["http://e/1", "http://www.w3.org/1999/02/22-rdf-syntax-ns#li"],
    ids=["no name", "a term of its own"],
)
def test_a_property_that_rdf_xml_cannot_hold_is_told(fake: Fake, store: RemoteStore, iri: str) -> None:
    fake.answer = says("200 OK", f"<http://e/s> <{iri}> <http://e/o> .\n".encode(), NT)
    request = Request(read("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"), Limits(), graph="rdfxml")
    with pytest.raises(NotWritable, match="RDF/XML"):
        store.answer(request)


def test_more_variables_than_were_asked_for_are_refused(fake: Fake, store: RemoteStore) -> None:
    fake.answer = says("200 OK", document(range(4)).replace(b'["s"]', b'["s","t"]'))
    with pytest.raises(StoreUnavailable, match="other variables"):
        store.select("SELECT ?s { ?s ?p ?o }")


def test_each_triple_of_a_page_is_there_once(fake: Fake, store: RemoteStore) -> None:
    fake.answer = says("200 OK", b"<http://e/s> <http://e/p> <http://e/o> .\n" * 3, NT)
    assert len(store.construct("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")) == 1
