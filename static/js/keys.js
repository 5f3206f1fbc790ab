// Single keys of the console: aria-keyshortcuts="a" or "g q" on a link, button or field. They can be turned off.
(() => {
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const all = () => [...document.querySelectorAll("[aria-keyshortcuts]")];
  const on = () => remembered.get("keys") !== "off";
  let pressed = "";
  let timer = 0;

  // In a text of several lines Enter writes a line; with Control or Command it sends the text.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("textarea")) return;
    event.target.form?.requestSubmit(event.target.form.querySelector("[aria-keyshortcuts='Control+Enter']"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (event.key.length !== 1 || (!on() && event.key !== "?")) return;
    pressed = `${pressed} ${event.key}`.trim();
    clearTimeout(timer);
    timer = setTimeout(() => { pressed = ""; }, 900);
    const match = (keys) => all().find((element) => element.getAttribute("aria-keyshortcuts") === keys && element.checkVisibility());
    const target = match(pressed) ?? match(event.key);
    if (!target || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    pressed = "";
    if (typing(target)) target.focus();
    else target.click();
  });

  const dialog = document.getElementById("keys");
  if (!dialog) return;
  document.querySelector(".keys-button").hidden = false;

  const list = dialog.querySelector("[data-keys]");
  const fill = () => {
    list.replaceChildren(
      ...all().map((element) => {
        const row = document.createElement("div");
        const key = document.createElement("dt");
        for (const part of element.getAttribute("aria-keyshortcuts").split(" ")) {
          const cap = document.createElement("kbd");
          cap.textContent = part;
          key.append(cap, " ");
        }
        const words = document.createElement("dd");
        words.textContent = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent.trim();
        row.append(key, words);
        return row;
      }),
    );
  };
  new MutationObserver(() => dialog.open && fill()).observe(dialog, { attributes: true, attributeFilter: ["open"] });

  const box = dialog.querySelector("[data-keys-on]");
  box.checked = on();
  box.addEventListener("change", () => remembered.set("keys", box.checked ? "on" : "off"));
})();
