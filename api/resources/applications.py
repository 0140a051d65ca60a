"""Applications: submit, read, documents, correction, withdrawal, reopening, the issuer's answer."""

from __future__ import annotations

from typing import Any

from flask import Response, send_file

from api import bodies, context, pagination, preconditions, security
from api.blueprints import Noun
from api.schemas import applications as schemas
from api.schemas.base import ReasonBody
from api.schemas.tracking import StatutoryClockSchema
from engine import errors
from workflows import applications, documents, issuer, statutory_clock

noun = Noun("applications", "/applications", "Applications for a licence.")


@noun.get(query=schemas.ApplicationQuery, answers=pagination.page_of(schemas.ApplicationSchema))
def search(query: dict[str, Any]) -> Any:
    """An applicant's own applications, or those of the counties a member of staff works for; newest first."""
    return pagination.answer(applications.search(context.session(), product=context.product(),
                                                 user=security.require_user(), **query))


@noun.post(query=schemas.SubmissionQuery, answers=schemas.SubmittedSchema, status=201, multipart=True)
def submit(query: dict[str, Any]) -> Any:
    """Submit an application with its documents: every wrong field is listed at once, and then nothing is stored.

    A clerk who submits does so at a counter, for the applicant whose mobile number the form names: beside the form's
    fields then stand `counter`, its name, and `consent_code`, which the applicant was sent (see consent-codes).
    """
    user, data, counter = security.require_user(), bodies.form_data(), None
    if user.kind == "staff":
        name, code = (str(data.pop(key, None) or "") for key in ("counter", "consent_code"))
        counter = applications.Counter(name=name, consent_code=code)
    try:
        return applications.submit(context.session(), product=context.product(), user=user, data=data,
                                   files=bodies.files(), counter=counter, **query)
    except applications.ConsentMissing:
        context.keep_on_refusal()
        raise


@noun.post("/consent-codes", takes=schemas.ConsentCodeBody, status=202)
def ask_consent(body: dict[str, Any]) -> dict[str, str]:
    """Send the applicant a code by which he consents to an application taken down at a counter; for clerks."""
    applications.ask_consent(context.session(), product=context.product(), user=security.require_user(), **body)
    return {"status": "sent"}


@noun.get("/<application_id>", answers=schemas.ApplicationSchema)
def read(application_id: str) -> Any:
    """One application; its ETag is the version for `If-Match` of the commands on it."""
    return _tagged(application_id)


@noun.get("/<application_id>/timeline", answers=schemas.TimelineSchema)
def timeline(application_id: str) -> Any:
    """What happened, oldest first."""
    return {"items": applications.timeline(context.session(), product=context.product(), id=application_id,
                                           user=security.require_user())}


@noun.get("/<application_id>/clock", answers=StatutoryClockSchema)
def clock(application_id: str) -> Any:
    """How much of its time has passed; 404 for one that was submitted before there were clocks."""
    applications.get(context.session(), product=context.product(), id=application_id, user=security.require_user())
    found = statutory_clock.of_application(context.session(), product=context.product(), application_id=application_id)
    if found is None:
        raise errors.NotFound(what="clock", id=application_id)
    return found


@noun.get("/<application_id>/documents", answers=schemas.DocumentsSchema)
def list_documents(application_id: str) -> Any:
    """The documents given with the application and its tasks."""
    user = security.require_user()
    return {"items": documents.of_application(context.session(), product=context.product(), user=user,
                                              application_id=application_id)}


@noun.get("/documents/<document_id>", produces="application/octet-stream")
def document(document_id: str) -> Response:
    """The content of one document."""
    found = documents.open(context.session(), product=context.product(), id=document_id, user=security.require_user())
    return send_file(found.path, mimetype=found.media_type, as_attachment=True, download_name=found.name)


@noun.post("/<application_id>/correction", answers=schemas.ApplicationSchema, multipart=True, versioned=True)
def correct(application_id: str) -> Any:
    """Answer a request for correction: only the fields that were sent back can change."""
    _require_version(application_id)
    applications.correct(context.session(), product=context.product(), id=application_id, data=bodies.form_data(),
                         files=bodies.files(), user=security.require_user())
    return _tagged(application_id)


@noun.post("/<application_id>/notice", takes=ReasonBody, status=204, versioned=True)
def record_notice(body: dict[str, Any], application_id: str) -> None:
    """Record having told the applicant what to correct: the correction window starts now, if it has not started."""
    _require_version(application_id)
    applications.record_notice(context.session(), product=context.product(), id=application_id, reason=body["reason"],
                               user=security.require_user())


@noun.post("/<application_id>/withdrawal", takes=ReasonBody, answers=schemas.WithdrawalSchema,
           versioned=True)
def withdraw(body: dict[str, Any], application_id: str) -> dict[str, str]:
    """Withdraw; once the file is with the issuer this becomes a request that a person decides."""
    user = security.require_user()
    _require_version(application_id)
    result = applications.withdraw(context.session(), product=context.product(), id=application_id, user=user,
                                   reason=body["reason"])
    return {"result": result}


@noun.post("/<application_id>/reopening", takes=ReasonBody, answers=schemas.ApplicationSchema, versioned=True)
def reopen(body: dict[str, Any], application_id: str) -> Any:
    """Open a lapsed application again with its data."""
    _require_version(application_id)
    applications.reopen(context.session(), product=context.product(), id=application_id, reason=body["reason"],
                        user=security.require_user())
    return _tagged(application_id)


@noun.post("/<application_id>/issuer-answer", takes=schemas.IssuerAnswerBody, answers=schemas.ApplicationSchema,
           versioned=True)
def record_issuer_answer(body: dict[str, Any], application_id: str) -> Any:
    """Record what the issuer answered: issued with its number, or returned with a reason."""
    _require_version(application_id)
    issuer.record_answer(context.session(), product=context.product(), application_id=application_id,
                         user=security.require_user(), **body)
    return _tagged(application_id)


def _application(application_id: str) -> applications.Application:
    user = security.require_user()
    return applications.get(context.session(), product=context.product(), id=application_id, user=user)


def _tagged(application_id: str) -> applications.Application:
    found = _application(application_id)
    preconditions.tag(found.version)
    return found


def _require_version(application_id: str) -> None:
    """Whoever names a version may read the application, so an outsider learns nothing from the answer."""
    if preconditions.if_match() is not None:
        preconditions.require(_application(application_id).version)
