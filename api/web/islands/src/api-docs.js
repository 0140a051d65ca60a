/** The OpenAPI document as a page: `<div data-island="api-docs" data-url="…" data-csrf="…">`. */
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

import "./api-docs.css";
import { island } from "./island.js";

island("api-docs", (element) => {
  const { url, csrf } = element.dataset;
  element.replaceChildren();
  SwaggerUI({
    domNode: element,
    url,
    // Deep links would be links inside buttons, which assistive technology cannot tell apart.
    deepLinking: false,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    presets: [SwaggerUI.presets.apis],
    requestInterceptor: (request) => {
      if (csrf && request.method !== "GET") request.headers["X-CSRF-Token"] = csrf;
      return request;
    },
    onComplete: () => element.setAttribute("data-state", "ready"),
  });
});
