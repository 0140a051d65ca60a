"""Pages of administrators: process definitions, incidents, accounts of staff."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from api import context, language, security
from api.web import access, diagrams, fields, rendering, summaries, words
from engine import errors, feel
from engine.values import Cause, Incident, Problem, ProcessDefinition
from workflows import accounts, authorization, catalogue, incidents

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

PAGE_SIZE = 25
_EDITED = frozenset({"userTask", "serviceTask", "businessRuleTask", "scriptTask", "callActivity", "startEvent",
                     "endEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})

_USER_TEXTS = (("username", True, True), ("name", True, False), ("password", True, True), ("mobile", False, False),
               ("national_id", False, True))
"""The texts a new account is asked for: key, whether it is required, whether it has a hint."""


class OwnAccount(errors.Conflict):
    """You cannot change your own account here; another administrator can."""

    fa = "حساب خودتان را اینجا نمی‌توانید تغییر دهید؛ مدیر سامانه دیگری می‌تواند."


@blueprint.get("/definitions")
@access.staff
def definitions(user: accounts.User) -> Response:
    """Every version of every process, or of the one whose key is given, newest first."""
    authorization.require(user, "definitions.read")
    page = context.engine().definitions(context.session(), key=request.args.get("key") or None,
                                        after=request.args.get("after") or None, limit=PAGE_SIZE)
    return rendering.page("admin/definitions.html", page=page, deployers=_names(page.items))


@blueprint.get("/definitions/<definition_id>")
@access.staff
def definition(user: accounts.User, definition_id: str) -> Response:
    """One version: its diagram in the editor, its steps as a table, its file to download and to replace."""
    authorization.require(user, "definitions.read")
    return _definition(user, definition_id)


@blueprint.get("/definitions/<definition_id>.bpmn")
@access.staff
def download(user: accounts.User, definition_id: str) -> Response:
    """The BPMN file of a version."""
    authorization.require(user, "definitions.read")
    engine, session = context.engine(), context.session()
    found = engine.definition(session, id=definition_id)
    response = diagrams.bpmn(engine.definition_xml(session, definition_id))
    response.headers["Content-Disposition"] = f'attachment; filename="{found.key}-v{found.version}.bpmn"'
    return response


@blueprint.post("/definitions/<definition_id>")
@access.staff
def upload(user: accounts.User, definition_id: str) -> Response:
    """Deploy an uploaded file as the next version, with the other files of this version's deployment."""
    authorization.require(user, "definitions.deploy")
    engine, session = context.engine(), context.session()
    found = engine.definition(session, id=definition_id)
    file = request.files.get("xml")
    content = file.read() if file else b""
    try:
        if not content:
            raise errors.Invalid([Problem(where="xml", what=words.t("definition.file_missing"),
                                          what_fa=words.t("definition.file_missing"))])
        resources = {**engine.resources(session, found.deployment_id), found.resource: content}
        deployed = engine.deploy(session, resources=resources, actor=security.actor(), source="admin")
    except errors.Invalid as refusal:
        return _definition(user, definition_id, refusal.problems)
    newest = next((one.id for one in deployed.process_definitions if one.key == found.key), definition_id)
    if deployed.warnings:
        return _definition(user, newest, deployed.warnings)
    return rendering.go("admin.definition", definition_id=newest,
                        done="deployed" if deployed.is_new else "deployed_before")


@blueprint.get("/incidents", endpoint="incidents")
@access.staff
def list_incidents(user: accounts.User) -> Response:
    """What failed inside processes and waits for a person."""
    authorization.require(user, "incidents.search")
    state = "RESOLVED" if request.args.get("state") == "RESOLVED" else "OPEN"
    page = context.engine().incidents(context.session(), state=state, limit=PAGE_SIZE,
                                      scopes=authorization.counties(user, "incidents.search"),
                                      after=request.args.get("after") or None)
    return rendering.page("admin/incidents.html", page=page, state=state,
                          names={one.id: _element_name(one) for one in page.items},
                          can_retry=authorization.allowed(user, "incidents.retry"))


@blueprint.post("/incidents/<incident_id>/retry")
@access.staff
def retry(user: accounts.User, incident_id: str) -> Response:
    """Run the failed element again; the page says whether that helped."""
    incident = incidents.retry(context.session(), product=context.product(), id=incident_id, user=user)
    return rendering.go("admin.incidents", done="resolved" if incident.state == "RESOLVED" else "failed_again")


@blueprint.get("/incidents/<incident_id>/correction")
@access.staff
def ask_correction(user: accounts.User, incident_id: str) -> Response:
    """Ask what the failed element shall read instead."""
    authorization.require(user, "incidents.retry")
    return _correction_form(incident_id, {})


