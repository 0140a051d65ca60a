/** Writes THIRD-PARTY-LICENCES.txt: the licence of every package of which a part is in the build. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const LICENCE_FILE = /^(licen[cs]e|ofl|notice|copying)(\.(md|txt))?$/i;
const BUNDLED_NOTICES = { "swagger-ui-dist": ["swagger-ui-es-bundle.js.LICENSE.txt"] };

export function thirdPartyLicences() {
  const folders = new Set();
  return {
    name: "third-party-licences",
    buildStart() {
      folders.clear();
      // Style sheets and fonts are inlined without passing through the module graph: name what we ask for ourselves.
      const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
      for (const name of Object.keys(dependencies)) folders.add(join("node_modules", name));
    },
    generateBundle(_options, bundle) {
      for (const id of Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}))) {
        const folder = packageFolder(id);
        if (folder) folders.add(relative(".", folder));
      }
      const texts = [...folders].map(licenceOf).sort((a, b) => (a.title < b.title ? -1 : 1));
      const source = texts.map(({ title, text }) => `${title}\n${"=".repeat(title.length)}\n\n${text}\n`).join("\n\n");
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-LICENCES.txt", source });
    },
  };
}

/** The package a module belongs to: the nearest folder that has a licence of its own. */
function packageFolder(id) {
  const path = id.replace(/^\0+/, "").split("?")[0].replaceAll("\\", "/");
  const start = path.lastIndexOf("/node_modules/");
  if (start < 0) return null;
  let folder = dirname(path);
  let outermost = null;
  while (folder.length > start + "/node_modules".length) {
    if (existsSync(join(folder, "package.json"))) {
      outermost = folder;
      if (licenceFiles(folder).length) return folder;
    }
    folder = dirname(folder);
  }
  return outermost;
}

function licenceFiles(folder) {
  return readdirSync(folder).filter((file) => LICENCE_FILE.test(file)).sort();
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = [...licenceFiles(folder), ...(BUNDLED_NOTICES[name] ?? [])].map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (!texts.length) texts.push(`Licence: ${license}`);
  return { title: `${name} ${version}`, text: texts.join("\n\n").replaceAll("\r\n", "\n") };
}
