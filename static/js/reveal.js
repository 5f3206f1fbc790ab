// A password that is being typed may be shown; it is hidden again before it is sent or the page is left.
(() => {
  const buttons = document.querySelectorAll("button[data-reveal]");
  const show = (button, on) => {
    document.getElementById(button.dataset.reveal).type = on ? "text" : "password";
    button.setAttribute("aria-pressed", String(on));
  };
  const hideAll = () => buttons.forEach((button) => show(button, false));

  buttons.forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => show(button, button.getAttribute("aria-pressed") !== "true"));
  });
  // Password managers and the browser's own lists of what was typed look at the field as it is sent.
  document.addEventListener("submit", hideAll, true);
  addEventListener("pagehide", hideAll);
})();