@blueprint.post("/incidents/<incident_id>/correction")
@access.staff
def correct(user: accounts.User, incident_id: str) -> Response:
    """Correct what the failed element reads and run it again, with a reason."""
    authorization.require(user, "incidents.retry")
    sent, session, product = request.form, context.session(), context.product()
    present = incidents.correctable(session, product=product, incident=product.engine.incident(session, incident_id))
    typed = {name: sent.get(name, "").strip() for name in present}
    try:
        incident = incidents.retry(
            session, product=product, id=incident_id, user=user, reason=sent.get("reason", ""),
            variables=incidents.typed({name: text for name, text in typed.items() if text != _shown(present[name])},
                                      present))
    except errors.Invalid as refusal:
        return _correction_form(incident_id, {**typed, "reason": sent.get("reason", "")}, refusal.problems)
    return rendering.go("admin.incidents", done="resolved" if incident.state == "RESOLVED" else "failed_again")


@blueprint.post("/incidents/<incident_id>/retries")
@access.staff
def retry_alike(user: accounts.User, incident_id: str) -> Response:
    """Retry every open incident of the same kind, element and message."""
    authorization.require(user, "incidents.retry")
    engine, session = context.engine(), context.session()
    incident = engine.incident(session, incident_id)
    cause = Cause(kind=incident.kind, element_id=incident.element_id, message=incident.message)
    retries = engine.retry_incidents(session, cause=cause, actor=security.actor())
    return rendering.go("admin.retries", retries_id=retries.id)


@blueprint.get("/incidents/retries/<retries_id>")
@access.staff
def retries(user: accounts.User, retries_id: str) -> Response:
    """What has become of incidents that were retried together."""
    authorization.require(user, "incidents.retry")
    return rendering.page("admin/retries.html", retries=context.engine().retries(context.session(), retries_id))


@blueprint.get("/users")
@access.staff
def users(user: accounts.User) -> Response:
    """The accounts of staff."""
    authorization.require(user, "users.manage")
    page = accounts.staff_page(context.session(), after=request.args.get("after") or None, limit=PAGE_SIZE)
    return rendering.page("admin/users.html", page=page, later="after" in request.args,
                          counties=rendering.county_names())


@blueprint.get("/users/new")
@access.staff
def new_user(user: accounts.User) -> Response:
    """Ask for a new account."""
    authorization.require(user, "users.manage")
    return _user_form({})


@blueprint.post("/users/new")
@access.staff
def create_user(user: accounts.User) -> Response:
    """Create an account of staff with a role and a county."""
    authorization.require(user, "users.manage")
    sent = request.form
    county = sent.get("county") or None
    try:
        accounts.create_staff(
            context.session(), username=sent.get("username", ""), password=sent.get("password", ""),
            name=sent.get("name", ""), mobile=sent.get("mobile") or None, national_id=sent.get("national_id") or None,
            roles=[(role, county) for role in sent.getlist("roles")])
    except errors.Invalid as refusal:
        return _user_form(sent.to_dict(flat=False), refusal.problems)
    except accounts.UsernameTaken as refusal:
        return _user_form(sent.to_dict(flat=False), [Problem(
            where="username", what=refusal.message("en"), what_fa=refusal.message("fa"))])
    return rendering.go("admin.users", done="user_created")


@blueprint.get("/users/<user_id>")
@access.staff
def edit_user(user: accounts.User, user_id: str) -> Response:
    """Ask for other roles or another password of an account."""
    authorization.require(user, "users.manage")
    return _edit_form(user_id)


@blueprint.post("/users/<user_id>")
@access.staff
def change_user(user: accounts.User, user_id: str) -> Response:
    """Change roles, and the password when one is given; nobody changes his own roles."""
    authorization.require(user, "users.manage")
    if user_id == user.id:
        raise OwnAccount
    sent, session = request.form, context.session()
    try:
        accounts.set_roles(session, id=user_id,
                           roles=[(role, sent.get("county") or None) for role in sent.getlist("roles")])
        if sent.get("password"):
            accounts.set_password(session, id=user_id, password=sent["password"])
    except errors.Invalid as refusal:
        return _edit_form(user_id, sent.to_dict(flat=False), refusal.problems)
    return rendering.go("admin.users", done="user_changed")


@blueprint.post("/users/<user_id>/active")
@access.staff
def set_active(user: accounts.User, user_id: str) -> Response:
    """Stop an account from signing in, or allow it again; nobody stops his own."""
    authorization.require(user, "users.manage")
    active = request.form.get("active") == "true"
    if user_id == user.id:
        raise OwnAccount
    accounts.set_active(context.session(), id=user_id, active=active)
    return rendering.go("admin.users", done="user_allowed" if active else "user_stopped")


def _element_name(incident: Incident) -> str:
    """Where it failed, in the language of the page; the id of an element without a name, or the kind of a job."""
    own = incident.element_name or incident.element_id or words.known(f"incident.kind.{incident.kind}")
    if language.language() == "fa" or incident.instance_id is None or incident.element_id is None:
        return own
    engine, session = context.engine(), context.session()
    elements = engine.elements(session, engine.definition_at(session, incident.instance_id, incident.token_id or ""))
    found = elements.get(incident.element_id)
    return (found.name_en if found is not None else "") or own


