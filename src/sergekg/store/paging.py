"""The query for one page of the solutions of another, where a server gives them in another order each time.

All solutions are sorted within, by what the query says and then by every variable: only equal ones change
places. The page is cut from outside, because Virtuoso sorts no more than ten thousand for a LIMIT.
"""

from __future__ import annotations

from collections.abc import Sequence

from sergekg.store.analysis import Query
from sergekg.store.counting import end_of_head
from sergekg.store.rendering import Edit, Rendering, render


def sorted_page(query: Query, variables: Sequence[str], skip: int, most: int) -> Rendering:
    """The query for at most `most` of its solutions after the first `skip`.

    Args:
        variables: of a SELECT those that it gives, of another form `templated`.
    """
    names = " ".join(f"?{name}" for name in variables)
    if query.form == "SELECT":
        head, opening = query.begin, f"SELECT {names} WHERE {{ {{ "
    else:
        head, opening = end_of_head(query, query.begin) or query.begin, f"WHERE {{ {{ SELECT {names} "
    begin, last = query.tokens[head].start, query.tokens[-1].end
    left = most if query.limit is None else min(query.limit - skip, most)
    edits, end, is_sorted = _without_slice(query)
    return render(
        query.source,
        [
            *edits,
            *query.edits,
            Edit(begin, begin, opening),
            Edit(end, end, f" {names} " if is_sorted else f" ORDER BY {names} "),
            Edit(last, last, f" }} }} LIMIT {left} OFFSET {(query.offset or 0) + skip}"),
        ],
    )


def templated(query: Query) -> list[str]:
    """The variables that a CONSTRUCT or a DESCRIBE makes triples of; none where it does not name them."""
    end = end_of_head(query, query.begin)
    tokens = query.tokens[query.begin : end]
    return list(dict.fromkeys(token.text[1:] for token in tokens if token.kind == "variable"))


def triples_of_one(query: Query) -> int:
    """How many triples one solution of a query may make at most: those of the template of a CONSTRUCT.

    Each ends with an object, behind which a mark stands; brackets and lists make more of their own. One for
    DESCRIBE, whose solutions make any number.
    """
    if query.form != "CONSTRUCT":
        return 1
    tokens = query.tokens[query.begin :]
    begin = next(index for index, token in enumerate(tokens) if token.text == "{")
    found, depth, lists = 1, 0, 0
    for token in tokens[begin:]:
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            break
        lists += (token.text == "(") - (token.text == ")")
        if token.kind != "mark":
            found += 2 if lists else 0
        elif token.text in _MADE:
            found += _MADE[token.text]
    return found


_MADE = {".": 1, ";": 1, ",": 1, "[": 3, "(": 3, "<<": 2, "{|": 3, "~": 2}
"""Marks of a template, and the triples that they stand for at most, an element of a list among them."""


def _without_slice(query: Query) -> tuple[list[Edit], int, bool]:
    """Edits that take the outermost LIMIT and OFFSET out, where ORDER BY ends, and whether it is there."""
    edits: list[Edit] = []
    depth, end, is_sorted = 0, query.tokens[-1].end, False
    for index in range(query.begin, len(query.tokens)):
        token = query.tokens[index]
        if token.kind == "mark":
            depth += (token.text in "({[") - (token.text in ")}]")
        elif depth == 0 and token.kind == "word":
            if token.text in ("LIMIT", "OFFSET"):
                edits.append(Edit(token.start, query.tokens[index + 1].end, ""))
            elif token.text == "VALUES":
                end = query.tokens[index - 1].end
                break
            is_sorted |= token.text == "ORDER"
    return edits, end, is_sorted
