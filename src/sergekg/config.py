"""`sergekg.toml`, then `SERGEKG_*`, then options of a command make one frozen `Config`."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs
import pyoxigraph as ox
from rapidfuzz import fuzz, process

from sergekg.assets import asset_dir
from sergekg.errors import ConfigError, Location

FILE_NAME = "sergekg.toml"


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning})


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting. Paths are absolute once loaded; each field's `help` is its line in docs/settings.md."""

    base: str = _setting("https://w3id.org/sergekg/", "the start of every IRI of the data; ends with a slash")
    corpus: Path = _setting(
        Path("data"), "the directory of one corpus: manifest, texts, annotations, entities"
    )
    mappings: Path = _setting(Path("data/mappings"), "the directory of the SSSOM files")
    ontology: Path = _setting(Path("ontology"), "the directory of the ontology")
    shapes: Path = _setting(Path("shapes"), "the directory of the SHACL shapes")
    queries: Path = _setting(Path("queries"), "the directory of the stored queries")
    var: Path = _setting(Path("var"), "where releases and the build's cache are kept")
    jobs: int = _setting(1, "how many texts are built at once, each in a process of its own")
    host: str = _setting("127.0.0.1", "the address that `serve` listens on")
    port: int = _setting(8000, "the port that `serve` listens on")
    store: str = _setting(
        "release",
        "`release` (in memory if it is small, else on disk), `disk`, `memory`, `rdflib`, "
        "a release directory, or a SPARQL 1.1 URL",
    )
    workers: int = _setting(1, "how many web processes `serve` starts")
    hosts: tuple[str, ...] = _setting(
        (), "host names that `serve` answers to, parted by commas; default any, or on the loopback its own"
    )
    proxies: tuple[str, ...] = _setting(
        ("127.0.0.0/8", "::1"), "addresses or networks of proxies whose X-Forwarded-* headers count"
    )
    timeout: float = _setting(30.0, "seconds that a query may run")
    wikidata: str = _setting("https://www.wikidata.org", "the site that `reconcile` asks for items")
    wikidata_query: str = _setting(
        "https://query.wikidata.org/sparql", "the SPARQL endpoint that `reconcile` asks"
    )
    wikidata_cache: Path = _setting(Path("var/wikidata"), "where the answers of Wikidata are kept")
    contact: str = _setting("", "an address or page of yours, told to Wikidata with every request")
    max_rows: int = _setting(1_000_000, "solutions that a SELECT may give; what is cut says so")
    max_bytes: int = _setting(1 << 30, "bytes that a result may have")
    max_query: int = _setting(1 << 20, "bytes that a query with its parameters may have")
    max_upload: int = _setting(64 << 20, "bytes that an update or a graph sent for writing may have")
    query_memory: int = _setting(1024, "MiB that one query may take beyond its share of the store")
    max_queries: int = _setting(8, "queries that run at once, in all web processes; 64 in each at most")
    max_queries_per_client: int = _setting(4, "of these, queries of one client")
    answer_cache: int = _setting(
        64,
        "MiB that each web process keeps of results, of bodies, of responses; 0 keeps none",
    )
    services: tuple[str, ...] = _setting(
        (), "endpoints that a query may ask by SERVICE, each a whole https IRI; none by default"
    )
    query_log: Path | None = _setting(
        None, "a file that takes down each query with its timing, and never who asked"
    )
    writable: bool = _setting(False, "whether /update and /graph-store take writes from who has the token")
    token_file: Path | None = _setting(None, "the file with the token for writing; else SERGEKG_TOKEN")
    empty: bool = _setting(False, "whether `serve` starts a blank store in memory, for trials")
    gate: bool = _setting(True, "whether what is written has to conform to the shapes before it is visible")
    default_graph: str | None = _setting(
        None, "`union` of the named graphs, or with `empty`, by default, `unnamed`: a graph of its own"
    )

    @property
    def has_union(self) -> bool:
        """Whether the default graph is the union of the named ones."""
        return not self.empty if self.default_graph is None else self.default_graph == "union"

    @property
    def releases(self) -> Path:
        """Where releases are kept, each under its digest."""
        return self.var / "releases"

    @property
    def cache(self) -> Path:
        """Where the build keeps what it made, by the digest of what it made it from."""
        return self.var / "cache"


_VARIABLE = "SERGEKG_"
_PATHS = (
    "corpus", "mappings", "ontology", "shapes", "queries", "var", "wikidata_cache", "query_log", "token_file",
)  # fmt: skip
_POSITIVE = (
    "jobs", "workers", "timeout", "max_rows", "max_bytes", "max_query", "max_upload", "query_memory",
    "max_queries", "max_queries_per_client",
)  # fmt: skip


_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")
_LONGEST = 1e6
"""Seconds: what timers of the system and sockets take, and longer than anybody waits."""


def find_file(start: Path) -> Path | None:
    """The nearest `sergekg.toml` in `start` or above it."""
    for directory in (start, *start.parents):
        if (directory / FILE_NAME).is_file():
            return directory / FILE_NAME
    return None


