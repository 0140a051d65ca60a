/** Marks on a diagram what is done, where tokens wait and where something failed. */
import { node } from "../dom.js";

/** Returns the shape to look at first: one with an incident, else one with a token; undefined when there is none. */
export function showProgress(viewer, progress, words) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const overlays = viewer.get("overlays");
  const number = new Intl.NumberFormat(words.locale);
  const shapes = (ids) => ids.map((id) => registry.get(id)).filter((shape) => shape && !shape.waypoints);
  const badge = (shape, kind, text, label) => overlays.add(shape.id, `pv-${kind}`, {
    position: { top: -13, right: 13 },
    html: node("span", { class: `pv-badge pv-badge-${kind}`, title: label }, text),
  });

  const { active = {}, completed = {}, incidents = [] } = progress;
  for (const shape of shapes(Object.keys(completed))) {
    if (!active[shape.id]) canvas.addMarker(shape.id, "pv-completed");
  }
  for (const shape of shapes(Object.keys(active))) {
    canvas.addMarker(shape.id, "pv-active");
    if (!incidents.includes(shape.id)) {
      badge(shape, "active", active[shape.id] > 1 ? number.format(active[shape.id]) : "●", words.active);
    }
  }
  for (const shape of shapes(incidents)) {
    canvas.addMarker(shape.id, "pv-incident");
    badge(shape, "incident", "!", words.incident);
  }
  return shapes(incidents)[0] ?? shapes(Object.keys(active))[0];
}
