// The steps of a call. After each act the focus goes on to what comes next, as the server says it: #steps[data-next] names
// the part of the page, and [data-first] in it the control to begin with. Nothing takes the focus from who moves on by hand.
(() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const WAIT = 10_000; // how long the parts of the page may take to show what an act has changed

  const begin = (place) =>
    [place, ...place.querySelectorAll("[data-first]"), ...place.querySelectorAll(CONTROLS)].find(
      (one) => one.matches(`[data-first], ${CONTROLS}`) && !one.disabled && one.checkVisibility(),
    ) ?? place;

  const next = () => document.querySelector(document.getElementById("steps")?.dataset.next || null);
  let moving = false;
  let origin = null; // where the focus was last that nobody moved by hand: htmx gives it to its successor of the same id
  const goOn = () => {
    const place = next();
    if (!place || begin(place).matches(":focus")) return;
    moving = true;
    begin(place).focus();
    moving = false;
    origin = document.activeElement;
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
  let held = false; // what had the focus is being replaced
  let renewed = false; // a part that an act can change has come, perhaps before the answer to the act itself
  const stop = () => { following = 0; };
  const follow = () => { following = performance.now() + WAIT; };

  document.addEventListener("keydown", stop, true);
  document.addEventListener("pointerdown", stop, true);
  document.addEventListener("focusin", ({ target }) => {
    if (!moving && target !== origin && !(origin?.id && target.id === origin.id)) stop();
  });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.requestConfig.verb !== "post") return;
    origin = document.activeElement;
    renewed = false;
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const by = detail.requestConfig;
    if (by.verb === "post" && detail.successful && !by.elt.closest(".bar, .offer-place")) {
      follow();
      if (renewed) goOn();
    }
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.shouldSwap) held ||= detail.target.contains(document.activeElement);
  });
  const lost = () => held && document.activeElement === document.body;
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (!["callbar", "side", "notes"].includes(target.id)) return;
    renewed = true;
    if (performance.now() < following || lost()) goOn();
    held = lost();
  });

  // Where the strip has no room for all steps it shows the one that is now, also when it comes anew

  const showNow = () => {
    const now = document.querySelector("#steps [aria-current]");
    const strip = now?.closest("ol");
    if (!strip) return;
    const [inner, outer] = [now.getBoundingClientRect(), strip.getBoundingClientRect()];
    strip.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
  };
  document.addEventListener("htmx:oobAfterSwap", showNow);
  showNow();

  // A page that was loaded

  const landing = document.querySelector("[data-landing]");
  if (document.querySelector("[data-focus], dialog[open]")) return;
  if (landing) landing.focus();
  else if (location.hash) document.querySelector(location.hash)?.focus();
  else goOn();
})();
