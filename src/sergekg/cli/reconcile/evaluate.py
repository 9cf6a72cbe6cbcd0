"""`sergekg reconcile evaluate`: how well names are matched, on a table whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sergekg.reconcile.calibration import brier, expected_error, fit, reliability
from sergekg.reconcile.curves import calibration_svg, precision_recall_svg
from sergekg.reconcile.evaluation import Evaluation, evaluate
from sergekg.reconcile.labelled import read_labelled
from sergekg.reconcile.ranking import AUTOMATIC


@click.command()
@click.argument("names", type=click.Path(path_type=Path))
@click.option(
    "--distractors", type=click.Path(path_type=Path), multiple=True, help="A table of more candidates."
)
@click.option("--part", help="Ask only the rows whose column `part` says this.")
@click.option(
    "--aliases", is_flag=True, help="Let candidates keep their French forms beside the Cyrillic ones."
)
@click.option(
    "--plots", type=click.Path(path_type=Path), default=Path(), show_default="here", help="Where curves go."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the report is written.",
)
@click.option("--fit", "is_fitting", is_flag=True, help="Print the calibration that these rows would give.")
@click.option("--misses", is_flag=True, help="List the queries that went wrong, with the reasons.")
def command(
    names: Path,
    distractors: tuple[Path, ...],
    part: str | None,
    aliases: bool,
    plots: Path,
    form: str,
    is_fitting: bool,
    misses: bool,
) -> None:
    """Ask every French form of NAMES among all its rows and the distractors, and measure the answers.

    NAMES is a table (TSV) with the columns id, french_1930s (forms parted by |), type, cyrillic, birth,
    death, role. Draws calibration.svg and precision-recall.svg.
    """
    rows = read_labelled(names)
    others = [row for path in distractors for row in read_labelled(path)]
    found = evaluate(rows, others, part=part, with_forms=aliases)
    confidences, rights = found.confidences
    bins = reliability(confidences, rights)
    plots.mkdir(parents=True, exist_ok=True)
    for name, svg in (
        ("calibration.svg", calibration_svg(bins)),
        ("precision-recall.svg", precision_recall_svg(found.precision_recall(), AUTOMATIC)),
    ):
        (plots / name).write_text(svg, encoding="utf-8")
        click.echo(f"drawn: {plots / name}", err=True)
    scores = {"expected calibration error": expected_error(bins), "Brier score": brier(confidences, rights)}
    if is_fitting:
        totals = [
            trial.ranking.candidates[0].score.total for trial in found.trials if trial.ranking.candidates
        ]
        scores["slope"], scores["offset"] = fit(totals, rights)
    if form == "json":
        figures = {name: {"value": r.value, "of": r.total} for name, r in found.figures().items()}
        click.echo(
            json.dumps(
                {"figures": figures, "mean tie": found.mean_tie, **scores}, ensure_ascii=False, indent=1
            )
        )
        return
    asked = len({trial.truth for trial in found.trials})
    click.echo(f"{asked} asked by {len(found.trials) // 4} forms, among {len(rows) + len(others)} candidates")
    for name, ratio in found.figures().items():
        click.echo(f"{name:32}{ratio}")
    click.echo(f"{'candidates that stand first':32}{found.mean_tie:.2f} on average (name alone)")
    for name, value in scores.items():
        click.echo(f"{name:32}{value:.3f}")
    if misses:
        _show_misses(found)


def _show_misses(found: Evaluation) -> None:
    for trial in found.trials:
        if trial.is_accepted and not trial.is_right:
            said = "ACCEPTED WRONGLY"
        elif trial.is_present and trial.truth not in trial.best:
            said = "missed"
        else:
            continue
        first = trial.ranking.candidates[:1]
        got = f"{first[0].profile.id}: {first[0].score.reason}" if first else "nothing"
        context = "with years and role" if trial.has_context else "name alone"
        click.echo(f"{said}: {trial.query.id}, {context}; got {got}")
