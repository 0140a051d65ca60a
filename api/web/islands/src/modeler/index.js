/**
 * The editor of a process definition:
 * `<div data-island="modeler" data-xml-url data-deploy-url data-resource data-base data-csrf data-definition-url>`.
 * `data-resource` is the file name in the deployment, `data-base` the deployment whose other files are kept, and
 * `{id}` in `data-definition-url` stands for the new version. `data-choices` offers `roles`, `forms`, `handlers` and
 * `decisions` to choose from, as JSON lists of strings or of `{value, label}`. `data-refresh` selects the part of the
 * page that a deployment changes.
 */
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule } from "bpmn-js-properties-panel";
import Modeler from "bpmn-js/lib/Modeler";

import { begin, centreOn, fit, fontReady, renderers, zoomBy, ZOOM_STEP } from "../diagram/look.js";
import { moddleExtensions } from "../diagram/moddle.js";
import { node, symbolButton } from "../dom.js";
import { island, languageOf } from "../island.js";
import { Deployer } from "./deploy.js";
import { elementTable } from "./element-table.js";
import { SupportedMenuModule } from "./menus.js";
import "./modeler.css";
import { ParvanehPropertiesModule } from "./properties-provider.js";
import { refresh } from "./refresh.js";
import { Report } from "./report.js";
import { translator } from "./translate.js";

const PALETTE_WIDTH = 115;
const LARGEST_FILE = 2 * 1024 * 1024;

class Editor {
  constructor(element) {
    this.element = element;
    this.translate = translator(languageOf(element));
    this.deployer = new Deployer(element.dataset, languageOf(element));
    this.changed = false;
    this.canvasElement = node("div", { class: "pv-canvas pv-modeler-canvas", dir: "ltr" });
    this.panelElement = node("section", { class: "pv-panel", "aria-label": this.translate("Properties of the selected element") });
    this.modeler = this.createModeler();
    this.report = new Report(this.modeler, this.translate, (shape) => this.select(shape));
    this.table = elementTable(this.modeler, this.translate, (shape) => this.select(shape, true));
    this.build();
  }

  createModeler() {
    return new Modeler({
      container: this.canvasElement,
      propertiesPanel: { parent: this.panelElement },
      parvaneh: JSON.parse(this.element.dataset.choices || "{}"),
      moddleExtensions,
      additionalModules: [BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ParvanehPropertiesModule,
        SupportedMenuModule, { translate: ["value", this.translate] }],
      ...renderers,
    });
  }

  build() {
    this.state = node("span", { class: "pv-state", role: "status" });
    this.element.replaceChildren(
      node("div", { class: "pv-bar", role: "toolbar", "aria-label": this.translate("Editor") }, ...this.buttons()),
      this.report.element,
      node("div", { class: "pv-desk" }, this.canvasElement, this.panelElement),
      this.table.element,
    );
    this.modeler.on("commandStack.changed", () => this.setChanged(true));
    window.addEventListener("beforeunload", (event) => {
      if (this.changed) event.preventDefault();
    });
    this.setChanged(false);
  }

  buttons() {
    const t = this.translate;
    const canvas = () => this.modeler.get("canvas");
    this.deployButton = node("button", { type: "button", class: "btn btn-primary", onclick: () => this.deploy() },
      t("Deploy as a new version"));
    this.undoButton = symbolButton("↶", t("Undo"), () => this.modeler.get("commandStack").undo());
    this.redoButton = symbolButton("↷", t("Redo"), () => this.modeler.get("commandStack").redo());
    this.fileInput = node("input", { type: "file", accept: ".bpmn,.xml", class: "visually-hidden", tabindex: "-1",
      "aria-hidden": "true", onchange: () => this.upload() });
    return [
      this.deployButton, this.state, node("span", { class: "pv-bar-gap" }),
      this.undoButton, this.redoButton,
      symbolButton("+", t("Zoom in"), () => zoomBy(canvas(), ZOOM_STEP)),
      symbolButton("−", t("Zoom out"), () => zoomBy(canvas(), 1 / ZOOM_STEP)),
      symbolButton("⤢", t("Whole diagram"), () => fit(canvas(), PALETTE_WIDTH)),
      node("button", { type: "button", class: "btn btn-sm btn-outline-secondary", onclick: () => this.download() },
        t("Download the diagram")),
      node("button", { type: "button", class: "btn btn-sm btn-outline-secondary", onclick: () => this.fileInput.click() },
        t("Open a file")),
      this.fileInput,
    ];
  }

  async open() {
    try {
      const response = await fetch(this.element.dataset.xmlUrl, { credentials: "same-origin" });
      if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
      const [xml] = await Promise.all([response.text(), fontReady()]);
      await this.show(xml);
      this.element.dataset.state = "ready";
    } catch (error) {
      this.report.message(this.translate("The diagram could not be loaded"));
      this.element.dataset.state = "failed";
      console.error(error);
    }
  }

  async show(xml) {
    await this.modeler.importXML(xml);
    begin(this.modeler.get("canvas"), PALETTE_WIDTH);
    this.setChanged(false);
  }

  setChanged(changed) {
    const stack = this.modeler.get("commandStack");
    this.changed = changed;
    this.undoButton.disabled = !stack.canUndo();
    this.redoButton.disabled = !stack.canRedo();
    this.state.textContent = this.translate(changed ? "Changes not deployed" : "No changes");
    this.state.classList.toggle("is-changed", changed);
    this.table.refresh();
  }

  select(shape, toPanel = false) {
    this.modeler.get("selection").select(shape);
    centreOn(this.modeler.get("canvas"), shape);
    this.canvasElement.scrollIntoView({ block: "nearest" });
    if (!toPanel) {
      this.modeler.get("canvas").focus();
      return;
    }
    // The panel draws itself after the selection changed.
    requestAnimationFrame(() => this.panelElement.querySelector("input, select, textarea")?.focus());
  }

  async deploy() {
    this.deployButton.disabled = true;
    this.state.textContent = this.translate("Deploying…");
    const { xml } = await this.modeler.saveXML({ format: true });
    const { deployment, problem } = await this.deployer.deploy(xml);
    this.deployButton.disabled = false;
    this.setChanged(deployment ? false : this.changed);
    if (!deployment) {
      this.report.failure(problem);
      return;
    }
    const definition = this.deployer.definitionOf(deployment);
    const href = definition && this.element.dataset.definitionUrl?.replace("{id}", encodeURIComponent(definition.id));
    this.report.success(deployment, definition, href);
    await refresh(this.element.dataset.refresh);
  }

  async download() {
    const { xml } = await this.modeler.saveXML({ format: true });
    const href = URL.createObjectURL(new Blob([xml], { type: "application/xml" }));
    const name = (this.element.dataset.resource ?? "process.bpmn").split("/").pop();
    node("a", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href));
  }

  async upload() {
    const [file] = this.fileInput.files;
    this.fileInput.value = "";
    if (!file) return;
    this.report.clear();
    if (file.size > LARGEST_FILE) {
      this.report.message(this.translate("The file is larger than 2 megabytes"));
      return;
    }
    if (this.changed && !window.confirm(this.translate("Replace the diagram and lose the changes?"))) return;
    const { xml: before } = await this.modeler.saveXML();
    try {
      await this.show(await file.text());
      this.setChanged(true);
    } catch {
      await this.show(before);
      this.report.message(this.translate("This file cannot be shown as a diagram"));
    }
  }
}

island("modeler", (element) => new Editor(element).open());
