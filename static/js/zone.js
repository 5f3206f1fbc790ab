// Tells the server the browser's time zone, so that times for a visitor without an account are theirs.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.cookie.split("; ").includes(`tz=${zone}`)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `tz=${zone}; Path=/; Max-Age=${60 * 60 * 24 * 30}; SameSite=Lax${secure}`;

  // This page was written before the server knew. Its forms carry the zone that they name: both change
  // together, unless a time was typed already. What the server is told is always what the page says.
  const inWords = () => {
    const options = { timeZone: zone, timeZoneName: "longGeneric" };
    const parts = new Intl.DateTimeFormat(document.documentElement.lang, options).formatToParts(new Date());
    return parts.find((part) => part.type === "timeZoneName").value;
  };
  const onTheWall = (moment) => {
    const local = new Date(moment - new Date(moment).getTimezoneOffset() * 60_000);
    return local.toISOString().slice(0, 16);
  };

  for (const field of document.querySelectorAll("input[name=zone][data-words]")) {
    const time = field.form.elements.due_at;
    const hint = document.getElementById(`${time.id}_hint`);
    if (field.value === zone || time.value || !hint?.textContent.includes(field.dataset.words)) continue;
    try {
      hint.textContent = hint.textContent.replace(field.dataset.words, inWords());
    } catch {
      continue; // An old browser has no words for zones: the page stays as it is, in the zone that it names.
    }
    field.value = zone;
    const soonest = Date.now() + 5 * 60_000;
    time.min = onTheWall(soonest);
    time.max = onTheWall(soonest + 7 * 24 * 60 * 60_000);
  }
})();
