// Shows the description of the API. Nothing is sent to other hosts: no validator, no remote examples.
"use strict";

// The parts of Swagger UI’s own layout, but with one `main`, which the page has, and no step missing in the headings.
const Parts = (system) => ({
  components: {
    PartsOfThePage: ({ getComponent, specSelectors }) => {
      const make = system.React.createElement;
      const part = (name) => make(getComponent(name, true), { key: name });
      const wrapped = (name, ...parts) => make("div", { key: `around ${name}`, className: "wrapper" }, ...parts);
      const arrived = specSelectors.loadingStatus() === "success" && specSelectors.specJson().size;
      const parts = arrived && [
        wrapped("about", part("InfoContainer")),
        wrapped("key", make("div", { className: "auth-wrapper" }, part("AuthorizeBtnContainer"))),
        wrapped("lists", make("h2", null, "Operations"), part("operations")),
        wrapped("models", part("Models")),
      ];
      return make("div", { className: "swagger-ui" }, part("errors"), parts || null);
    },
  },
});

SwaggerUIBundle({
  url: document.getElementById("api").dataset.description,
  dom_id: "#api",
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [Parts],
  layout: "PartsOfThePage",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  queryConfigEnabled: false,
});
