"""The words of a TEI file are read, its markup is not, and every offset stays that of the file."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.corpus.manifest import file_digest, read_documents, read_manifest
from sergekg.corpus.normalise import normalise
from sergekg.corpus.tei import read_tei
from sergekg.errors import BuildError, CorpusError, SergekgError
from sergekg.extract.quotes import find_quote
from sergekg.model.text import Document, invert

HEAD, TAIL = "<TEI><teiHeader><p>Éditeur</p></teiHeader><text><body>", "</body></text></TEI>\n"
MANIFEST = """[corpus]
name = "essai"
version = "1"
modified = "2026-05-12"
license = "https://example.org/licence"
publisher = "on"
title = {{ fr = "Essai", en = "Trial" }}
description = {{ fr = "Essai" }}

[[files]]
path = "lettre.xml"
sha256 = "{digest}"
reader = "tei"
rights = "libre"
"""
TEXT = '\n[[files.texts]]\nslug = "{slug}"\ntype = "letter"\nlanguage = "fr"\ntitle = {{ fr = "{slug}", en = "{slug}" }}\n'

Read = Callable[..., str]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """What a person reads of a TEI file with that body."""

    def reading(body: str, head: str = HEAD, tail: str = TAIL) -> str:
        path = tmp_path / "lettre.xml"
        path.write_text(head + body + tail, encoding="utf-8")
        received = read_tei(path, path.name)
        return normalise(received.text, 0, {}, received.markup).text.strip()

    return reading


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<p>Voir <ref target="http://x.fr/?a=1&amp;b=2">ici</ref></p>', "Voir ici"),
        ("<p>a <!-- M&amp;M --> b</p>", "a b"),
        ("<p>a<!-- <p> > --> b</p>", "a b"),
        ('<p n="a > b">mot</p>', "mot"),
        ("<p n='\"' rend='>'>mot</p>", "mot"),
        ("<p>a<![CDATA[ <b> &amp; c ]]>d</p>", "a <b> &amp; c d"),
        ("<p>a<![CDATA[]]>b<![CDATA[ ]]>c</p>", "ab c"),
        ("<p>a<?pi x > &amp; ?>b</p>", "ab"),
        ("<p>l&#8217;eau &amp; l&#x2019;air &lt;ici&gt;</p>", "l’eau & l’air <ici>"),
        ("<p>Qui&#160;? Lui &#8239;! Elle&#10;<hi>&#160;aussi</hi></p>", "Qui ? Lui ! Elle aussi"),
        ("<p>un<lb/>deux<lb break='no'/>trois<pb n='>' break = \"no\"/>quatre</p>", "un deuxtroisquatre"),
        ("<p>trans \n  <lb break='no'/>\nfé<hi>ré\n</hi><pb n='2' break='no'/>e</p>", "transférée"),
        ("<p>un</p>\n  <p>deux <hi>t</hi>rois</p>", "un\ndeux trois"),
        ("<p>une <choice><sic>fote</sic><corr>faute</corr></choice>.</p>", "une fote."),
        ("<p>une <choice>\n <corr>faute <hi>x</hi></corr>\n <sic>fote</sic>\n</choice>.</p>", "une fote."),
        (
            "<p><choice><abbr>M.</abbr><expan>Mon<ex>sieur</ex></expan></choice> <corr>Gide</corr></p>",
            "M. Gide",
        ),
        (
            "<p>Il a <subst><del>per<del>d</del>u &amp;</del> <add>gardé</add></subst>, <del/>lui</p>",
            "Il a gardé, lui",
        ),
        ("<p>un</p><fw type='header'>12 <hi>Titre</hi></fw><p>deux</p>", "un\ndeux"),
        ("<p>Paul<note place='foot'>Un ami.</note> part</p>", "Paul Un ami. part"),
        (
            "<epigraph><q>Qui vive ?</q><bibl><author>Hugo</author>, <date>1830</date></bibl></epigraph>",
            "Qui vive ? Hugo, 1830",
        ),
        (
            "<titlePage><docAuthor>Serge</docAuthor><docImprint><pubPlace>Paris</pubPlace><x:publisher >Grasset</x:publisher ><docDate>1936</docDate></docImprint></titlePage>",
            "Serge\nParis Grasset 1936",
        ),
        ("<p>(<q>Non</q>), de <pubPlace>Par<hi>i</hi><hi>s</hi></pubPlace><bibl/>.</p>", "(Non), de Paris."),
        ("<p>Un <figure><figDesc>Portrait</figDesc></figure>soir</p>", "Un soir"),
        ("<p>l’<app><lem>un</lem><rdg>autre</rdg></app>.</p>", "l’un."),
        (
            "<p>l’<app>\n <lem/>\n <rdg>autre</rdg> <rdgGrp><rdg>un</rdg></rdgGrp>\n <wit>A</wit>\n</app>.</p>",
            "l’.",
        ),
        (
            "<p>l’<app><rdgGrp>\n<rdg>u<hi>n</hi></rdg> <rdg>autre</rdg></rdgGrp><rdg>x</rdg></app>.</p>",
            "l’un.",
        ),
        ("<p><app><lem>l’<app><lem>un</lem><rdg>autre</rdg></app></lem><rdg>x</rdg></app>.</p>", "l’un."),
        ("<p>révo<note>Voir là</note><pb break='no'/>lution</p>", "révo Voir là lution"),
        ("<p>révo<pb break='no'/>\n<note>Voir là</note>lution</p>", "révo Voir là lution"),
        ("<p>révo<pb break='no'/><lb/>lution</p>", "révolution"),
        ("<address><addrLine>1, rue X</addrLine><addrLine>Paris</addrLine></address>", "1, rue X\nParis"),
        ("<p><note:hi xmlns:note='x'>un</note:hi>deux</p>", "undeux"),
    ],
)
def test_words_are_read_and_markup_is_not(read: Read, body: str, words: str) -> None:
    assert read(body) == words


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("\n\n" + HEAD, TAIL),
        ("\ufeff" + HEAD, TAIL),
        ('<!DOCTYPE TEI [<!ENTITY x "<text>non</text>"> <!-- <text> -->]>' + HEAD, TAIL),
        (
            HEAD.replace("<TEI>", "<t:TEI xmlns:t='é'>").replace("<text>", "<t:text>"),
            "</body></t:text></t:TEI>",
        ),
        ("<teiCorpus>" + HEAD, TAIL + "<TEI><teiHeader>non</teiHeader></TEI></teiCorpus>"),
    ],
    ids=["blank lines", "byte order mark", "doctype", "prefix", "corpus"],
)
def test_only_what_stands_in_the_text_element_is_read(read: Read, head: str, tail: str) -> None:
    assert read("<p>mot</p>", head, tail) == "mot"


def test_texts_of_a_corpus_file_are_read_without_the_headers_between_them(read: Read) -> None:
    second = HEAD.removeprefix("<TEI>")
    whole = read(
        f"<p>un</p></body></text></TEI><TEI>{second}<p>deux</p>", "<teiCorpus>" + HEAD, TAIL + "</teiCorpus>"
    )
    assert whole == "un\ndeux"


@pytest.mark.parametrize("body", ["", "<p> <lb/>&#160;<![CDATA[ ]]></p>"])
def test_a_file_without_words_is_refused(read: Read, body: str) -> None:
    with pytest.raises(CorpusError, match=r"lettre\.xml: no TEI <text> with words in it"):
        read(body)


DOCTYPE = '<!DOCTYPE TEI [<!ENTITY s "Victor &n; &amp; l&#x2019;I.C.">\n<!ENTITY n "Serge"><!ENTITY m "<hi>x</hi>">]>\n'


def test_an_entity_is_read_as_the_words_that_the_file_gives_it(read: Read) -> None:
    assert read("<p>&s;, &n;</p>", DOCTYPE + HEAD) == "Victor Serge & l’I.C., Serge"


@pytest.mark.parametrize(
    ("doctype", "name", "what"),
    [
        (DOCTYPE, "m", "holds markup"),
        ('<!DOCTYPE TEI SYSTEM "x.dtd">\n\n', "inconnue", "is not declared in the file"),
    ],
)
def test_an_entity_without_words_is_told_with_its_line(
    read: Read, doctype: str, name: str, what: str
) -> None:
    with pytest.raises(CorpusError, match=rf"lettre\.xml:4: the entity &{name}; {what}; write its words"):
        read(f"<p>\n&{name};</p>", doctype + HEAD)


@pytest.mark.parametrize("encoding", ["utf8", "iso-8859-1", "Shift_JIS", "foo"])
def test_a_file_in_utf_8_is_read_whatever_its_declaration_says(read: Read, encoding: str) -> None:
    assert read("<p>été</p>", head=f'<?xml version="1.0" encoding="{encoding}"?>{HEAD}') == "été"


def test_a_file_that_is_not_well_formed_is_refused_with_its_line(read: Read) -> None:
    with pytest.raises(CorpusError, match=r"lettre\.xml:2: not well-formed XML: mismatched tag"):
        read("<p>\n</q>")


PIECES = st.sampled_from(
    [*("mot", " ", "\n", "\u00a0", "&amp;", "&#160;", "&#8217;", "<lb/>", "<hi n='>'>x</hi>", "<p>y</p>"),
     *("<!-- &amp; <p> -->", "<?x &amp;?>", "<![CDATA[ <p> &amp;]]>", "<![CDATA[]]>", "\u2009"),
     *("<del>a <hi>b</hi></del>", "<choice> <sic>a</sic> <corr>b</corr></choice>", "<lb break='no'/>", "<note>n</note>"),
     *("<q>n</q>", "<bibl>n</bibl>", "<app> <lem>a</lem><rdg>b <hi>c</hi></rdg> <rdg/></app>", "<app><rdgGrp> <rdg/></rdgGrp></app>")]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30))
def test_any_mixture_inverts_and_its_edits_are_of_the_file_and_apart(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    path = tmp_path_factory.mktemp("tei") / "lettre.xml"
    path.write_text(HEAD + "mot" + "".join(pieces) + TAIL, encoding="utf-8")
    received = read_tei(path, path.name)
    source = received.text.strip()
    reading = normalise(source, 0, {}, received.markup)
    assert invert(reading) == source
    assert all(source[edit.start : edit.end] == edit.old for edit in reading.edits)
    assert all(one.end <= two.start for one, two in pairwise(reading.edits))
    assert reading.text == reading.text.strip()


def documents(corpus: Path, source: str, *begins: str) -> list[Document]:
    """The texts of a file, one for each heading, or one that is the whole file."""
    corpus.mkdir(exist_ok=True)
    (corpus / "lettre.xml").write_text(source, encoding="utf-8")
    manifest = MANIFEST.format(digest=file_digest(source.encode()))
    for number, heading in enumerate(begins or ("",)):
        manifest += TEXT.format(slug=f"t-{number}") + (f'begins = "{heading}"\n' if heading else "")
    (corpus / "manifest.toml").write_text(manifest, encoding="utf-8")
    problems: list[SergekgError] = []
    found = read_documents(corpus, read_manifest(corpus), {}, problems)
    if problems:
        raise BuildError(problems)
    return found


@pytest.mark.parametrize("before", ["", "\n", "\n \t\n"])
def test_blank_lines_before_the_file_leave_its_header_unread(tmp_path: Path, before: str) -> None:
    (document,) = documents(tmp_path, before + HEAD + "<p>Chère Jeanne</p>" + TAIL)
    assert document.reading.text == "Chère Jeanne"
    span = find_quote(document, "Jeanne")
    assert document.file.text[span.start : span.end] == "Jeanne"
    assert invert(document.reading) == document.source


@pytest.mark.parametrize("gap", ["", "\n  "])
def test_two_texts_of_a_file_are_parted_without_the_markup_between_them(tmp_path: Path, gap: str) -> None:
    body = f"<div><head>LETTRE UN</head><p>Oui.</p>{gap}</div>{gap}<div><head>{gap}LETTRE\n DEUX</head><p>Non.</p></div>"
    one, two = documents(tmp_path, HEAD + body + TAIL, "LETTRE UN", "LETTRE DEUX")
    assert one.reading.text == "LETTRE UN\nOui."
    assert two.reading.text == "LETTRE DEUX\nNon."
    assert [division.kind for division in one.divisions] == ["heading", "paragraph"]
    for document in (one, two):
        assert invert(document.reading) == document.source


def test_a_head_that_the_manifest_gives_as_the_beginning_of_a_text_is_a_heading(tmp_path: Path) -> None:
    body = "<div><head>Lettre un</head><p>Oui.</p></div><div><head>\n<hi>Lettre deux</hi></head><p>Non.</p></div>"
    for document in documents(tmp_path, HEAD + body + TAIL, "Lettre un", "Lettre deux"):
        kinds = [division.kind for division in document.divisions]
        assert kinds == ["heading", "paragraph"]
        assert invert(document.reading) == document.source


def test_a_head_is_a_heading_wherever_it_stands(tmp_path: Path) -> None:
    body = "<head>Lettre à <hi>Paul</hi></head><p>Oui.</p><div><head>Suite</head>\n <p>Non.</p></div><head/><p>Si.</p>"
    (document,) = documents(tmp_path, HEAD + body + TAIL)
    assert document.reading.text.split("\n") == ["Lettre à Paul", "Oui.", "Suite", "Non.", "Si."]
    kinds = [division.kind for division in document.divisions]
    assert kinds == ["heading", "paragraph", "heading", "paragraph", "paragraph"]