def _correction_form(incident_id: str, typed: Mapping[str, str], problems: Sequence[Problem] = ()) -> Response:
    session, product = context.session(), context.product()
    incident = product.engine.incident(session, incident_id)
    said = {problem.where: fields.in_words(problem) for problem in problems}
    asked = {
        name: fields.simple(name, "text", words.known(f"variable.{name}", otherwise=name), required=False,
                            value=typed.get(name, _shown(value)), error=said.get(name, ""), left_to_right=True,
                            max_length=2000)
        for name, value in incidents.correctable(session, product=product, incident=incident).items()}
    asked["reason"] = fields.simple("reason", "textarea", words.t("incident.reason"), value=typed.get("reason", ""),
                                    error=said.get("reason", ""), required=True, max_length=2000)
    return rendering.page("admin/correction.html", status=422 if problems else 200, incident=incident, asked=asked,
                          name=_element_name(incident),
                          faults=fields.faults(problems, asked))


def _shown(value: Any) -> str:
    """A variable as it stands in its box: text as it is, all else as JSON."""
    plain = feel.to_json(value)
    return "" if plain is None else plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _definition(user: accounts.User, definition_id: str, problems: Sequence[Problem] = ()) -> Response:
    """The page of a definition; with problems, after a deployment that an error among them refused, or that has only
    warnings."""
    refusals = [problem for problem in problems if problem.severity == "error"]
    engine, session = context.engine(), context.session()
    found = engine.definition(session, id=definition_id)
    elements = [one for one in summaries.drawn(definition_id) if one.type in _EDITED]
    return rendering.page(
        "admin/definition.html", status=422 if refusals else 200, definition=found, elements=elements,
        with_warnings=bool(problems) and not refusals,
        versions=engine.definitions(session, key=found.key, limit=PAGE_SIZE), problems=problems,
        faults=fields.faults(refusals, {"xml": fields.simple("xml", "file", words.t("definition.file"))}),
        choices=_choices(found),
        can_deploy=authorization.allowed(user, "definitions.deploy"))


def _choices(found: ProcessDefinition) -> dict[str, Any]:
    """What the editor's properties offer to choose from."""
    names = sorted(context.engine().resources(context.session(), found.deployment_id))
    return {
        "roles": [{"value": role, "label": words.known(f"role.{role}")} for role in catalogue.ROLES],
        "forms": [_stem(name) for name in names if name.startswith("forms/")],
        "decisions": [_stem(name) for name in names if name.startswith("decisions/")],
        "handlers": sorted(context.engine().handlers.names)}


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _user_form(typed: Mapping[str, list[str]], problems: Sequence[Problem] = ()) -> Response:
    said = {problem.where: fields.in_words(problem) for problem in problems}
    asked = {}
    for key, required, hint in _USER_TEXTS:
        value = "" if key == "password" else (typed.get(key) or [""])[0]
        asked[key] = fields.simple(
            key, "text", words.t(f"user.{key}"), hint=words.t(f"user.{key}_hint") if hint else "",
            error=said.get(key, ""), required=required, value=value, left_to_right=key != "name", max_length=200)
    asked |= _role_questions(typed, said)
    return rendering.page("admin/user.html", status=422 if problems else 200, asked=asked, title=words.t("user.new"),
                          faults=fields.faults(problems, asked))


def _edit_form(user_id: str, typed: Mapping[str, list[str]] | None = None,
               problems: Sequence[Problem] = ()) -> Response:
    account = accounts.member(context.session(), user_id)
    said = {problem.where: fields.in_words(problem) for problem in problems}
    typed = typed or {"roles": [role for role, _ in account.roles],
                      "county": [county for _, county in account.roles if county][:1]}
    asked = _role_questions(typed, said)
    asked["password"] = fields.simple(
        "password", "text", words.t("user.new_password"), hint=words.t("user.new_password_hint"), required=False,
        error=said.get("password", ""), left_to_right=True, max_length=200)
    return rendering.page("admin/user.html", status=422 if problems else 200, asked=asked,
                          title=words.t("user.change_title", name=account.name), faults=fields.faults(problems, asked))


def _role_questions(typed: Mapping[str, Sequence[str]], said: Mapping[str, str]) -> dict[str, fields.Input]:
    roles = [(role, words.known(f"role.{role}")) for role in catalogue.STAFF_ROLES]
    counties = list(rendering.county_names().items())
    return {
        "roles": fields.simple("roles", "checklist", words.t("user.roles"), error=said.get("roles", ""),
                               choices=fields.choices("roles", roles, typed.get("roles", ()))),
        "county": fields.simple("county", "select", words.t("user.county"), hint=words.t("user.county_hint"),
                                required=False, error=said.get("county", ""),
                                choices=fields.choices("county", counties, typed.get("county", ())))}


def _names(found: Sequence[ProcessDefinition]) -> dict[str, str]:
    names = accounts.names(context.session(), [one.deployed_by for one in found])
    return {one.deployed_by: names.get(one.deployed_by, words.known(f"actor.{one.deployed_by}")) for one in found}
