// What is being written into a form with data-draft survives another page and a reload, in this tab only.
// It is gone once it was sent, and at the sign-out.
(() => {
  const field = (form) => form.querySelector("textarea");
  const fill = (root) =>
    root.querySelectorAll("[data-draft]").forEach((form) => {
      const kept = sessionStorage.getItem(form.dataset.draft);
      if (kept && !field(form).value) field(form).value = kept;
    });

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-draft]");
    if (form) sessionStorage.setItem(form.dataset.draft, field(form).value);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.draft) sessionStorage.removeItem(event.target.dataset.draft);
    if (event.target.matches("form.person")) sessionStorage.clear();
  });
  fill(document);
})();
