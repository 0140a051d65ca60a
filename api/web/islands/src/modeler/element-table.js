/** The elements as a table, for those who do not use a pointer: each row selects its element for the panel. */
import { is } from "bpmn-js/lib/util/ModelUtil";

import { node } from "../dom.js";

export function elementTable(modeler, translate, select) {
  const body = node("tbody");
  const head = ["Name", "Kind", "ID", ""].map((title) => node("th", { scope: "col" }, title && translate(title)));
  const details = node("details", { class: "pv-elements", ontoggle: fill },
    node("summary", {}, translate("Elements as a table")),
    node("div", { class: "table-responsive" }, node("table", { class: "table table-sm align-middle" },
      node("caption", { class: "visually-hidden" }, translate("Elements of the diagram")),
      node("thead", {}, node("tr", {}, ...head)), body)));

  function fill() {
    if (!details.open) return;
    const shapes = modeler.get("elementRegistry").filter((shape) => !shape.labelTarget && !shape.waypoints
      && (is(shape, "bpmn:FlowNode") || is(shape, "bpmn:Lane") || is(shape, "bpmn:Participant")));
    body.replaceChildren(...shapes.map(row));
  }

  function row(shape) {
    const { id, name, $type } = shape.businessObject;
    const kind = $type.replace("bpmn:", "").replace(/(\B[A-Z])/g, " $1");
    return node("tr", {}, node("th", { scope: "row" }, name ?? ""), node("td", {}, translate(kind)),
      node("td", {}, node("code", { dir: "ltr" }, id)),
      node("td", {}, node("button", { type: "button", class: "btn btn-sm btn-outline-secondary",
        "aria-label": translate("Select {name}", { name: name || id }), onclick: () => select(shape) },
      translate("Select"))));
  }

  return { element: details, refresh: fill };
}
