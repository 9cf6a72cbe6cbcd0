"""The index of names and quotes of one release: SQLite's FTS5, in a file that can be made again."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sergekg.errors import QueryTooLarge, StoreError
from sergekg.files import written_whole
from sergekg.model.folding import skeleton
from sergekg.store.base import Store
from sergekg.store.functions import columns, words_asked
from sergekg.store.substrings import NAMES
from sergekg.store.textsearch import MOST, PROPERTIES, Within, by_function

_LOG = logging.getLogger(__name__)
_NAMES = f"?thing {'|'.join(NAMES)} ?text"
_ALL = f"SELECT ?thing ?text {{ ?thing {'|'.join(PROPERTIES)} ?text FILTER(ISIRI(?thing)) }}"
_PATIENCE, _PAUSE = 10.0, 60.0
"""Seconds from its beginning that searches wait for an index, and after which one is tried again."""
_FORGOTTEN = 30 * 86_400
"""Seconds after which an index that nobody has read is taken away."""
_FORM = 3
"""Of the index; another number makes every index anew."""


class TextIndex:
    """Names and quotes of one release, by their folded words and by what transliterations leave of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path, store: Store) -> TextIndex:
        """The index at a path, made from a store where there is none of today's form yet.

        Raises:
            OSError: it cannot be written there.
        """
        if not _is_index(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with written_whole(path, is_cache=True) as file:  # what cannot be written costs no reading
                    rows = ((str(row["thing"]), str(row["text"])) for row in store.select(_ALL))
                    _build(Path(file.name), rows)
                    others = f"SELECT ?thing {{ {_NAMES} FILTER(!ISIRI(?thing)) }} LIMIT 1"
                    if not store.select(others):  # VALUES name IRIs alone
                        names = store.select(f"SELECT ?thing ?text {{ {_NAMES} }}")
                        _build_names(Path(file.name), ((str(n["thing"]), str(n["text"])) for n in names))
            except sqlite3.Error as cause:  # a full disk, for one
                raise OSError(f"{path.name}: {cause}") from cause
        return cls(path)

    def find(self, words: str) -> list[str]:
        """The IRIs of what matches all the words.

        Raises:
            QueryTooLarge: that is more than anybody could use.
            OSError: the index is gone, or damaged.
        """
        wanted = words_asked(words)
        if not wanted:
            return []
        spoken = " OR ".join(f"({' AND '.join(map(_either, one))})" for one in wanted)
        try:
            with closing(_connect(self.path)) as file:
                rows = file.execute(
                    "SELECT DISTINCT thing FROM words WHERE words MATCH ? LIMIT ?", (spoken, MOST + 1)
                ).fetchall()
        except sqlite3.Error as cause:
            raise OSError(f"{self.path.name}: {cause}") from cause
        if len(rows) > MOST:
            raise QueryTooLarge(
                f"more than {MOST:,} things match {words[:80]!r}", remedy="give more, or longer, words"
            )
        return [thing for (thing,) in rows]

    def containing(self, letters: str, most: int) -> list[str] | None:
        """See `substrings.Find`.

        Raises:
            OSError: the index is gone, or damaged.
        """
        quoted = letters.replace('"', '""')
        try:
            with closing(_connect(self.path)) as file:
                if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'names'").fetchone():
                    return None
                rows = file.execute(
                    "SELECT DISTINCT thing FROM names WHERE names MATCH ? LIMIT ?", (f'"{quoted}"', most + 1)
                ).fetchall()
        except sqlite3.Error as cause:
            raise OSError(f"{self.path.name}: {cause}") from cause
        return [thing for (thing,) in rows] if len(rows) <= most else None

    def pattern(self, variable: str, words: str, within: Within = None) -> str:
        """VALUES of what is found; the index does not know which graph a name is from."""
        if within is not None:
            return by_function(variable, words, within)
        return f"VALUES {variable} {{ {' '.join(f'<{iri}>' for iri in self.find(words))} }} "


class Searches:
    """Searches of one release: by an index that is made when it is first needed, else by reading every name.

    A thread of its own makes it; searches wait for that in its first seconds only. What cannot be made is
    tried again later, and an index that has gone or is damaged is made anew.

    Args:
        path: where the index is kept, in a directory for indexes alone: what nobody uses there goes.
        store: what it is made from.
    """

    def __init__(self, path: Path, store: Store) -> None:
        self._path, self._store = path, store
        self._lock = threading.Lock()
        self._index: TextIndex | None = None
        self._made: threading.Event | None = None
        self._next_try = self._waited_for = 0.0

    def pattern(self, variable: str, words: str, within: Within = None) -> str:
        """See `Pattern`."""
        index = self._opened() if within is None else None
        if index is not None:
            try:
                return index.pattern(variable, words, within)
            except OSError as error:
                _LOG.warning("the index of the text cannot be read (%s); it is made anew", error)
                self._forget(index)
        return by_function(variable, words, within)

    def containing(self, letters: str, most: int) -> list[str] | None:
        """See `substrings.Find`; nobody waits for an index that is being made."""
        index = self._opened(is_patient=False)
        if index is None:
            return None
        try:
            return index.containing(letters, most)
        except OSError as error:
            _LOG.warning("the index of the text cannot be read (%s); it is made anew", error)
            self._forget(index)
        return None

    def _opened(self, *, is_patient: bool = True) -> TextIndex | None:
        with self._lock:
            now = time.monotonic()
            if self._index is None and self._made is None and now >= self._next_try:
                self._made, self._waited_for = threading.Event(), now + _PATIENCE
                threading.Thread(target=self._make, name="text index", daemon=True).start()
            made = self._made
        if made is not None and is_patient:
            made.wait(max(self._waited_for - now, 0))
        return self._index

    def _forget(self, index: TextIndex) -> None:
        """Have an index made anew that cannot be read, unless another thread did."""
        with self._lock, contextlib.suppress(OSError):
            if self._index is index:
                self._index = None
                self._path.unlink(missing_ok=True)

    def _make(self) -> None:
        try:
            self._index = TextIndex.open(self._path, self._store)
            self._tidy()
        except (OSError, StoreError) as error:
            self._next_try = time.monotonic() + _PAUSE
            _LOG.warning("no index of the text can be kept (%s); searches read every name", error)
        finally:
            with self._lock:
                made, self._made = self._made, None
            if made is not None:
                made.set()

    def _tidy(self) -> None:
        """Take away what nobody has searched for long: indexes of other releases, and unfinished ones."""
        with contextlib.suppress(OSError):
            for other in self._path.parent.iterdir():
                if other != self._path and time.time() - other.stat().st_atime > _FORGOTTEN:
                    other.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)


