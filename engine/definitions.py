"""Deploy, version, validate, fetch: bundles of diagrams, decisions, forms and rules.

A bundle has one hash and one version; references inside it bind to it. An instance stays on the version it began with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import bundles, callers, dmn, errors, feel, values, verification
from engine import clock as clocks
from engine.bundles import Bundle, Checks
from engine.settings import EngineSettings
from engine.spiff import calls, parser
from engine.spiff.model import ProcessModel
from engine.store import decisions, paging, tables
from engine.store.lru import Lru
from engine.values import Problem

_definition = tables.process_definition
_BY_ID = select(_definition).where(_definition.c.id == bindparam("id"))
_BY_VERSION = select(_definition).where(_definition.c.key == bindparam("key"),
                                        _definition.c.version == bindparam("version"))
_LATEST = (select(_definition).where(_definition.c.key == bindparam("key"))
           .order_by(_definition.c.version.desc()).limit(1))
_BESIDE = select(_definition).where(_definition.c.deployment_id == bindparam("deployment_id"),
                                    _definition.c.key == bindparam("key"))
_NEWEST = select(_definition.c.key, func.max(_definition.c.version).label("newest")).group_by(_definition.c.key)
_RESOURCES = (select(tables.deployment_resource.c.name, tables.deployment_resource.c.content)
              .where(tables.deployment_resource.c.deployment_id == bindparam("deployment_id")))


@dataclass(slots=True)
class Definitions:
    """Deployed bundles and what was read from them, kept in memory by id.

    Rows never change, and the id of a deployment that was rolled back is never asked for again: nothing goes stale.
    """

    clock: clocks.Clock
    functions: feel.Functions | None
    settings: EngineSettings
    _bundles: Lru[str, Bundle] = field(init=False)
    _rows: Lru[str, values.ProcessDefinition] = field(init=False)

    def __post_init__(self) -> None:
        self._bundles = Lru(self.settings.definition_cache)
        self._rows = Lru(self.settings.definition_cache)

    def check(self, resources: Mapping[str, bytes], checks: Checks, session: Session | None = None, *,
              on_verified: verification.OnVerified | None = None) -> list[Problem]:
        """Every problem of a bundle, warnings included; nothing is stored.

        With a session, versions of decisions and of called processes are looked up among those deployed, as `deploy`
        does. `on_verified` is told what verification says of each process, when the diagrams could be read.
        """
        decided = None if session is None else decisions.newest(session)
        deployed = None if session is None else self._deployed_processes(session)
        try:
            return list(self._read(resources, checks, decided, deployed, on_verified).warnings)
        except errors.Invalid as error:
            return list(error.problems)

    def deploy(self, session: Session, *, resources: Mapping[str, bytes], actor: values.Actor, source: str,
               checks: Checks) -> values.Deployment:
        """Store a bundle; every process and every decision in it gets its next version.

        The bundle in force again changes nothing; an older one becomes the newest, which is how an author goes back.

        Raises:
            errors.Invalid: with every problem of every file.
            errors.DeploymentRaced: another deployment took the same version.
        """
        digest = bundles.bundle_hash(resources)
        latest = self.latest_deployment(session)
        if latest is not None and latest.hash == digest:
            return latest
        decided = decisions.newest(session)
        bundle = self._read(resources, checks, decided, self._deployed_processes(session))
        row = {"id": values.new_id(), "hash": digest, "deployed_at": self.clock.now(), "deployed_by": actor.id,
               "source": source}
        try:
            session.execute(insert(tables.deployment), row)
            session.execute(insert(tables.deployment_resource), [
                {"deployment_id": row["id"], "name": name, "content": content} for name, content in resources.items()])
            for process in bundle.processes.values():
                self._add_version(session, process, row)
            decisions.add(session, bundle.models, deployment_id=str(row["id"]), before=decided)
        except IntegrityError as error:
            raise errors.DeploymentRaced from error
        self._bundles.put(str(row["id"]), bundle)
        stored = session.execute(select(tables.deployment).where(tables.deployment.c.id == row["id"])).one()
        return replace(self._deployment(session, stored, is_new=True), warnings=bundle.warnings)

    def definition(self, session: Session, *, id: str | None = None, key: str | None = None,
                   version: int | None = None) -> values.ProcessDefinition:
        """One process definition: by id, by key and version, or the latest of a key.

        Raises:
            errors.NotFound
        """
        if id is not None and (kept := self._rows.get(id)) is not None:
            return kept
        if id is not None:
            row = session.execute(_BY_ID, {"id": id}).first()
        elif version is not None:
            row = session.execute(_BY_VERSION, {"key": key, "version": version}).first()
        else:
            row = session.execute(_LATEST, {"key": key}).first()
        if row is None:
            raise errors.NotFound(what="process definition", id=id or f"{key} {version or ''}".strip())
        found = values.ProcessDefinition(**row._mapping)
        self._rows.put(found.id, found)
        return found

    def called(self, session: Session, key: str, *, version: parser.BoundVersion,
               caller_id: str) -> values.ProcessDefinition:
        """The definition that a call of a process means: the one deployed with the caller, the newest as it is now, or
        the one of that number.

        Raises:
            errors.NotFound
        """
        if version != "deployment":
            return self.definition(session, key=key, version=None if version == "latest" else version)
        deployment_id = self.definition(session, id=caller_id).deployment_id
        row = session.execute(_BESIDE, {"key": key, "deployment_id": deployment_id}).first()
        if row is None:
            raise errors.NotFound(what="process definition", id=key)
        return values.ProcessDefinition(**row._mapping)

    def definitions(self, session: Session, *, key: str | None, latest_only: bool, after: str | None,
                    limit: int) -> values.Page[values.ProcessDefinition]:
        """Definitions by key, newest version first."""
        query = (select(_definition).order_by(_definition.c.key, _definition.c.version.desc())
                 .limit(paging.positive(limit) + 1))
        if key is not None:
            query = query.where(_definition.c.key == key)
        if latest_only:
            other = _definition.alias()
            newest = select(func.max(other.c.version)).where(other.c.key == _definition.c.key).scalar_subquery()
            query = query.where(_definition.c.version == newest)
        if after is not None:
            last_key, last_version = paging.decode(after, str, int)
            query = query.where((_definition.c.key > last_key)
                                | ((_definition.c.key == last_key) & (_definition.c.version < last_version)))
        items = [values.ProcessDefinition(**row._mapping) for row in session.execute(query)]
        more = items[limit - 1] if len(items) > limit else None
        return values.Page(items=items[:limit], next=paging.encode(more.key, more.version) if more else None)

    def latest_deployment(self, session: Session) -> values.Deployment | None:
        """The newest deployment, whoever made it."""
        row = session.execute(select(tables.deployment)
                              .order_by(tables.deployment.c.deployed_at.desc(), tables.deployment.c.id.desc())
                              .limit(1)).first()
        return None if row is None else self._deployment(session, row, is_new=False)

    def resources(self, session: Session, deployment_id: str) -> dict[str, bytes]:
        """All files of a deployment.

        Raises:
            errors.NotFound
        """
        found = {row.name: row.content for row in session.execute(_RESOURCES, {"deployment_id": deployment_id})}
        if not found:
            raise errors.NotFound(what="deployment", id=deployment_id)
        return found

    def resource(self, session: Session, deployment_id: str, name: str) -> bytes:
        """One file of a deployment.

        Raises:
            errors.NotFound
        """
        found = session.execute(_RESOURCES.where(tables.deployment_resource.c.name == name),
                                {"deployment_id": deployment_id}).first()
        if found is None:
            raise errors.NotFound(what="file", id=name)
        return bytes(found.content)

    def bundle(self, session: Session, definition: values.ProcessDefinition) -> Bundle:
        """What was deployed with a definition, read."""
        return self._deployed(session, definition.deployment_id)

    def decision(self, session: Session, decision_id: str,
                 version: int | Literal["latest"]) -> tuple[dmn.Model, int] | None:
        """The model that holds this version of a decision, whichever deployment brought it, and the version."""
        found = decisions.find(session, decision_id, version)
        model = None if found is None else self._deployed(session, found[1]).models.get(decision_id)
        return None if found is None or model is None else (model, found[0])

    def process(self, session: Session, definition_id: str) -> parser.Process:
        """The process of a definition.

        Raises:
            errors.NotFound
        """
        definition = self.definition(session, id=definition_id)
        found = self.bundle(session, definition).processes.get(definition.key)
        if found is None:
            raise errors.NotFound(what="process", id=definition.key)
        return found

    def started_by(self, session: Session, message_name: str) -> list[values.ProcessDefinition]:
        """Latest definitions whose process begins with this message."""
        other = _definition.alias()
        newest = select(func.max(other.c.version)).where(other.c.key == _definition.c.key).scalar_subquery()
        rows = session.execute(
            select(_definition).join(tables.start_message, tables.start_message.c.definition_id == _definition.c.id)
            .where(tables.start_message.c.message_name == message_name, _definition.c.version == newest)
            .order_by(_definition.c.key))
        return [values.ProcessDefinition(**row._mapping) for row in rows]

    def started_by_signal(self, session: Session, name: str) -> list[str]:
        """Ids of the latest definitions whose process begins with this signal, by key."""
        other = _definition.alias()
        newest = select(func.max(other.c.version)).where(other.c.key == _definition.c.key).scalar_subquery()
        return list(session.scalars(
            select(_definition.c.id).join(tables.start_signal, tables.start_signal.c.definition_id == _definition.c.id)
            .where(tables.start_signal.c.signal_name == name, _definition.c.version == newest)
            .order_by(_definition.c.key)))

    def _deployed_processes(self, session: Session) -> calls.Deployed:
        """The processes deployed so far, for the check of those that call them."""

        def read(key: str, version: int) -> ProcessModel | None:
            try:
                definition = self.definition(session, key=key, version=version)
                process = self.process(session, definition.id)
            except (errors.NotFound, errors.Invalid):
                return None
            beside = session.execute(select(_definition.c.key, _definition.c.version)
                                     .where(_definition.c.deployment_id == definition.deployment_id))
            return calls.pinned(process.model, {row.key: row.version for row in beside})

        def who_calls(keys: Collection[str]) -> list[tuple[str, int]]:
            other, call = _definition.alias(), tables.latest_call
            newest = select(func.max(other.c.version)).where(other.c.key == _definition.c.key).scalar_subquery()
            rows = session.execute(
                select(_definition.c.key, _definition.c.version).distinct()
                .join(call, call.c.definition_id == _definition.c.id)
                .where(call.c.called_key.in_(keys), _definition.c.version == newest).order_by(_definition.c.key))
            return [(row.key, row.version) for row in rows]

        newest = {row.key: row.newest for row in session.execute(_NEWEST)}
        return calls.Deployed(newest=newest, read=read, callers=who_calls)

    def _deployed(self, session: Session, deployment_id: str) -> Bundle:
        bundle = self._bundles.get(deployment_id)
        if bundle is None:
            bundle = self._load(self.resources(session, deployment_id))
            self._bundles.put(deployment_id, bundle)
        return bundle

    def _add_version(self, session: Session, process: parser.Process, deployment: Mapping[str, Any]) -> None:
        highest = session.scalar(select(func.max(_definition.c.version)).where(_definition.c.key == process.key))
        definition_id = values.new_id()
        session.execute(insert(_definition), {
            "id": definition_id, "key": process.key, "version": (highest or 0) + 1, "name": process.name,
            "name_en": process.name_en, "deployment_id": deployment["id"], "resource": process.resource,
            "deployed_at": deployment["deployed_at"], "deployed_by": deployment["deployed_by"]})
        if process.start_messages:
            session.execute(insert(tables.start_message), [
                {"definition_id": definition_id, "message_name": name} for name in process.start_messages])
        if process.start_signals:
            session.execute(insert(tables.start_signal), [
                {"definition_id": definition_id, "signal_name": name} for name in process.start_signals])
        if process.latest_calls:
            session.execute(insert(tables.latest_call), [
                {"definition_id": definition_id, "called_key": name} for name in process.latest_calls])

    def _deployment(self, session: Session, row: Any, *, is_new: bool) -> values.Deployment:
        definitions = session.execute(select(_definition).where(_definition.c.deployment_id == row.id)
                                      .order_by(_definition.c.key))
        return values.Deployment(
            id=row.id, hash=row.hash, deployed_at=row.deployed_at, deployed_by=row.deployed_by, source=row.source,
            process_definitions=[values.ProcessDefinition(**each._mapping) for each in definitions], is_new=is_new)

    def _load(self, resources: Mapping[str, bytes]) -> Bundle:
        """A stored bundle. It was accepted when it was deployed and is not judged again: its instances go on."""
        parsed = parser.load(dict(bundles.of_kind(resources, ".bpmn")))
        loaded = dmn.load_all(dict(bundles.of_kind(resources, ".dmn")), functions=self.functions, is_stored=True)
        models = {decision_id: model for model in loaded.models.values() for decision_id in model.decisions}
        return Bundle(processes=parsed.processes, models=models, forms=bundles.read_forms(resources, None, []))

    def _read(self, resources: Mapping[str, bytes], checks: Checks,
              decided: Mapping[str, int] | None, deployed: calls.Deployed | None,
              on_verified: verification.OnVerified | None = None) -> Bundle:
        problems = list(bundles.misnamed(resources, self.settings.bpmn_max_bytes))
        readable = {name: content for name, content in resources.items()
                    if name not in {problem.file for problem in problems}}
        forms = bundles.read_forms(readable, checks.check_form, problems)
        problems += checks.check_resources(readable) if checks.check_resources else ()
        models, all_read = self._read_decisions(readable, problems)
        # A file that could not be read would make every reference into it look wrong as well.
        context = parser.BundleContext(
            forms=set(forms) if len(forms) == len(bundles.of_kind(readable, ".form")) else None,
            handlers=checks.handlers, roles=checks.roles, functions=self.functions,
            decisions=set(models) if all_read else None, deployed_decisions=decided,
            deployed_processes=deployed)
        try:
            parsed = parser.parse(dict(bundles.of_kind(readable, ".bpmn")), context)
        except errors.Invalid as error:
            problems += error.problems
        else:
            bundle = Bundle(processes=parsed.processes, models=models, forms=forms, resources=readable)
            problems += _verified(parsed, on_verified)
            problems += callers.check(
                {key: process.model for key, process in parsed.processes.items()}, deployed) if deployed else ()
            problems += [found for process in parsed.processes.values()
                         for found in verification.readiness.problems(process.model, models, self.functions)]
            problems += checks.check_bundle(bundle) if checks.check_bundle else ()
            if not [problem for problem in problems if problem.severity == "error"]:
                return replace(bundle, resources={}, warnings=[*problems, *parsed.warnings])
            problems += parsed.warnings
        raise errors.Invalid(problems)

    def _read_decisions(self, resources: Mapping[str, bytes],
                        problems: list[Problem]) -> tuple[dict[str, dmn.Model], bool]:
        """Decision id -> model, and whether every file could be read; the tables are analysed as well."""
        files = dict(bundles.of_kind(resources, ".dmn"))
        loaded = dmn.load_all(files, functions=self.functions)
        problems += loaded.problems
        models: dict[str, dmn.Model] = {}
        for name, model in loaded.models.items():
            problems += [finding.problem(name) for finding in dmn.analyse(model)]
            for decision_id in model.decisions:
                if len(decision_id) > bundles.LONGEST_NAME:
                    problems.append(Problem(
                        where=decision_id[:bundles.LONGEST_NAME], file=name, code="too_long",
                        what=f"id has {len(decision_id)} characters, more than {bundles.LONGEST_NAME}",
                        what_fa=f"شناسه {len(decision_id)} نویسه دارد و از {bundles.LONGEST_NAME} بیشتر است",
                        fix="choose a shorter one", fix_fa="مقدار کوتاه‌تری برگزینید"))
                if decision_id in models:
                    problems.append(bundles.twice(name, "decision", decision_id))
                models[decision_id] = model
        return models, len(loaded.models) == len(files)


def _verified(parsed: parser.ParsedBundle, on_verified: verification.OnVerified | None) -> list[Problem]:
    """What the control flow of each process can come to, as warnings."""
    problems: list[Problem] = []
    for key, process in parsed.processes.items():
        verdict = verification.verify(process.model, parsed.known)
        if on_verified is not None:
            on_verified(key, verdict)
        problems += verification.problems(verdict, process.model)
    return problems
