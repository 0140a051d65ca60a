/** What the diagrams are made of: BPMN, and the words Parvaneh adds to it. */
import bpmn from "bpmn-moddle/resources/bpmn/json/bpmn.json";

import parvaneh from "./parvaneh.json";

const PLAIN_REFERENCES = new Set(["loopDataInputRef", "loopDataOutputRef"]);

/**
 * BPMN with loop data references as plain variable names. In the standard they point at data objects; we refer to
 * process variables, and a reference that points at nothing would be lost when the diagram is saved.
 */
function withPlainLoopReferences(descriptor) {
  const types = descriptor.types.map((type) => type.name !== "MultiInstanceLoopCharacteristics" ? type : {
    ...type,
    properties: type.properties.map((property) =>
      PLAIN_REFERENCES.has(property.name) ? { name: property.name, type: "String" } : property),
  });
  return { ...descriptor, types };
}

export const moddleExtensions = { bpmn: withPlainLoopReferences(bpmn), parvaneh };
