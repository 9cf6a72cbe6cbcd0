"""A crowd holds who is there, and remembers nobody who was."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from sergekg.web.crowd import Crowd


def test_a_crowd_has_so_many_of_one_client_and_so_many_in_all() -> None:
    crowd = Crowd(2, 3, ("yours", "all"), retry_after=1)
    for client in ("a", "a", "b"):
        crowd.enter(client)
    with pytest.raises(TooManyRequests, match="yours"):
        crowd.enter("a")
    with pytest.raises(ServiceUnavailable, match="all"):
        crowd.enter("c")
    crowd.leave("a")
    crowd.enter("c")


def test_who_has_left_is_forgotten() -> None:
    crowd = Crowd(1, 1, ("", ""), retry_after=1)
    for client in ("a", "b"):
        with crowd.joined(client):
            assert len(crowd._counts) == 1
    assert not crowd._counts
