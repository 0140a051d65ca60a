/** How diagrams look, in the viewer and in the modeler alike. */
import { getMid } from "diagram-js/lib/layout/LayoutUtil";

const FONT = "Vazirmatn, Tahoma, sans-serif";

export const renderers = {
  textRenderer: {
    defaultStyle: { fontFamily: FONT, fontSize: 12, fontWeight: "500", lineHeight: 1.35 },
    externalStyle: { fontFamily: FONT, fontSize: 12, lineHeight: 1.35 },
  },
  bpmnRenderer: { defaultFillColor: "#ffffff", defaultStrokeColor: "#2b3a47", defaultLabelColor: "#1c2733" },
};

/** Labels are measured while they are drawn, so the font must be there before the diagram is. */
export async function fontReady() {
  await Promise.all(["500 12px Vazirmatn", "12px Vazirmatn"].map((font) => document.fonts.load(font, "پروانه")));
}

const MARGIN = 16;
const BEGINNING = 0.6;
export const READABLE = 0.45;
export const ZOOM_STEP = 1.25;

export function zoomBy(canvas, factor) {
  canvas.zoom(Math.min(3, Math.max(0.15, canvas.zoom() * factor)));
}

/** Shows the whole diagram beside what covers the left of the canvas, never larger than life. */
export function fit(canvas, covered = 0) {
  const { inner, outer } = canvas.viewbox();
  const free = { width: outer.width - covered - 2 * MARGIN, height: outer.height - 2 * MARGIN };
  const scale = Math.min(1, free.width / inner.width, free.height / inner.height);
  if (!(scale > 0)) return;
  canvas.viewbox({
    x: inner.x + inner.width / 2 - (covered + MARGIN + free.width / 2) / scale,
    y: inner.y + inner.height / 2 - (MARGIN + free.height / 2) / scale,
    width: outer.width / scale, height: outer.height / scale,
  });
}

/** The first view: all of it, or where that would be too small to read, its beginning. */
export function begin(canvas, covered = 0) {
  fit(canvas, covered);
  if (canvas.zoom() >= READABLE) return;
  const { inner, outer } = canvas.viewbox();
  const height = outer.height / BEGINNING;
  canvas.viewbox({
    x: inner.x - (covered + MARGIN) / BEGINNING,
    y: inner.height < height ? inner.y - (height - inner.height) / 2 : inner.y - MARGIN / BEGINNING,
    width: outer.width / BEGINNING, height,
  });
}

/** Moves the view so that an element is in its middle, at a scale at which it can be read. */
export function centreOn(canvas, shape, scale = Math.max(canvas.zoom(), 0.75)) {
  canvas.zoom(scale);
  const { width, height } = canvas.viewbox().outer;
  const middle = getMid(shape);
  canvas.viewbox({ x: middle.x - width / scale / 2, y: middle.y - height / scale / 2,
    width: width / scale, height: height / scale });
}
