"""Pages of a counter: a clerk takes an application down for an applicant, who consents by a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from api import context
from api.idempotency import REDRAW_FIELD
from api.web import access, fields, refusals, rendering, uploads, words
from engine.values import Problem
from workflows import accounts, applications, catalogue, form_answers, offered, subject_licences

blueprint = Blueprint("counter", __name__, url_prefix="/counter")

@blueprint.get("/applications/new")
@access.staff
def services(user: accounts.User) -> Response:
    """The services a counter takes applications down for; of a service about a licence its number is asked."""
    applications.require_counter(user)
    return rendering.page("counter/services.html", services=offered.services(context.session()))


@blueprint.get("/applications/new/<service>")
@access.staff
def apply(user: accounts.User, service: str) -> Response:
    """The application form, to be filled in together with the applicant."""
    applications.require_counter(user)
    chosen = _service(service)
    if not chosen.about_licence:
        return _form(chosen, {})
    found = subject_licences.take(context.session(), product=context.product(), service=chosen, number=_licence(),
                                  user=user, lock=False)
    return _form(chosen, subject_licences.known(found, chosen))


@blueprint.post("/applications/new/<service>")
@access.staff
def submit(user: accounts.User, service: str) -> Response:
    """Send the applicant a code of consent, or submit the application with it; nothing typed or chosen is lost."""
    applications.require_counter(user)
    session, product, chosen = context.session(), context.product(), _service(service)
    form, _ = applications.application_form(session, product=product, service=service)
    answers = form_answers.from_inputs(form, request.form.to_dict(flat=False))
    files = uploads.received(user)
    place, code = request.form.get("counter", ""), request.form.get("consent_code", "")
    try:
        if REDRAW_FIELD in request.form:
            return _form(chosen, answers, kept=uploads.keep(user, files, refused=set()))
        if request.form.get("action") == "code":
            applications.ask_consent(session, product=product, user=user, counter=place,
                                     mobile=str(answers.get("ceo_mobile") or ""))
            return _form(chosen, answers, kept=uploads.keep(user, files, refused=set()), sent=True)
        taken = applications.submit(session, product=product, data=answers, files=files, user=user, service=service,
                                    licence=_licence() if chosen.about_licence else None,
                                    counter=applications.Counter(name=place, consent_code=code))
    except refusals.KINDS as refusal:
        if isinstance(refusal, applications.ConsentMissing):
            context.keep_on_refusal()
        problems = refusals.problems(refusal)
        return _form(chosen, answers, problems, uploads.keep(user, files, refused={one.where for one in problems}))
    context.after_commit(lambda: uploads.forget(user))
    return rendering.go("counter.receipt", application_id=taken.application_id)


@blueprint.get("/applications/<application_id>/receipt")
@access.staff
def receipt(user: accounts.User, application_id: str) -> Response:
    """The receipt to print and hand to the applicant; for the clerk who took the application down."""
    session, product = context.session(), context.product()
    return rendering.page(
        "counter/receipt.html", receipt=applications.receipt(session, product=product, id=application_id, user=user),
        application=applications.get(session, product=product, id=application_id, user=user))


def _service(key: str) -> catalogue.Entry:
    """Raises: NotFound; ServiceOff."""
    chosen = catalogue.service(key)
    offered.require(context.session(), chosen)
    return chosen


def _licence() -> str:
    return request.args.get("licence", "")[:40]


def _form(service: catalogue.Entry, answers: Mapping[str, Any], problems: Sequence[Problem] = (),
          kept: Mapping[str, Sequence[Any]] | None = None, *, sent: bool = False) -> Response:
    form, options = applications.application_form(context.session(), product=context.product(), service=service.key)
    view = fields.view(form, answers, context=options, problems=problems, kept=kept, dropped=uploads.dropped())
    said = {problem.where: fields.in_words(problem) for problem in problems}
    own = {
        "counter": fields.simple("counter", "text", words.t("counter.name"), hint=words.t("counter.name_hint"),
                                 error=said.get("counter", ""), value=request.form.get("counter", ""), max_length=100),
        "consent_code": fields.simple(
            "consent_code", "text", words.t("counter.code"), hint=words.t("counter.code_hint"), keyboard="numeric",
            error=said.get("consent_code", ""), left_to_right=True, max_length=12,
            value="" if sent else request.form.get("consent_code", ""))}
    questions = {block.key: block for group in view.groups for block in group.blocks if isinstance(block, fields.Input)}
    return rendering.page("counter/apply.html", status=422 if problems else 200, form=view, own=own, sent=sent,
                          faults=fields.faults(problems, {**questions, **own}), service=service,
                          mobile=answers.get("ceo_mobile") or "")
