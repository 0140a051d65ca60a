/**
 * An island is a part of a page that needs JavaScript: `<div data-island="viewer" …>`.
 * `island(name, mount)` brings every such element to life once, now and after htmx puts new ones in the page.
 */
const mounted = new WeakSet();

export function island(name, mount) {
  const mountAll = () => {
    for (const element of document.querySelectorAll(`[data-island="${name}"]`)) {
      if (mounted.has(element)) continue;
      mounted.add(element);
      mount(element);
    }
  };
  document.addEventListener("htmx:after:swap", mountAll);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mountAll);
  else mountAll();
}

/** The language of an element: `fa` or `en`. */
export function languageOf(element) {
  return element.closest("[lang]")?.lang.startsWith("en") ? "en" : "fa";
}
