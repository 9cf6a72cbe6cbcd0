"""A YAML file that cannot be read is one line with its place."""

import pytest

from sergekg.corpus import yamlfile
from sergekg.errors import CorpusError


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(("character", "name"), [("\f", "U+000C"), ("\x01", "U+0001"), ("\ufffe", "U+FFFE")])
def test_a_character_that_yaml_cannot_hold_is_one_line_with_its_place(
    monkeypatch: pytest.MonkeyPatch, loader: str, character: str, name: str
) -> None:
    monkeypatch.setattr(yamlfile, "_LOADER", getattr(yamlfile.yaml, loader))
    with pytest.raises(CorpusError) as caught:
        yamlfile.parse_yaml(f'text: été\nquote: "Chère{character}Jeanne"\n', "a.yaml")
    assert str(caught.value) == f"a.yaml:2: not YAML: it cannot hold the character {name}; take it out"
