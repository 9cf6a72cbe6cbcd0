"""A deadline is over for whoever asks, and says so."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from typing import Any

import pytest

from sergekg.store.deadline import Deadline, open_within


def test_a_name_that_is_found_too_late_is_a_timeout_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline.after(5.0)
    found = socket.getaddrinfo("127.0.0.1", 9, type=socket.SOCK_STREAM)

    def late(*_: Any, **__: Any) -> Any:
        deadline.end -= 5.0
        return found

    monkeypatch.setattr("socket.getaddrinfo", late)
    with pytest.raises(urllib.error.URLError, match="5 s are over") as caught:
        open_within(urllib.request.Request("http://a.example/"), deadline)
    assert isinstance(caught.value.reason, TimeoutError)
