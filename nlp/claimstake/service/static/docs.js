"use strict";
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null, requestInterceptor: (request) => {
  const csrf = document.querySelector('meta[name="csrf"]');
  if (csrf) request.headers["X-CSRF-Token"] = csrf.content;
  return request;
} });
