// The colours: as the device, light, dark. The server reads the cookie, so that no page flashes.
(() => {
  const year = 60 * 60 * 24 * 365;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const current = document.documentElement.dataset.theme ?? "";

  const choose = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    document.cookie = `theme=${theme}; Path=/; Max-Age=${theme ? year : 0}; SameSite=Lax${secure}`;
  };

  for (const group of document.querySelectorAll("[data-theme-switch]")) {
    group.hidden = false;
    for (const radio of group.querySelectorAll("input")) {
      radio.checked = radio.value === current;
      radio.addEventListener("change", () => choose(radio.value));
    }
  }
})();
