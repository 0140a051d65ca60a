/** Our part of the properties panel: fields and lists made from the table in properties.js. */
import {
  Group, isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited, ListGroup, SelectEntry, TextAreaEntry,
  TextFieldEntry,
} from "@bpmn-io/properties-panel";
import { jsx } from "@bpmn-io/properties-panel/preact/jsx-runtime";
import { useService } from "bpmn-js-properties-panel";
import { is } from "bpmn-js/lib/util/ModelUtil";

import { GROUPS, listsOf, propertiesOf, TIMER_KINDS } from "./properties.js";

/** Groups of the general provider that make sense here; ours take the place of the others. */
const GENERAL_GROUPS = new Set(["general", "documentation", "message", "error"]);
const BELOW_GENERAL = 500;

class ParvanehPropertiesProvider {
  constructor(config, propertiesPanel, injector) {
    this._choices = { timerKinds: TIMER_KINDS, ...config };
    this._injector = injector;
    propertiesPanel.registerProvider(BELOW_GENERAL, this);
  }

  getGroups(element) {
    return (groups) => [
      ...groups.filter(({ id }) => GENERAL_GROUPS.has(id)),
      ...GROUPS.map((group) => this._group(element, group)).filter(Boolean),
      ...listsOf(element).map(({ row, holder }) => this._list(element, row, holder)),
    ];
  }

  _group(element, group) {
    const entries = propertiesOf(element, group).map(({ row, holder }) => this._entry(row, group.id, holder));
    if (!entries.length) return null;
    return { id: group.id, label: this._translate(group.label), component: Group, entries, shouldOpen: true };
  }

  _entry(row, scope, holder) {
    const options = this._choices[row.kind];
    const [component, isEdited] = options ? [ChoiceEntry, isSelectEntryEdited]
      : row.kind === "feel" ? [LongEntry, isTextAreaEntryEdited] : [ShortEntry, isTextFieldEntryEdited];
    const style = row.kind === "text" ? "text" : options ? "choice" : "code";
    const id = [style, scope, row.item, row.timer ?? row.name.replace(":", "-")].filter(Boolean).join("-");
    return { id, component, isEdited, row, holder, options };
  }

  _list(element, row, holder) {
    const items = extensions(holder, row.type).map((item, index) => {
      const entries = row.fields.map((field) => this._entry(field, `${row.id}-${index}`, item));
      const remove = (event) => {
        event.stopPropagation();
        this._setExtensions(element, holder, holder.extensionElements.values.filter((found) => found !== item));
      };
      return { id: `${row.id}-${index}`, label: item.get(row.title) || "—", entries, remove,
        autoFocusEntry: entries[0].id };
    });
    const add = (event) => {
      event.stopPropagation();
      const item = this._injector.get("moddle").create(row.type, {});
      this._setExtensions(element, holder, [...(holder.extensionElements?.values ?? []), item]);
    };
    return { id: row.id, label: this._translate(row.label), component: ListGroup, items, add };
  }

  _setExtensions(element, holder, values) {
    const modeling = this._injector.get("modeling");
    if (holder.extensionElements) {
      modeling.updateModdleProperties(element, holder.extensionElements, { values });
      return;
    }
    const extensionElements = this._injector.get("bpmnFactory").create("bpmn:ExtensionElements", { values });
    extensionElements.$parent = holder;
    for (const value of values) value.$parent = extensionElements;
    modeling.updateModdleProperties(element, holder, { extensionElements });
  }

  _translate(text) {
    return this._injector.get("translate")(text);
  }
}

ParvanehPropertiesProvider.$inject = ["config.parvaneh", "propertiesPanel", "injector"];

export const ParvanehPropertiesModule = {
  __init__: ["parvanehPropertiesProvider"],
  parvanehPropertiesProvider: ["type", ParvanehPropertiesProvider],
};

// One component a kind, made once: made anew on each change they would mount anew and lose what is being typed.
const ShortEntry = (props) => jsx(TextFieldEntry, useField(props));
const LongEntry = (props) => jsx(TextAreaEntry, { ...useField(props), monospace: true, rows: 2 });
const ChoiceEntry = (props) => {
  const translate = useService("translate");
  const field = useField(props);
  return jsx(SelectEntry, { ...field, getOptions: () => choices(props.options, field.getValue(), translate) });
};

function useField({ element, id, row, holder }) {
  const translate = useService("translate");
  const modeling = useService("modeling");
  const factory = useService("bpmnFactory");
  const debounce = useService("debounceInput");
  return {
    element, id, debounce, translate,
    label: translate(row.label),
    description: row.hint && translate(row.hint),
    getValue: () => read(row, holder) ?? "",
    setValue: (value) => {
      // Leaving a field sets it again; that is no change to undo.
      if ((value || undefined) === (read(row, holder) || undefined)) return;
      const [target, changes] = write(row, holder, value || undefined, factory);
      modeling.updateModdleProperties(element, target, changes);
    },
  };
}

function choices(options, value, translate) {
  const rows = options.map((option) => typeof option === "string" ? { value: option, label: option }
    : { value: option.value, label: translate(option.label) });
  if (value && !rows.some((row) => row.value === value)) rows.unshift({ value, label: value });
  return [{ value: "", label: translate("<none>") }, ...rows];
}

function read(row, holder) {
  if (row.timer) {
    const kind = timerKind(holder);
    return row.timer === "kind" ? kind : holder.get(kind ?? "timeDuration")?.body;
  }
  if (row.expression) return holder.get(row.name)?.body;
  return (row.item ? holder.get(row.item) : holder)?.get(row.name);
}

/** What to change for a new value: the model element and its properties. */
function write(row, holder, value, factory) {
  if (row.timer) return [holder, timerChanges(row, holder, value, factory)];
  if (row.expression) return [holder, { [row.name]: expression(holder, value, factory) }];
  if (row.item && !holder.get(row.item)) {
    const item = factory.create(row.type, { [row.name]: value });
    item.$parent = holder;
    return [holder, { [row.item]: item }];
  }
  return [row.item ? holder.get(row.item) : holder, { [row.name]: value, ...row.also }];
}

function timerChanges(row, holder, value, factory) {
  const now = timerKind(holder) ?? "timeDuration";
  const kind = row.timer === "kind" ? value ?? now : now;
  const body = row.timer === "kind" ? holder.get(now)?.body ?? "" : value;
  const none = { timeDate: undefined, timeDuration: undefined, timeCycle: undefined };
  return { ...none, [kind]: expression(holder, body, factory) };
}

function timerKind(definition) {
  return TIMER_KINDS.map(({ value }) => value).find((name) => definition.get(name));
}

function expression(parent, body, factory) {
  if (body === undefined) return undefined;
  const created = factory.create("bpmn:FormalExpression", { body });
  created.$parent = parent;
  return created;
}

function extensions(holder, type) {
  return (holder.extensionElements?.values ?? []).filter((value) => is(value, type));
}
