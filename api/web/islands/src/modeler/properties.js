/**
 * The properties of each kind of element, as a table. A property has
 *  - `of`: the BPMN types it belongs to; `holder(businessObject)`: the model element that carries it, if not that itself;
 *  - `name`: its name there; `kind`: `text`, `code` (names for the machine), `feel`, or the name of a list of choices.
 */
import { getBusinessObject, is, isAny } from "bpmn-js/lib/util/ModelUtil";

const EVENTS = ["bpmn:CatchEvent", "bpmn:ThrowEvent"];

const timer = (object) => eventDefinition(object, "bpmn:TimerEventDefinition");
const conditional = (object) => eventDefinition(object, "bpmn:ConditionalEventDefinition");
const message = (object) =>
  object.get("messageRef") ?? eventDefinition(object, "bpmn:MessageEventDefinition")?.get("messageRef");
const loop = (object) => {
  const found = is(object, "bpmn:Activity") && object.get("loopCharacteristics");
  return is(found, "bpmn:MultiInstanceLoopCharacteristics") ? found : undefined;
};
const process = (object) => object.get("processRef");

export const GROUPS = [
  {
    id: "names", label: "Names",
    properties: [
      { of: ["bpmn:FlowElement", "bpmn:Process", "bpmn:Lane"], name: "parvaneh:nameEn", label: "English name", kind: "text" },
      { of: ["bpmn:Participant"], holder: process, name: "parvaneh:nameEn", label: "English name of the process", kind: "text" },
    ],
  },
  {
    id: "work", label: "Work",
    properties: [
      { of: ["bpmn:Lane"], name: "parvaneh:role", label: "Role", kind: "roles", hint: "Who does the tasks of this lane" },
      { of: ["bpmn:UserTask"], name: "parvaneh:role", label: "Role", kind: "roles", hint: "Only when it is not the role of the lane" },
      { of: ["bpmn:UserTask"], name: "parvaneh:formKey", label: "Form", kind: "forms" },
      { of: ["bpmn:UserTask"], name: "parvaneh:deadline", label: "Due at", kind: "feel", hint: "FEEL that gives a date and time" },
      { of: ["bpmn:UserTask"], name: "parvaneh:duty", label: "Duty", kind: "code", hint: "One person may not have two separated duties in one application" },
      { of: ["bpmn:ServiceTask"], name: "parvaneh:handler", label: "Handler", kind: "handlers" },
      { of: ["bpmn:BusinessRuleTask"], name: "parvaneh:decisionId", label: "Decision", kind: "decisions" },
      { of: ["bpmn:BusinessRuleTask"], name: "parvaneh:decisionVersion", label: "Version of the decision", kind: "code", hint: "Empty: the one deployed with the diagram. Otherwise latest, or a number" },
      { of: ["bpmn:ScriptTask"], name: "script", label: "Script", kind: "feel", hint: "One FEEL expression", also: { scriptFormat: "feel" } },
      { of: ["bpmn:ServiceTask", "bpmn:BusinessRuleTask", "bpmn:ScriptTask"], name: "parvaneh:resultVariable", label: "Variable for the result", kind: "code" },
      { of: ["bpmn:CallActivity"], name: "calledElement", label: "Called process", kind: "code", hint: "Id of a process" },
      { of: ["bpmn:CallActivity"], name: "parvaneh:processVersion", label: "Version of the process", kind: "code", hint: "Empty: the one deployed with the diagram. Otherwise latest, or a number" },
    ],
  },
  {
    id: "state", label: "State of the application",
    properties: [
      { of: ["bpmn:UserTask", "bpmn:ReceiveTask", "bpmn:IntermediateCatchEvent", "bpmn:EventBasedGateway", "bpmn:CallActivity", "bpmn:EndEvent"], name: "parvaneh:stage", label: "Stage", kind: "code", hint: "State from here on" },
      { of: ["bpmn:EndEvent"], name: "parvaneh:outcome", label: "Outcome", kind: "code", hint: "How the process ends here" },
    ],
  },
  {
    id: "condition", label: "Condition",
    properties: [
      { of: ["bpmn:SequenceFlow"], when: leavesChoice, name: "conditionExpression", expression: true, label: "Condition", kind: "feel", hint: "FEEL that gives true or false" },
      { of: EVENTS, holder: conditional, name: "condition", expression: true, label: "Condition", kind: "feel", hint: "FEEL; the event occurs as soon as this is true" },
    ],
  },
  {
    id: "schedule", label: "Time",
    properties: [
      { of: EVENTS, holder: timer, timer: "kind", label: "Kind of timer", kind: "timerKinds" },
      { of: EVENTS, holder: timer, timer: "body", label: "When", kind: "feel", hint: "ISO 8601 such as P3D, or FEEL; `anchor` is the moment it counts from" },
      { of: EVENTS, holder: timer, name: "parvaneh:anchor", label: "Counts from", kind: "code", hint: "Empty: from the moment the process arrives here" },
    ],
  },
  {
    id: "correlation", label: "Correlation",
    properties: [
      { of: [...EVENTS, "bpmn:ReceiveTask"], holder: message, name: "parvaneh:correlationKey", label: "Correlation key", kind: "feel", hint: "FEEL over the variables of the waiting process" },
    ],
  },
  {
    id: "each", label: "Once for each item",
    properties: [
      { of: ["bpmn:Activity"], holder: loop, name: "loopDataInputRef", label: "List", kind: "code", hint: "Variable with the items" },
      { of: ["bpmn:Activity"], holder: loop, item: "inputDataItem", type: "bpmn:DataInput", name: "name", label: "Item", kind: "code" },
      { of: ["bpmn:Activity"], holder: loop, name: "loopDataOutputRef", label: "List of results", kind: "code" },
      { of: ["bpmn:Activity"], holder: loop, item: "outputDataItem", type: "bpmn:DataOutput", name: "name", label: "Result of one", kind: "code" },
      { of: ["bpmn:Activity"], holder: loop, item: "outputDataItem", type: "bpmn:DataOutput", name: "parvaneh:value", label: "Value of the result", kind: "feel", hint: "FEEL; empty: the variable of that name" },
      { of: ["bpmn:Activity"], holder: loop, name: "loopCardinality", expression: true, label: "Number of times", kind: "feel", hint: "Instead of a list" },
      { of: ["bpmn:Activity"], holder: loop, name: "completionCondition", expression: true, label: "Enough when", kind: "feel", hint: "FEEL; the rest is then cancelled" },
    ],
  },
];

