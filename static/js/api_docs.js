// The page of the API's description. No token is kept: reloading the page forgets it.
(() => {
  const page = document.documentElement;
  const follow = () => page.classList.toggle("dark-mode", page.dataset.bsTheme === "dark");
  follow();
  new MutationObserver(follow).observe(page, { attributes: true, attributeFilter: ["data-bs-theme"] });

  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: false,
    persistAuthorization: false,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
  });
})();
