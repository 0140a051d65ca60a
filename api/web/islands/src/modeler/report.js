/** What the server said: every problem with the way to its element, or the link to the new version. */
import { node } from "../dom.js";

const MARKERS = { error: "pv-problem", warning: "pv-warning" };

export class Report {
  constructor(modeler, translate, focus) {
    this.modeler = modeler;
    this.translate = translate;
    this.focus = focus;
    this.element = node("section", { class: "pv-report", tabindex: "-1", "aria-live": "polite" });
    this.marked = [];
  }

  clear() {
    const canvas = this.modeler.get("canvas");
    const registry = this.modeler.get("elementRegistry");
    for (const [id, marker] of this.marked) if (registry.get(id)) canvas.removeMarker(id, marker);
    this.marked = [];
    this.element.replaceChildren();
  }

  failure(problem) {
    this.clear();
    const t = this.translate;
    const told = problem?.errors ?? [];
    const faults = told.filter(({ severity }) => severity !== "warning");
    const title = faults.length > 1 ? t("{count} problems; nothing was deployed", { count: faults.length })
      : faults.length ? t("One problem; nothing was deployed")
        : problem ? t("Nothing was deployed") : t("The server did not answer; nothing is lost, try again");
    this.show("danger", title, !faults.length && (problem?.detail ?? problem?.title), this.faults(faults),
      ...this.warnings(told.filter(({ severity }) => severity === "warning")));
  }

  success(deployment, definition, href) {
    this.clear();
    const t = this.translate;
    const title = deployment.is_new === false ? t("This very version was deployed before; nothing changed")
      : definition ? t("Deployed as version {version}", { version: definition.version }) : t("Deployed");
    const link = href && node("a", { href, class: "alert-link" }, t("Open this version"));
    this.show("success", title, link, ...this.warnings(deployment.warnings ?? []));
  }

  message(text) {
    this.clear();
    this.show("danger", text);
  }

  show(kind, title, ...content) {
    this.element.replaceChildren(node("div", { class: `alert alert-${kind}` },
      node("h2", { class: "h4" }, title), ...content.filter(Boolean)));
    this.element.focus();
  }

  warnings(warnings) {
    return [warnings.length > 0 && node("h3", { class: "h4 mt-3" }, this.translate("Warnings")), this.faults(warnings)];
  }

  faults(faults) {
    return faults.length > 0 && node("ol", { class: "pv-faults" }, ...faults.map((fault) => this.fault(fault)));
  }

  fault(fault) {
    const t = this.translate;
    const shape = this.modeler.get("elementRegistry").get(fault.where);
    const name = shape?.businessObject?.name;
    const facts = [name && fault.where, fault.line && t("line {line}", { line: fault.line }), fault.file].filter(Boolean);
    if (shape) {
      const marker = MARKERS[fault.severity] ?? MARKERS.error;
      this.modeler.get("canvas").addMarker(shape.id, marker);
      this.marked.push([shape.id, marker]);
    }
    const title = shape
      ? node("button", { type: "button", class: "btn btn-link p-0", onclick: () => this.focus(shape) }, name || fault.where)
      : node("strong", { class: "ltr" }, fault.where ?? "");
    return node("li", { class: "pv-fault" }, title, " ",
      ...facts.map((fact) => node("small", { class: "pv-fact" }, fact)),
      node("div", {}, fault.what ?? ""),
      fault.fix && node("div", { class: "pv-fix" }, t("How to fix: {fix}", { fix: fault.fix })));
  }
}
