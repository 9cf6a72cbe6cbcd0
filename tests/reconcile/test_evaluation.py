"""Measuring: tables as people make them, and figures that cannot flatter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sergekg.assets import asset_dir
from sergekg.cli.reconcile.evaluate import command
from sergekg.errors import ReconciliationError
from sergekg.reconcile.calibration import OFFSET, SLOPE, expected_error, fit, reliability
from sergekg.reconcile.evaluation import evaluate
from sergekg.reconcile.labelled import read_labelled

LABELLED = asset_dir("data") / "reconciliation"
HEADER = "id\tfrench_1930s\ttype\tcyrillic\tbirth\tdeath\trole"
ROWS = [
    "a\tSoukhanov|N. Soukhanov\tperson\tНиколай Николаевич Суханов\t1882\t1940\thistorien",
    "b\tSmirnov\tperson\tИван Никитич Смирнов\t1881\t1936\topposant",
    "c\tPoulaille\tperson\t\t1896\t1980\técrivain",
]
NAMESAKES = [
    "x\t\tperson\tНиколай Евгеньевич Суханов\t1851\t1882\tofficier",
    "y\t\tperson\tВладимир Михайлович Смирнов\t1887\t1937\téconomiste",
]


def table(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_every_form_is_asked_with_and_without_the_one_it_names(tmp_path: Path) -> None:
    found = evaluate(
        read_labelled(table(tmp_path / "n.tsv", *ROWS)), read_labelled(table(tmp_path / "d.tsv", *NAMESAKES))
    )
    assert len(found.trials) == 16
    assert found.best_or_tied.value == found.correct_with_context.value == found.ties_told.value == 1.0
    assert found.ties_told.total == 3  # Soukhanov, N. Soukhanov, Smirnov
    assert found.traps_accepted.holding == found.false_accepts.holding == 0
    assert found.nil_recognised.value == 1.0


def test_a_candidate_does_not_know_the_form_that_is_asked(tmp_path: Path) -> None:
    (row,) = read_labelled(table(tmp_path / "n.tsv", ROWS[0]))
    assert row.to_candidate().names == ("Николай Николаевич Суханов",)
    assert "Soukhanov" in row.to_candidate(with_forms=True).names


def test_one_without_a_cyrillic_name_keeps_its_own_forms(tmp_path: Path) -> None:
    (row,) = read_labelled(table(tmp_path / "n.tsv", ROWS[2]))
    assert row.to_candidate().names == ("Poulaille",)


@pytest.mark.parametrize(
    "header",
    [
        "ID\tFrench 1930s forms\tType\tCyrillic name\tBirth year\tDeath year\tRole",
        "key;french;type;russian;born;died;occupation",
        "id,fr,type,ru,birth,death,description,note",
    ],
)
def test_headers_may_vary(tmp_path: Path, header: str) -> None:
    delimiter = next(d for d in "\t;," if d in header)
    path = table(tmp_path / "n.tsv", ROWS[0].replace("\t", delimiter), header=header)
    (row,) = read_labelled(path)
    assert (row.id, row.forms[0], row.cyrillic) == ("a", "Soukhanov", "Николай Николаевич Суханов")
    assert (row.birth, row.death, row.role) == ("1882", "1940", "historien")


def test_cells_may_lack_and_ids_may_be_given_twice(tmp_path: Path) -> None:
    path = table(
        tmp_path / "n.tsv", "a\tGide", "a\tGide\tperson", "\tBlok", "", "z", header="\ufeff" + HEADER
    )
    assert [row.id for row in read_labelled(path)] == ["a", "a#2", "row-3"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the table is empty"),
        ("id\tколонка\n1\t2\n".encode(), "no column of names"),
        ("id\tfrench\n1\té\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_what_is_no_table_is_said_in_one_line(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "n.tsv").write_bytes(data)
    with pytest.raises(ReconciliationError, match=said):
        read_labelled(tmp_path / "n.tsv")


def test_a_table_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReconciliationError, match="cannot be read"):
        read_labelled(tmp_path / "none.tsv")


def test_the_command_prints_figures_and_draws_curves(tmp_path: Path) -> None:
    names, others = table(tmp_path / "n.tsv", *ROWS), table(tmp_path / "d.tsv", *NAMESAKES)
    arguments = [str(names), "--distractors", str(others), "--plots", str(tmp_path)]
    text = CliRunner().invoke(command, arguments, catch_exceptions=False).output
    assert "best or tied (name alone)       1.000 (4 of 4)" in text
    assert "namesake traps accepted         0.000 (0 of 8)" in text
    assert (tmp_path / "calibration.svg").read_text(encoding="utf-8").startswith("<svg")
    assert (tmp_path / "precision-recall.svg").is_file()
    said = (
        CliRunner().invoke(command, [*arguments, "--format", "json", "--fit"], catch_exceptions=False).stdout
    )
    assert json.loads(said)["figures"]["ties told as ties"] == {"value": 1.0, "of": 3}


def test_a_fit_finds_the_logistic_curve_that_made_the_answers() -> None:
    totals = [step / 10 for step in range(-60, 61)] * 40
    rights = [(i * 7919 % 1000) / 1000 < confidence for i, confidence in enumerate(map(_logistic, totals))]
    slope, offset = fit(totals, rights)
    assert slope == pytest.approx(1.0, abs=0.15)
    assert offset == pytest.approx(0.5, abs=0.15)
    assert expected_error(reliability([_logistic(t) for t in totals], rights)) < 0.05


def _logistic(total: float) -> float:
    return 1 / (1 + 2.718281828 ** -(total + 0.5))


def test_our_labelled_set_is_large_cited_and_confusable() -> None:
    rows = read_labelled(LABELLED / "names.tsv")
    assert len(rows) >= 150
    assert {row.part for row in rows} == {"fit", "held-out"}
    lines = (LABELLED / "names.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert all(line.split("\t")[-1] for line in lines), "every row names its source"


@pytest.mark.slow
def test_the_aims_hold_on_a_part_of_the_labelled_set() -> None:
    rows = read_labelled(LABELLED / "names.tsv")
    found = evaluate(rows[::3], read_labelled(LABELLED / "distractors.tsv")[::8])
    assert found.best_or_tied.value >= 0.97
    assert found.correct_with_context.value >= 0.93
    assert found.false_accepts.holding == found.traps_accepted.holding == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_aims_hold_on_the_held_out_names_and_the_calibration_is_the_fitted_one() -> None:
    rows, others = read_labelled(LABELLED / "names.tsv"), read_labelled(LABELLED / "distractors.tsv")
    held_out = evaluate(rows, others, part="held-out")
    assert held_out.best_or_tied.value >= 0.97
    assert held_out.correct_with_context.value >= 0.93
    assert held_out.ties_told.value >= 0.97
    assert held_out.false_accepts.value <= 0.005
    assert held_out.traps_accepted.holding == 0
    assert expected_error(reliability(*held_out.confidences)) < 0.06
    trials = [trial for trial in evaluate(rows, others, part="fit").trials if trial.ranking.candidates]
    slope, offset = fit([t.ranking.candidates[0].score.total for t in trials], [t.is_right for t in trials])
    assert (slope, offset) == pytest.approx((SLOPE, OFFSET), abs=0.03)
