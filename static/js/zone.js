// Tells the server the browser's time zone, so that times for a visitor without an account are theirs.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.cookie.split("; ").includes(`tz=${zone}`)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `tz=${zone}; Path=/; Max-Age=${60 * 60 * 24 * 30}; SameSite=Lax${secure}`;
})();
