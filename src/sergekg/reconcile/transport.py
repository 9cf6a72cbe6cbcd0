"""Asks Wikimedia's services as their rules want: one request at a time, by name, patiently, and never twice.

The rules (wikitech Robot policy, MediaWiki API:Etiquette, Wikidata Query Service limits): a User-Agent with a
contact, gzip, serial requests, `maxlag`, and Retry-After obeyed. Good answers are kept in a cache of one JSON
file each (requests-cache), which can be committed, copied and replayed offline; a run that was stopped asks
only what it had not asked before.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from sergekg import __version__
from sergekg.errors import ExtraMissing, ReconciliationError

ATTEMPTS = 6
FIRST_WAIT = 1.0
"""Seconds before the second attempt; each wait is twice the one before."""
LONGEST_WAIT = 300.0
"""Seconds; a service that wants more is asked another day."""
REDIRECTS = 5
MOST_BYTES = 64 << 20
"""Of one answer, when it is unpacked."""
_PIECE = 1 << 16
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE = "no-such-entity"
_AGAIN_CODES = frozenset({"maxlag", "ratelimited", "readonly", "internal_api_error_DBQueryError"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON that a service gave, when it was fetched, and whether from the cache."""

    data: Any
    fetched: datetime
    is_cached: bool


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An answer that cannot be used: why, whether to ask again, and after how many seconds."""

    what: str
    is_passing: bool
    wait: float | None = None
    remedy: str = "run the command again: what was found is kept"


class _TooLargeError(Exception):
    """An answer has more bytes than are read."""


class GoneError(ReconciliationError):
    """The service says that there is no such thing."""


@dataclass
class Transport:
    """Fetches JSON over HTTP, through a cache.

    Attributes:
        cache: the directory of the cache; made if it does not exist.
        contact: an address or a page where the operator can be reached.
        is_offline: answer from the cache or not at all.
        max_age: seconds that an answer from the cache may be old; None for any age.
        timeout: seconds that a connection may stay silent.
        longest: seconds that one answer may take to arrive.
        sleep: stands for `time.sleep`.
        tell: is told of every wait.
    """

    cache: Path
    contact: str
    is_offline: bool = False
    max_age: float | None = None
    timeout: float = 65.0
    longest: float = 300.0
    sleep: Callable[[float], None] = time.sleep
    tell: Callable[[str], None] = lambda _: None
    asked: int = field(default=0, init=False)
    """How many requests went over the network."""

    def __post_init__(self) -> None:
        try:
            import requests
            import requests_cache
        except ImportError as cause:
            what = "the cache of what Wikidata answered" if self.is_offline else "asking Wikidata"
            raise ExtraMissing(what, "reconcile") from cause
        self._troubles = (requests.RequestException, OSError)
        self._session = requests_cache.CachedSession(
            str(self.cache),
            backend="filesystem",
            serializer="json",
            use_temp=False,
            expire_after=requests_cache.NEVER_EXPIRE,
            ignored_parameters=["maxlag"],
            filter_fn=_is_kept,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _bounded_adapter(self.longest))
        self._session.headers["User-Agent"] = user_agent(self.contact)

    def get(self, url: str, parameters: Mapping[str, str], *, accept: str = "application/json") -> Answer:
        """The JSON object at an address.

        Raises:
            GoneError: 404 or 410.
            ReconciliationError: it was refused for good, or every attempt failed.
        """
        wait = FIRST_WAIT
        for attempt in range(1, ATTEMPTS + 1):
            found = self._attempt(url, parameters, accept)
            if isinstance(found, Answer):
                return found
            host = urlsplit(url).netloc
            pause = wait if found.wait is None else found.wait
            if not found.is_passing or attempt == ATTEMPTS or pause > LONGEST_WAIT:
                late = (
                    f" and wants {pause:.0f} s of rest" if found.is_passing and pause > LONGEST_WAIT else ""
                )
                tries = f" ({attempt} attempts)" if attempt > 1 else ""
                raise ReconciliationError(f"{host} {found.what}{late}{tries}", remedy=found.remedy)
            self.tell(f"{host} {found.what}: waiting {pause:.0f} s")
            self.sleep(pause)
            wait *= 2
        raise AssertionError("unreachable")

    def _ask(self, url: str, query: Mapping[str, str], accept: str) -> Any:
        """The response of the cache, unless it is too old; then of the service."""
        options: dict[str, Any] = {
            "params": query,
            "headers": {"Accept": accept},
            "timeout": self.timeout,
            "allow_redirects": False,
        }
        response = self._session.get(url, only_if_cached=self.is_offline, **options)
        if self.is_offline or self.max_age is None or not _is_older(response, self.max_age):
            return response
        return self._session.get(url, force_refresh=True, **options)

    def _attempt(self, url: str, parameters: Mapping[str, str], accept: str) -> Answer | _Refusal:
        origin, target, query = urlsplit(url).netloc, url, dict(parameters)
        for _ in range(REDIRECTS):
            try:
                response = self._ask(target, query, accept)
            except _TooLargeError:
                return _Refusal(f"answers with more than {MOST_BYTES:,} bytes", is_passing=False)
            except self._troubles as cause:
                return _Refusal(f"does not answer ({type(cause).__name__})", is_passing=True)
            except ValueError:  # requests looks at it before we do
                return _Refusal("redirects to what is no address", is_passing=True)
            is_cached = bool(getattr(response, "from_cache", False))
            self.asked += not is_cached
            if self.is_offline and response.status_code == 504:
                what = "was not asked this before, and the run is offline"
                return _Refusal(what, is_passing=False, remedy="run it once without --offline")
            if response.is_redirect:
                target, query = urljoin(target, response.headers["Location"]), {}
                if urlsplit(target).netloc != origin:
                    what = f"sends elsewhere, to {urlsplit(target).netloc}"
                    return _Refusal(what, is_passing=False, remedy="check the address in the settings")
                continue
            if response.status_code in (404, 410):
                raise GoneError(f"{origin} has nothing at {urlsplit(target).path}")
            if refusal := _judge(response):
                return refusal
            created = getattr(response, "created_at", None) or datetime.now(UTC)
            return Answer(response.json(), created, is_cached)
        return _Refusal(f"redirects more than {REDIRECTS} times", is_passing=False)


def _bounded_adapter(seconds: float) -> Any:
    """What sends requests, and reads each answer whole within its bounds: gzip makes much of little."""
    import requests.adapters
    import urllib3

    class Adapter(requests.adapters.HTTPAdapter):
        def send(self, *arguments: Any, **options: Any) -> requests.Response:
            end = time.monotonic() + seconds
            response = super().send(*arguments, **options)
            body = bytearray()
            try:
                while data := response.raw.read1(_PIECE, decode_content=True):
                    body += data
                    if len(body) > MOST_BYTES:
                        raise _TooLargeError
                    if time.monotonic() > end:
                        raise TimeoutError
            except urllib3.exceptions.HTTPError as cause:  # as requests itself says it where it reads a body
                response.close()
                raise requests.ConnectionError(cause) from cause
            except BaseException:
                response.close()
                raise
            response._content, response._content_consumed = bytes(body), True  # type: ignore[attr-defined]
            return response

    return Adapter()


def _is_older(response: Any, seconds: float) -> bool:
    created = getattr(response, "created_at", None)
    return bool(getattr(response, "from_cache", False)) and (
        created is None or (datetime.now(UTC) - created).total_seconds() > seconds
    )


def user_agent(contact: str) -> str:
    """The name that every request bears (Wikimedia User-Agent policy)."""
    return f"sergekg/{__version__} (https://w3id.org/sergekg/; {contact or 'no contact given'})"


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header, a number or a date (RFC 9110, 10.2.3); None where it says nothing."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _judge(response: Any) -> _Refusal | None:
    """What is wrong with an answer; None where it can be used and kept."""
    wait = retry_after(response.headers.get("Retry-After"))
    status = response.status_code
    if status in _AGAIN:
        return _Refusal("asks to slow down" if status == 429 else f"answers {status}", True, wait)
    if status == 403:
        return _Refusal(
            "refuses us (403)", False, remedy="set `contact` to an address of yours, or wait a day"
        )
    if status in (301, 302, 303, 307, 308, 404, 410):
        return None
    if status != 200:
        return _Refusal(f"answers {status}", False, remedy="check the request with --debug")
    if "html" in response.headers.get("Content-Type", "") or response.text.lstrip()[:1] == "<":
        return _Refusal("answers a page instead of data", True, wait)
    try:
        data = response.json()
    except (ValueError, RecursionError):
        return _Refusal("answers JSON that breaks off", True, wait)
    error = data.get("error") if isinstance(data, dict) else {"info": "no JSON object"}
    if not error:
        return None
    if not isinstance(error, dict):
        error = {"info": error}
    code, info = str(error.get("code", "")), str(error.get("info", error))
    if code in _AGAIN_CODES:
        return _Refusal(f"is busy ({code})", True, wait)
    if code == _GONE:
        return None
    return _Refusal(f"says: {info}", False, remedy="check the request with --debug")


def _is_kept(response: Any) -> bool:
    """Whether an answer is worth keeping; that there is no such thing may be otherwise the next time."""
    if response.status_code != 200 or _judge(response):
        return False
    error = response.json().get("error")
    return not (isinstance(error, dict) and error.get("code") == _GONE)