def _either(word: str) -> str:
    bone = skeleton(word)
    by_bones = f' OR {{bones}} : "{bone}"' if bone else ""
    return f'({{folded}} : "{word}" *{by_bones})'


def _is_index(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with closing(_connect(path)) as file:
            return bool(file.execute("PRAGMA user_version").fetchone() == (_FORM,))
    except sqlite3.DatabaseError:  # damaged, or another's
        return False


def _build(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("PRAGMA synchronous = OFF")
        file.execute(f"PRAGMA user_version = {_FORM}")
        # the words come cut: this tokenizer parts them at the spaces between them and nowhere else
        file.execute(
            "CREATE VIRTUAL TABLE words USING fts5(thing UNINDEXED, folded, bones, tokenize = ascii)"
        )
        file.executemany(
            "INSERT INTO words VALUES (?, ?, ?)", ((thing, *columns(text)) for thing, text in rows)
        )


def _build_names(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """An index of every three letters of the names, where SQLite can make one."""
    if sqlite3.sqlite_version_info < (3, 34):
        return
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("PRAGMA synchronous = OFF")
        file.execute("CREATE VIRTUAL TABLE names USING fts5(thing UNINDEXED, name, tokenize = trigram)")
        file.executemany(
            "INSERT INTO names VALUES (?, ?)",
            ((thing, text.lower().replace("\0", " ")) for thing, text in rows),
        )
