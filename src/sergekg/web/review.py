"""`/wikidata/review`: candidate beside entity, for a person to decide; only where the server has a token.

HTTP Basic authentication: the user is the reviewer's name, the password the token. A browser sends these by
itself, so every form bears a code that only this server can make.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, NotFound, Unauthorized
from werkzeug.wrappers import Response as Answer

from sergekg.errors import BuildError, ReconciliationError
from sergekg.reconcile.due import Reason
from sergekg.reconcile.ours import OurEntity, Select
from sergekg.reconcile.proposals import KeptCandidate, read_proposals
from sergekg.reconcile.review import Case, Verdict, decide, open_cases, read_passages, record
from sergekg.reconcile.sssom import read_mappings
from sergekg.web.i18n import N_

_REASONS = {
    Reason.UNDECIDED: N_("nobody has decided"),
    Reason.CHANGED: N_("what we state of it has changed since"),
    Reason.ITEM_CHANGED: N_("the item has changed since"),
}
_FEATURES = {
    "surname": N_("surname"),
    "given": N_("given name"),
    "patronymic": N_("patronymic"),
    "gender": N_("gender"),
    "type": N_("kind of thing"),
    "birth": N_("birth"),
    "death": N_("death"),
    "lifetime": N_("lifetime"),
    "role": N_("occupation or role"),
    "place": N_("places"),
    "sitelinks": N_("fame"),
}
"""What a reader calls the features of a score; the reasons are in English."""


@dataclass(frozen=True)
class ReviewDesk:
    """What the page needs: our entities, and where proposals and decisions are kept.

    Attributes:
        entities: gives them, made at the first call and kept.
    """

    entities: Callable[[], list[OurEntity]]
    select: Select
    proposals: Path
    mappings: Path
    base: str

    def cases(self) -> list[Case]:
        """The cases that wait, as the files stand now."""
        return open_cases(self.entities(), read_mappings(self.mappings), read_proposals(self.proposals))


def make_blueprint(desk: ReviewDesk, allows: Callable[[str, str], bool], secret: bytes) -> Blueprint:
    """The pages of review.

    Args:
        allows: whether a password, from an address, is a token of this server.
        secret: makes the code of every form; the same in every process of the server, and not empty.
    """
    if not secret:
        raise ValueError("the review page needs a secret")
    blueprint = Blueprint("review", __name__)

    @blueprint.before_request
    def only_with_the_token() -> None:
        given = request.authorization
        password = (given.password or given.token or "") if given else ""
        if not password or not allows(password, request.remote_addr or ""):
            refusal = Unauthorized("Give your name as user and the token of this server as password.")
            refusal.www_authenticate = None
            raise refusal

    @blueprint.after_request
    def kept_by_nobody(answer: Response) -> Response:
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @blueprint.errorhandler(Unauthorized)
    def ask_for_it(error: Unauthorized) -> Response:
        header = {"WWW-Authenticate": 'Basic realm="sergekg review", charset="UTF-8"'}
        return Response(f"{error.description}\n", 401, header, content_type="text/plain; charset=utf-8")

    @blueprint.get("/wikidata/review")
    def waiting() -> str:
        return render_template("review_list.html", cases=desk.cases(), reasons=_REASONS)

    @blueprint.get("/wikidata/review/<type>/<slug>")
    def case(type: str, slug: str) -> str:
        found = _find(f"{type}/{slug}")
        return render_template(
            "review_case.html",
            case=found,
            passages=read_passages(desk.select, found.entity.iri),
            reasons=_REASONS,
            features=_FEATURES,
            verdicts=Verdict,
            reviewer=_reviewer(),
            code=_code(found.entity.key),
        )

    @blueprint.post("/wikidata/review/<type>/<slug>")
    def decided(type: str, slug: str) -> Answer:
        found = _find(f"{type}/{slug}")
        form = request.form
        if not hmac.compare_digest(form.get("code", "").encode(), _code(found.entity.key).encode()):
            raise Forbidden("The form is not of this server, or its token has changed: open the page again.")
        try:
            verdict = Verdict(form.get("verdict", ""))
            chosen = _candidate(found, form.get("candidate", "")) if verdict is not Verdict.NO_ITEM else None
            reviewer = form.get("reviewer", "") or _reviewer()
            day = datetime.datetime.now(datetime.UTC).date().isoformat()
            decision = decide(found, verdict, chosen, reviewer=reviewer, day=day, why=form.get("why", ""))
            record(desk.mappings, decision, base=desk.base)
        except BuildError as error:
            raise Conflict(str(error)) from error
        except (ReconciliationError, ValueError) as error:
            raise BadRequest(str(error)) from error
        if verdict is Verdict.REJECT and len(found.candidates) > 1:
            return redirect(url_for("review.case", type=type, slug=slug), 303)
        return redirect(url_for("review.waiting"), 303)

    def _find(key: str) -> Case:
        found = next((one for one in desk.cases() if one.entity.key == key), None)
        if found is None:
            raise NotFound(f"{key} does not wait for a decision.")
        return found

    def _code(key: str) -> str:
        return hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()

    return blueprint


def _candidate(case: Case, id_: str) -> KeptCandidate:
    found = next((one for one in case.candidates if one.id == id_), None)
    if found is None:
        raise ReconciliationError(f"{id_ or 'nothing'} is no candidate", remedy="choose one of those shown")
    return found


def _reviewer() -> str:
    given = request.authorization
    return (given.username or "") if given else ""
