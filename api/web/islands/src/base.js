/** On every page: htmx, Bootstrap's collapsing navigation, and the loader of islands. Nothing here is needed to work. */
import "bootstrap/js/dist/collapse.js";
import htmx from "htmx.org/dist/htmx.esm.js";

window.htmx = htmx;

const LOADED = new Set();

/** Fetches the script and the style sheet of every kind of island on the page, each once. */
function loadIslands() {
  for (const { dataset } of document.querySelectorAll("[data-island]")) {
    if (LOADED.has(dataset.island)) continue;
    LOADED.add(dataset.island);
    load(dataset.island);
  }
}

async function load(name) {
  await styleSheet(new URL(`${name}.css`, import.meta.url).href);
  await import(/* @vite-ignore */ new URL(`${name}.js`, import.meta.url).href);
}

function styleSheet(href) {
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return undefined;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

document.addEventListener("htmx:after:swap", loadIslands);
loadIslands();
