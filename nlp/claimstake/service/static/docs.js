"use strict";
// The bundled Swagger UI knows OpenAPI 3.0 alone; what 3.1 adds to it (`null` among types) it shows as it stands.
(async () => {
  const spec = await (await fetch("/openapi.json", { credentials: "same-origin" })).json();
  SwaggerUIBundle({ spec: { ...spec, openapi: "3.0.3" }, dom_id: "#api", deepLinking: true, validatorUrl: null, requestInterceptor: (request) => {
    const csrf = document.querySelector('meta[name="csrf"]');
    if (csrf) request.headers["X-CSRF-Token"] = csrf.content;
    return request;
  } });
})();
