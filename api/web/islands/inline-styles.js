/**
 * Style attributes in markup are refused by our content security policy. Where the diagram libraries write some into
 * icons, each declaration becomes the presentation attribute of the same name, which is allowed.
 */
const WRITES_STYLES = /(Align|Distribute)ElementsIcons\.js$|bpmn-js-properties-panel\/dist\/index\.esm\.js$/;

export function inlineStylesToAttributes() {
  return {
    name: "inline-styles-to-attributes",
    enforce: "pre",
    transform(code, id) {
      if (!WRITES_STYLES.test(id.replaceAll("\\", "/"))) return null;
      return { code: code.replace(/ style="([^"]*)"/g, (_, style) => attributes(style)), map: null };
    },
  };
}

function attributes(style) {
  const declarations = style.split(";").map((part) => part.split(":").map((side) => side.trim()));
  return declarations.filter(([name]) => name).map(([name, value]) => ` ${name}="${value}"`).join("");
}
