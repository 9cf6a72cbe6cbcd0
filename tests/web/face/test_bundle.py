"""The bundle is made when it can be, and done without when it cannot."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["hatch_build"] = module
    spec.loader.exec_module(module)
    return module


def run(hook: ModuleType, root: Path, target: str = "wheel") -> list[str]:
    """Run the hook over a checkout; returns what it warned of."""
    said: list[str] = []
    made: Any = object.__new__(hook.FrontendHook)
    made.__dict__.update(
        {
            "_BuildHookInterface__root": str(root),
            "_BuildHookInterface__target_name": target,
            "_BuildHookInterface__app": SimpleNamespace(display_warning=said.append),
        }
    )
    data: dict[str, Any] = {"artifacts": []}
    made.initialize("standard", data)
    assert data["artifacts"] or target != "wheel"
    return said


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "frontend", tmp_path / "frontend", ignore=shutil.ignore_patterns("node_modules"))
    return tmp_path


def test_without_npm_an_install_goes_on_and_says_loudly_what_is_missing(
    hook: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("npm error network")

    monkeypatch.setattr(hook, "bundle", fails)
    said = run(hook, checkout)
    assert "WITHOUT" in said[0]
    assert "npm error network" in said[0]


def test_a_release_can_require_its_bundle(
    hook: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("npm error network")

    monkeypatch.setattr(hook, "bundle", fails)
    monkeypatch.setenv("SERGEKG_FRONTEND", "require")
    with pytest.raises(RuntimeError, match="npm error"):
        run(hook, checkout)


def test_a_bundle_of_the_same_sources_is_not_made_again(
    hook: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dist = checkout / "src" / "sergekg" / "web" / "static" / "dist"
    dist.mkdir(parents=True)
    (dist / ".stamp").write_text(hook.digest(checkout / "frontend"))
    monkeypatch.setattr(hook, "bundle", lambda *_: pytest.fail("made again"))
    assert run(hook, checkout) == []


def test_the_digest_changes_with_any_source(hook: ModuleType, checkout: Path) -> None:
    before = hook.digest(checkout / "frontend")
    (checkout / "frontend" / "src" / "editor.mjs").write_text("// changed")
    assert hook.digest(checkout / "frontend") != before


def test_a_source_distribution_needs_no_bundle(
    hook: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook, "bundle", lambda *_: pytest.fail("made"))
    assert run(hook, checkout, target="sdist") == []


def test_a_lock_file_names_no_address_of_a_registry() -> None:
    for lock in (
        ROOT / "frontend" / "package-lock.json",
        ROOT / "tests" / "web" / "browser" / "package-lock.json",
    ):
        text = lock.read_text(encoding="utf-8")
        assert '"resolved"' not in text
        assert "http" not in text.replace("https://opencollective.com", "").replace(
            "https://github.com/sponsors", ""
        )


def test_pages_do_without_the_bundle(monkeypatch: pytest.MonkeyPatch, client: Any, tmp_path: Path) -> None:
    from sergekg.web import template_words, views

    static = tmp_path / "static"
    shutil.copytree(template_words.static_dir(), static, ignore=shutil.ignore_patterns("dist"))
    monkeypatch.setattr(template_words, "static_dir", lambda: static)
    monkeypatch.setattr(views, "static_dir", lambda: static)
    for address in ("/", "/map", "/sparql", "/page/letter/lettre-a-andre-gide"):
        html = client.get(address, headers={"Accept": "text/html"}).get_data(as_text=True)
        assert "dist/" not in html
