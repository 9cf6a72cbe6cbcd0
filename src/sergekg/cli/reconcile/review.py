"""`sergekg reconcile review`: one case after another in the terminal; every decision is written at once."""

from __future__ import annotations

import datetime
import os

import click

from sergekg.cli.reconcile.workspace import Desk, open_desk
from sergekg.errors import BuildError, ReconciliationError
from sergekg.reconcile.proposals import read_proposals
from sergekg.reconcile.review import Case, Verdict, decide, open_cases, read_passages, record

_HELP = (
    "N accept candidate N as identical · N~ as near · N- refuse it · N? unsure · "
    "0 no item exists · Enter leave it · q stop"
)
_SIGNS = {"": Verdict.ACCEPT, "~": Verdict.NEAR, "-": Verdict.REJECT, "?": Verdict.UNSURE}


@click.command()
@click.option("--reviewer", default=lambda: os.environ.get("SERGEKG_REVIEWER", ""), help="Who decides.")
@click.option("--only", multiple=True, help="Only this entity (its key); may be given several times.")
@click.option("--list", "is_listing", is_flag=True, help="Print what waits, and ask nothing.")
def command(reviewer: str, only: tuple[str, ...], is_listing: bool) -> None:
    """Show each entity that waits beside its candidates, and keep what you decide in data/mappings."""
    desk = open_desk()
    for key in only:
        desk.entity(key)
    cases = open_cases(desk.entities, desk.decisions, read_proposals(desk.proposals))
    cases = [case for case in cases if not only or case.entity.key in only]
    if is_listing:
        for case in cases:
            best = case.candidates[0] if case.candidates else None
            said = f"{best.id} {best.label} {best.confidence:.2f}" if best else "no candidate"
            click.echo(f"{case.entity.key}\t{case.reason}\t{said}")
        return
    if not cases:
        click.echo("nothing waits; `sergekg reconcile propose` looks for more", err=True)
        return
    if not reviewer.strip():
        remedy = "give --reviewer NAME, or set SERGEKG_REVIEWER"
        raise ReconciliationError("nobody stands for these decisions", remedy=remedy)
    click.echo(_HELP, err=True)
    for number, case in enumerate(cases, start=1):
        _show(desk, case, f"{number}/{len(cases)}")
        if not _ask(desk, case, reviewer):
            return


def _show(desk: Desk, case: Case, place: str) -> None:
    entity, profile = case.entity, case.entity.profile
    click.echo(f"\n[{place}] {click.style(profile.label, bold=True)}  {entity.key}  ({case.reason})")
    for title, values in (
        ("names", profile.names),
        ("born", profile.births),
        ("died", profile.deaths),
        ("roles", profile.roles),
        ("alive in", tuple(map(str, profile.living_in))),
    ):
        if values:
            click.echo(f"    {title}: {', '.join(values)}")
    for passage in read_passages(desk.store.select, entity.iri):
        click.echo(f"    « {passage.words} » ({passage.text})")
    for decision in case.earlier:
        said = "not " if decision.is_refused else ""
        click.echo(f"    before: {said}{decision.object}, {decision.author}, {decision.date}")
    if case.is_stale:
        click.echo("    candidates were sought before the entity changed: propose again to be sure")
    for n, candidate in enumerate(case.candidates, start=1):
        years = "–".join((dates[0] if dates else "?") for dates in (candidate.births, candidate.deaths))
        click.echo(f"  {n}  {candidate.id}  {candidate.label}  {candidate.confidence:.2f}  {years}")
        click.echo(f"     {candidate.description}".rstrip())
        click.echo(f"     {candidate.reason}")
        click.echo(f"     https://www.wikidata.org/wiki/{candidate.id}  (read {candidate.fetched})")
    if not case.candidates:
        click.echo("  no candidate was found")


def _ask(desk: Desk, case: Case, reviewer: str) -> bool:
    """Ask until the case is decided or left; False where the person stops."""
    refused: set[str] = set()
    numbered = {str(number): candidate for number, candidate in enumerate(case.candidates, start=1)}
    while True:
        answer = click.prompt("decision", default="", show_default=False).strip().lower()
        if answer == "q":
            return False
        if not answer:
            return True
        verdict, candidate, problem = Verdict.NO_ITEM, None, ""
        if answer != "0":
            number, sign = answer.rstrip("~-?"), answer[len(answer.rstrip("~-?")) :]
            if number not in numbered or sign not in _SIGNS:
                problem = _HELP
            else:
                verdict, candidate = _SIGNS[sign], numbered[number]
        if problem:
            click.echo(problem, err=True)
            continue
        why = click.prompt("reason", default="", show_default=False)
        day = datetime.datetime.now(datetime.UTC).date().isoformat()
        decision = decide(case, verdict, candidate, reviewer=reviewer, day=day, why=why)
        try:
            record(desk.config.mappings, decision, base=desk.release.base)
        except BuildError as error:
            click.echo(f"not written: {error}", err=True)
            continue
        click.echo(f"written: {case.entity.key} {verdict} {candidate.id if candidate else ''}".rstrip())
        if verdict is not Verdict.REJECT:
            return True
        refused.add(candidate.id if candidate else "")
        if len(refused) == len(case.candidates):
            return True
