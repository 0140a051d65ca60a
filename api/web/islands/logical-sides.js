/**
 * The style sheet of the properties panel speaks of left and right; in a Persian page it must speak of start and end.
 * A PostCSS plugin that turns the sides in that one file into logical ones.
 */
const ORIGIN = /properties-panel\.css$/;
const SIDES = {
  "margin-left": "margin-inline-start", "margin-right": "margin-inline-end",
  "padding-left": "padding-inline-start", "padding-right": "padding-inline-end",
  "border-left": "border-inline-start", "border-right": "border-inline-end",
  left: "inset-inline-start", right: "inset-inline-end",
};

export const logicalSides = {
  postcssPlugin: "logical-sides",
  Declaration(declaration) {
    if (!ORIGIN.test(declaration.source?.input.file ?? "") || /tooltip|popup/.test(declaration.parent.selector)) return;
    if (SIDES[declaration.prop]) declaration.prop = SIDES[declaration.prop];
    const sides = declaration.value.split(/\s+/);
    if (/^(margin|padding)$/.test(declaration.prop) && sides.length === 4 && !declaration.value.includes("(")) {
      const [top, right, bottom, left] = sides;
      declaration.replaceWith(
        declaration.clone({ prop: `${declaration.prop}-block`, value: `${top} ${bottom}` }),
        declaration.clone({ prop: `${declaration.prop}-inline`, value: `${left} ${right}` }),
      );
    }
  },
};