const TAKE_INPUTS = ["bpmn:UserTask", "bpmn:ServiceTask", "bpmn:BusinessRuleTask", "bpmn:ScriptTask", "bpmn:CallActivity"];

/** Lists of extension elements. */
export const LISTS = [
  { id: "inputs", label: "Inputs", of: TAKE_INPUTS, type: "parvaneh:Input", title: "name",
    fields: [{ name: "name", label: "Name", kind: "code", hint: "Seen by this element alone" },
      { name: "value", label: "Value", kind: "feel" }] },
  { id: "outputs", label: "Outputs", of: [...TAKE_INPUTS, "bpmn:ReceiveTask", "bpmn:IntermediateCatchEvent", "bpmn:BoundaryEvent"],
    when: givesResults, type: "parvaneh:Output", title: "name",
    fields: [{ name: "name", label: "Variable", kind: "code", hint: "With outputs, nothing else is written" },
      { name: "value", label: "Value", kind: "feel", hint: "FEEL over the results, the inputs and the variables" }] },
  { id: "separations", label: "Separation of duties", of: ["bpmn:Process"], type: "parvaneh:Separation", title: "duties",
    fields: [{ name: "duties", label: "Duties", kind: "code", hint: "Separated by spaces; nobody may have two of them" }] },
  { id: "separations", label: "Separation of duties", of: ["bpmn:Participant"], holder: process, type: "parvaneh:Separation", title: "duties",
    fields: [{ name: "duties", label: "Duties", kind: "code", hint: "Separated by spaces; nobody may have two of them" }] },
];

export const TIMER_KINDS = [
  { value: "timeDuration", label: "After a duration" },
  { value: "timeDate", label: "At a moment" },
  { value: "timeCycle", label: "Repeatedly" },
];

/** The properties of a group that this element has, each with the model element that carries it. */
export function propertiesOf(element, group) {
  return withHolders(element, group.properties);
}

export function listsOf(element) {
  return withHolders(element, LISTS);
}

function withHolders(element, table) {
  const object = getBusinessObject(element);
  return table
    .filter((row) => isAny(object, row.of) && (!row.when || row.when(object)))
    .map((row) => ({ row, holder: row.holder ? row.holder(object) : object }))
    .filter(({ holder }) => holder);
}

function eventDefinition(object, type) {
  return is(object, "bpmn:Event") ? object.get("eventDefinitions").find((found) => is(found, type)) : undefined;
}

/** Events have results only where they catch a message. */
function givesResults(object) {
  return !is(object, "bpmn:Event") || Boolean(eventDefinition(object, "bpmn:MessageEventDefinition"));
}

function leavesChoice(flow) {
  return isAny(flow.sourceRef, ["bpmn:ExclusiveGateway", "bpmn:InclusiveGateway", "bpmn:Activity"])
    && flow.sourceRef.default !== flow;
}
