// The steps of a call. After each act the focus goes on to what comes next, as the server says it: #steps[data-next] names
// the part of the page, and [data-first] in it the control to begin with. Nothing takes the focus from who moves on by hand.
(() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const WAIT = 5_000; // how long the parts of the page may take to show what an act has changed

  const begin = (place) =>
    [place, ...place.querySelectorAll("[data-first]"), ...place.querySelectorAll(CONTROLS)].find(
      (one) => one.matches(`[data-first], ${CONTROLS}`) && !one.disabled && one.checkVisibility(),
    ) ?? place;

  const next = () => document.querySelector(document.getElementById("steps")?.dataset.next || null);
  const goOn = () => {
    const place = next();
    if (place && !begin(place).matches(":focus")) begin(place).focus();
  };

  // A key or a click on a step

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#steps a");
    if (!link || link.pathname !== location.pathname) return;
    event.preventDefault();
    begin(document.querySelector(link.hash) ?? document.getElementById("call-words")).focus();
  });

  // After an act, and when an update has taken away what had the focus

  let following = 0;
  const lost = () => document.activeElement === document.body;
  const stop = () => { following = 0; };
  const follow = () => { following = performance.now() + WAIT; };

  document.addEventListener("keydown", stop, true);
  document.addEventListener("pointerdown", stop, true);
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const by = detail.requestConfig;
    if (by.verb === "post" && detail.successful && !by.elt.closest(".bar, .offer-place")) follow();
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.shouldSwap && detail.target.contains(document.activeElement)) follow();
  });
  for (const settled of ["htmx:afterSettle", "htmx:oobAfterSwap"]) {
    document.addEventListener(settled, () => {
      if (performance.now() < following || lost()) goOn();
    });
  }

  // A page that was loaded

  const landing = document.querySelector("[data-landing]");
  if (document.querySelector("[data-focus], dialog[open]")) return;
  if (landing) landing.focus();
  else if (location.hash) document.querySelector(location.hash)?.focus();
  else goOn();
})();
