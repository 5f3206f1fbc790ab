// Live pages: the tab's title and one spoken sentence follow the page; rows that are being read stay where they are.
(() => {
  const announcer = document.getElementById("announcer");
  const ownTitle = document.title;
  const sentences = () => [...document.querySelectorAll("[data-announce]")].map((part) => part.dataset.announce).filter(Boolean);
  let spoken = sentences();

  // data-decisions: how many things wait for this person, in front of the title unless something is more urgent.
  const follow = () => {
    const source = document.querySelector("[data-live-title]");
    const count = Number(document.querySelector("[data-decisions]")?.dataset.decisions);
    const title = source?.dataset.liveTitle || ownTitle;
    // A page that says what is wrong in a form keeps its title.
    if (!document.querySelector("[data-focus]")) document.title = count && !source?.dataset.ring ? `(${count}) ${title}` : title;
    const present = sentences();
    const fresh = present.filter((sentence) => !spoken.includes(sentence));
    if (fresh.length) announcer.textContent = fresh.join(" ");
    spoken = present;
  };

  const rows = (root) => new Map([...root.querySelectorAll("[data-key]")].map((row) => [row.dataset.key, row]));

  const renew = (row, coming) => {
    const focused = row.contains(document.activeElement);
    row.replaceWith(coming);
    htmx.process(coming);
    if (focused) coming.querySelector("a, button")?.focus();
  };

  // data-hold="{count} new": what the rows say is renewed where they are, and an update with unseen rows waits
  // behind a button of that name.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const region = event.detail.target;
    if (!event.detail.shouldSwap || region.dataset.hold === undefined) return;
    const shown = rows(region);
    if (shown.size === 0) return;
    const html = event.detail.serverResponse;
    const coming = rows(new DOMParser().parseFromString(html, "text/html"));
    const fresh = [...coming.keys()].filter((key) => !shown.has(key)).length;
    const gone = [...shown.keys()].filter((key) => !coming.has(key));
    event.detail.shouldSwap = false;
    for (const key of gone) shown.get(key).setAttribute("aria-disabled", "true");
    for (const [key, row] of shown) if (coming.has(key)) renew(row, coming.get(key));

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
  document.addEventListener("live:changed", (event) => {
    if (event.target.id && event.target.matches(".htmx-request")) missed.add(event.target.id);
  });
  document.addEventListener("htmx:load", (event) => {
    if (missed.delete(event.detail.elt.id)) htmx.trigger(event.detail.elt, "live:changed");
  });

  // A page that is being left asks for nothing more: an answer that leads elsewhere would overtake the click.
  let leaving = false;
  document.addEventListener("submit", (event) => { leaving ||= !event.defaultPrevented && event.target.method !== "dialog"; });
  addEventListener("pageshow", () => { leaving = false; });
  document.addEventListener("htmx:beforeRequest", (event) => leaving && event.preventDefault());

  document.addEventListener("htmx:afterSettle", follow);
  document.addEventListener("htmx:oobAfterSwap", follow);
  follow();
})();
