/** Builds elements: `node("button", { type: "button", onclick: save }, "Save")`. Text is always text, never markup. */
export function node(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** A button with a symbol to see and words to hear. */
export function symbolButton(symbol, label, onclick) {
  return node("button", { type: "button", class: "btn btn-sm btn-outline-secondary pv-symbol", title: label,
    "aria-label": label, onclick }, node("span", { "aria-hidden": "true" }, symbol));
}