def load_config(
    start: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Config:
    """Read the settings of a workspace; where there is none, those of the corpus that the package carries.

    Args:
        start: where to look for `sergekg.toml`, upwards; default the current directory.
        environ: stands for `os.environ`.
        options: what a command line gave; `None` values do not count.

    Raises:
        ConfigError: a setting is unknown, of the wrong kind, or out of range.
    """
    file = find_file((start or Path.cwd()).resolve())
    values: dict[str, Any] = _carried() if file is None else _workspace(file.parent)
    if file is not None:
        values |= _from_file(file)
    values |= _from_environ(os.environ if environ is None else environ)
    values |= {name: value for name, value in (options or {}).items() if value is not None}
    return check(replace(Config(), **values))


def is_carried(config: Config) -> bool:
    """Whether it is of the corpus that the package carries, because there is no workspace here or above."""
    return find_file(Path.cwd().resolve()) is None and config.corpus.is_relative_to(asset_dir("data"))


def to_environ(config: Config) -> dict[str, str]:
    """The settings as `SERGEKG_*` variables, for the processes that a command starts."""
    variables = {}
    for setting in fields(Config):
        value = getattr(config, setting.name)
        if isinstance(value, tuple):
            value = ",".join(value)
        if value is not None:
            variables[_VARIABLE + setting.name.upper()] = str(value)
    return variables


def check(config: Config) -> Config:
    """The same settings, once their ranges are found right."""
    if not _is_base(config.base):
        raise ConfigError(
            f"base is {config.base!r}",
            remedy="give an http(s) IRI that ends with a slash, without ? and #",
        )
    if not 0 <= config.port <= 65535:
        raise ConfigError(
            f"port is {config.port}", remedy="give a number from 0 to 65535; 0 takes a free one"
        )
    if config.default_graph not in ("union", "unnamed", None):
        raise ConfigError(f"default_graph is {config.default_graph!r}", remedy="give `union` or `unnamed`")
    for name in _POSITIVE:
        value = getattr(config, name)
        if value <= 0:
            raise ConfigError(f"{name} is {value}", remedy="give a number above 0")
    if not config.timeout <= _LONGEST:  # nan is not either
        raise ConfigError(f"timeout is {config.timeout}", remedy=f"give at most {_LONGEST:.0f} seconds")
    for proxy in config.proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError as cause:
            raise ConfigError(
                f"proxies names {proxy!r}", remedy="give addresses or networks, such as 10.0.0.0/8"
            ) from cause
    for host in config.hosts:
        if not _is_host(host):
            raise ConfigError(
                f"hosts names {host!r}", remedy="give bare host names, such as serge.example.org"
            )
    for service in config.services:
        if not _is_https(service):
            raise ConfigError(
                f"services names {service!r}",
                remedy="give whole https IRIs, such as https://query.wikidata.org/sparql",
            )
    return config


def _is_base(iri: str) -> bool:
    try:
        parts = urlsplit(iri)
        ox.NamedNode(iri)
    except ValueError:
        return False
    # behind a query or a fragment no path can be put
    is_open = iri.endswith("/") and not {"?", "#"} & set(iri)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_open


def _is_host(name: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(name.strip("[]")))
    return bool(_HOST.fullmatch(name))


def _is_https(iri: str) -> bool:
    try:
        parts = urlsplit(iri)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is no number, of brackets that do not close
        return False


def _carried() -> dict[str, Any]:
    data = asset_dir("data")
    corpora = sorted(path.parent for path in data.glob("*/manifest.toml"))
    if not corpora:
        raise ConfigError("this installation carries no corpus", remedy="make one: sergekg init DIR")
    kinds = {kind: asset_dir(kind) for kind in ("ontology", "shapes", "queries")}
    var = Path(platformdirs.user_data_dir("sergekg", appauthor=False))
    own = {
        "corpus": corpora[0],
        "mappings": data / "mappings",
        "var": var,
        "wikidata_cache": var / "wikidata",
    }
    return {**own, **kinds}


def _workspace(root: Path) -> dict[str, Any]:
    values: dict[str, Any] = {"var": root / "var", "mappings": root / "data" / "mappings"}
    values["wikidata_cache"] = root / "var" / "wikidata"
    corpora = sorted(path.parent for path in (root / "data").glob("*/manifest.toml"))
    values["corpus"] = corpora[0] if corpora else root / "data"
    for kind in ("ontology", "shapes", "queries"):
        own = root / kind
        values[kind] = own if own.is_dir() else asset_dir(kind)
    return values


def _from_file(file: Path) -> dict[str, Any]:
    where = Location(file.name)
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))  # some editors begin it with a mark
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise ConfigError(f"not TOML: {cause}", where=where, remedy="mend the line") from cause
    values = {}
    for name, value in raw.items():
        converted = _convert(name, value, where)
        values[name] = file.parent / converted if name in _PATHS else converted
    return values


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {_VARIABLE + f.name.upper(): f.name for f in fields(Config)}
    values = {}
    for variable, name in known.items():
        if variable in environ:
            value = _convert(name, environ[variable], Location(variable))
            values[name] = Path(value).resolve() if name in _PATHS else value
    return values


def _convert(name: str, value: Any, where: Location) -> Any:
    kinds = typing.get_type_hints(Config)
    if name not in kinds:
        nearest = process.extractOne(name, list(kinds), scorer=fuzz.ratio)
        hint = f"perhaps {nearest[0]!r}" if nearest and nearest[1] > 60 else "see docs/settings.md"
        raise ConfigError(f"no setting is called {name!r}", where=where, remedy=hint)
    kind = kinds[name]
    if isinstance(kind, types.UnionType):
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
    try:
        if kind is bool:
            return _BOOLEANS[str(value).lower()]
        if typing.get_origin(kind) is tuple:
            parts = value.split(",") if isinstance(value, str) else value
            return tuple(str(part).strip() for part in parts if str(part).strip())
        if isinstance(value, (bool, list, dict)):
            raise ValueError
        return kind(value)
    except (ValueError, TypeError, KeyError) as cause:
        wanted = getattr(kind, "__name__", str(kind))
        raise ConfigError(
            f"{name} is {value!r}", where=where, remedy=f"give a value of type {wanted}"
        ) from cause


_BOOLEANS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}
