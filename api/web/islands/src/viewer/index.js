/**
 * A diagram with where an instance stands on it:
 * `<div data-island="viewer" data-xml-url="…" data-progress-url="…">a table of the steps, as fallback</div>`.
 * The progress is `{active: {id: tokens}, completed: {id: times}, incidents: [id]}`, from the URL or in `data-progress`.
 */
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import { begin, centreOn, fit, fontReady, READABLE, renderers, zoomBy, ZOOM_STEP } from "../diagram/look.js";
import { moddleExtensions } from "../diagram/moddle.js";
import { node, symbolButton } from "../dom.js";
import { island, languageOf } from "../island.js";
import { showProgress } from "./progress.js";
import "./viewer.css";
import { WORDS } from "./words.js";

const PAN = 120;

class DiagramView {
  constructor(element) {
    this.element = element;
    this.language = languageOf(element);
    this.words = WORDS[this.language];
    this.canvasElement = node("div", { class: "pv-canvas pv-viewer-canvas", dir: "ltr" });
    this.bar = node("div", { class: "pv-bar", role: "group", "aria-label": this.words.controls });
    this.legend = node("ul", { class: "pv-legend" });
  }

  async open() {
    const { xmlUrl } = this.element.dataset;
    const view = node("div", { class: "pv-viewer" }, this.bar, this.canvasElement, this.legend);
    this.element.prepend(view);
    try {
      const [xml, progress] = await Promise.all([fetchText(xmlUrl), this.progress(), fontReady()]);
      await this.show(xml);
      this.mark(progress);
      this.element.dataset.state = "ready";
    } catch (error) {
      view.replaceChildren(node("p", { class: "pv-error", role: "alert" }, this.words.failed));
      this.element.dataset.state = "failed";
      console.error(error);
    }
  }

  async progress() {
    const { progress, progressUrl } = this.element.dataset;
    if (progress) return JSON.parse(progress);
    return progressUrl ? JSON.parse(await fetchText(progressUrl)) : { active: {}, completed: {}, incidents: [] };
  }

  async show(xml) {
    this.viewer = new NavigatedViewer({ container: this.canvasElement, moddleExtensions, ...renderers,
      zoomScroll: { enabled: false } });
    const { rootElement } = await this.viewer.get("moddle").fromXML(xml);
    if (this.language === "en") useEnglishNames(rootElement);
    await this.viewer.importDefinitions(rootElement);
    this.canvas = this.viewer.get("canvas");
    this.buildBar();
    this.letThePageScroll();
  }

  /** The wheel belongs to the page until someone works in the diagram. */
  letThePageScroll() {
    const wheel = this.viewer.get("zoomScroll");
    this.canvasElement.addEventListener("focusin", () => wheel.toggle(true));
    this.canvasElement.addEventListener("focusout", () => wheel.toggle(false));
  }

  mark(progress) {
    fit(this.canvas);
    const isReadable = this.canvas.zoom() >= READABLE;
    this.current = showProgress(this.viewer, progress, this.words);
    const legend = [["active", progress.active], ["completed", progress.completed], ["incident", progress.incidents]];
    for (const [kind, found] of legend) {
      if (Object.keys(found ?? {}).length) {
        this.legend.append(node("li", { class: `pv-legend-${kind}` }, this.words[kind]));
      }
    }
    if (!this.current) {
      begin(this.canvas);
      return;
    }
    this.bar.append(node("button", { type: "button", class: "btn btn-sm btn-outline-primary",
      onclick: () => centreOn(this.canvas, this.current) }, this.words.current));
    if (!isReadable) centreOn(this.canvas, this.current);
  }

  buildBar() {
    const { canvas, words } = this;
    const pan = (dx, dy) => () => canvas.scroll({ dx, dy });
    this.bar.append(
      symbolButton("+", words.zoomIn, () => zoomBy(canvas, ZOOM_STEP)),
      symbolButton("−", words.zoomOut, () => zoomBy(canvas, 1 / ZOOM_STEP)),
      symbolButton("⤢", words.fit, () => fit(canvas)),
      symbolButton("←", words.left, pan(PAN, 0)),
      symbolButton("→", words.right, pan(-PAN, 0)),
      symbolButton("↑", words.up, pan(0, PAN)),
      symbolButton("↓", words.down, pan(0, -PAN)),
    );
  }
}

async function fetchText(url) {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

function useEnglishNames(definitions) {
  const seen = new Set();
  const visit = (element) => {
    if (!element?.$descriptor || seen.has(element)) return;
    seen.add(element);
    if (element.get("parvaneh:nameEn")) element.set("name", element.get("parvaneh:nameEn"));
    for (const { name, isReference } of element.$descriptor.properties) {
      if (isReference) continue;
      const value = element.get(name);
      if (Array.isArray(value)) value.forEach(visit);
      else visit(value);
    }
  };
  visit(definitions);
}

island("viewer", (element) => new DiagramView(element).open());
