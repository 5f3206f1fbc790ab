// Forms: a second click sends nothing twice, and what is wrong gets the focus.
(() => {
  const busy = (button, on) => {
    if (!button?.matches("button, input")) return;
    button.setAttribute("aria-busy", String(on));
    if (on && button.dataset.busy) {
      button.dataset.idle = button.innerHTML;
      button.textContent = button.dataset.busy;
    } else if (!on && button.dataset.idle) {
      button.innerHTML = button.dataset.idle;
      delete button.dataset.idle;
    }
  };

  document.addEventListener("submit", (event) => {
    const { submitter } = event;
    if (submitter?.getAttribute("aria-busy") === "true") event.preventDefault();
    else if (!event.defaultPrevented && event.target.method !== "dialog") busy(submitter, true);
  });

  // Answers by htmx leave the page as it is; a page from the browser's history must be usable again.
  document.addEventListener("htmx:afterRequest", () => release());
  addEventListener("pageshow", () => release());
  const release = () => document.querySelectorAll('[aria-busy="true"]').forEach((button) => busy(button, false));

  // autofocus does it without this script, but not at an address with a fragment.
  document.querySelector("[data-focus]")?.focus();
})();
