// Shows the description of the API. Nothing is sent to other hosts: no validator, no remote examples.
"use strict";

SwaggerUIBundle({
  url: document.getElementById("api").dataset.description,
  dom_id: "#api",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  queryConfigEnabled: false,
});
