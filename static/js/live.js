// Live pages: the tab's title and one spoken sentence follow the page; rows that are being read stay where they are.
(() => {
  const announcer = document.getElementById("announcer");
  let spoken = document.querySelector("[data-announce]")?.dataset.announce ?? "";

  const follow = () => {
    const source = document.querySelector("[data-live-title]");
    if (source?.dataset.liveTitle) document.title = source.dataset.liveTitle;
    const sentence = document.querySelector("[data-announce]")?.dataset.announce ?? "";
    if (sentence && sentence !== spoken) announcer.textContent = sentence;
    spoken = sentence;
  };

  const keys = (root) => new Set([...root.querySelectorAll("[data-key]")].map((row) => row.dataset.key));

  // data-hold="{count} new": an update with unseen rows waits behind a button of that name.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const region = event.detail.target;
    if (!event.detail.shouldSwap || region.dataset.hold === undefined) return;
    const shown = keys(region);
    if (shown.size === 0) return;
    const html = event.detail.serverResponse;
    const coming = keys(new DOMParser().parseFromString(html, "text/html"));
    const fresh = [...coming].filter((key) => !shown.has(key)).length;
    const gone = [...shown].filter((key) => !coming.has(key));
    event.detail.shouldSwap = false;
    for (const key of gone) region.querySelector(`[data-key="${CSS.escape(key)}"]`).setAttribute("aria-disabled", "true");

    region.previousElementSibling?.matches(".newer") && region.previousElementSibling.remove();
    if (!fresh && !gone.length) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small newer";
    button.textContent = region.dataset.hold.replace("{count}", String(fresh + gone.length));
    button.addEventListener("click", () => {
      button.remove();
      htmx.swap(region, html, { swapStyle: "innerHTML" });
    });
    region.before(button);
  });

  // A part that was replaced by its own answer is gone with what it heard while it asked: its successor asks again.
  const missed = new Set();
  document.addEventListener("sse:changed", (event) => {
    if (event.target.id && event.target.matches(".htmx-request")) missed.add(event.target.id);
  });
  document.addEventListener("htmx:load", (event) => {
    if (missed.delete(event.detail.elt.id)) htmx.trigger(event.detail.elt, "sse:changed");
  });

  document.addEventListener("htmx:afterSettle", follow);
  document.addEventListener("htmx:oobAfterSwap", follow);
  follow();
})();
