/**
 * Stands in for the code editors that the properties panel can show (FEEL, templates, JSON) and that our fields do not
 * use: with them the modeler would be half as large again. Nothing here is ever called after loading.
 */
const unused = () => {
  throw new Error("the modeler has no code editor");
};
/** The two that are called while the module loads. */
const definition = { define: () => ({ of: unused }) };
export const jsonParseLinter = () => unused;

export default class {
  constructor() {
    unused();
  }
}

export { unused as FeelersEditor, unused as EditorView, definition as Annotation, unused as EditorState };
export {
  unused as bracketMatching, unused as closeBrackets, unused as closeBracketsKeymap, unused as defaultHighlightStyle,
  unused as defaultKeymap, unused as drawSelection, unused as foldGutter, unused as foldKeymap,
  unused as getVariablesForElement, unused as getVariablesForScope, unused as highlightSpecialChars, unused as history,
  unused as historyKeymap, unused as json, unused as keymap, unused as lineNumbers,
  unused as linter, unused as placeholder, unused as syntaxHighlighting,
};
