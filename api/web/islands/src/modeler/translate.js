/** Words of the modeler: English is the key, Persian is looked up. Unknown words stay English. */
import fa from "./fa.json";

export function translator(language) {
  const words = language === "fa" ? fa : {};
  const numbers = new Intl.NumberFormat(language === "fa" ? "fa-IR" : "en-GB", { useGrouping: false });
  const shown = (value) => typeof value === "number" ? numbers.format(value) : value;
  return (template, replacements = {}) =>
    (words[template] ?? template).replace(/{([^}]+)}/g, (found, key) => shown(replacements[key]) ?? found);
}
