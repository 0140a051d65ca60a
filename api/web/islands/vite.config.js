import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

import { inlineStylesToAttributes } from "./inline-styles.js";
import { logicalSides } from "./logical-sides.js";
import { thirdPartyLicences } from "./licences.js";

const noCodeEditor = fileURLToPath(new URL("src/modeler/no-code-editor.js", import.meta.url));

/** Fixed names and no hashes: the build is committed, and rebuilding it must give the same bytes anywhere. */
export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [inlineStylesToAttributes(), thirdPartyLicences()],
  css: { postcss: { plugins: [logicalSides] } },
  resolve: {
    alias: [{
      find: /^(@codemirror\/.*|@bpmn-io\/(feel-editor|feelers-editor|extract-process-variables)(\/.*)?)$/,
      replacement: noCodeEditor,
    }],
  },
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: {
        base: "src/base.js",
        viewer: "src/viewer/index.js",
        modeler: "src/modeler/index.js",
        "api-docs": "src/api-docs.js",
        "base-rtl": "src/styles/base-rtl.css",
        "base-ltr": "src/styles/base-ltr.css",
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
        codeSplitting: {
          groups: [
            { name: "bpmn-shared", test: /node_modules/, minShareCount: 2 },
          ],
        },
      },
    },
  },
});
