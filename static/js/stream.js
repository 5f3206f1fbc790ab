// Live pages listen here: what changed is told to each part of the page that waits for it, as "live:changed" or
// "live:notes"; "live:open" says once that from now on nothing is missed.
//
// A browser opens six connections to a host, so one stream serves all its tabs: the tab that holds the lock listens and
// passes on what it hears. Where tabs cannot agree, each has a stream of its own, and lets go of it while it is hidden.
(() => {
  const page = document.querySelector("[data-stream]")?.dataset;
  if (!page) return;
  const address = page.stream;
  // Tabs of one subject share: a tab that still shows an earlier request hears nothing of the one that came after it.
  const name = `stream ${address} ${page.subject ?? ""}`;

  const EVENTS = ["changed", "notes"];
  const REFUSED = 30_000; // as Retry-After says, which a script cannot read here
  const SILENT = 2_000;
  const shared = isSecureContext && navigator.locks && window.BroadcastChannel;

  let source; // the stream, in the tab that listens
  let later; // when it tries again
  let seen = ""; // the last event that this page has heard of

  const tell = (event) => {
    for (const part of document.querySelectorAll(`[hx-trigger*="live:${event}"]`)) htmx.trigger(part, `live:${event}`);
  };

  const hear = ({ event, id, within, anew }) => {
    const first = !seen;
    seen = id || seen;
    if (EVENTS.includes(event)) {
      // Where thousands are told at once, they do not all ask at once.
      if (within) setTimeout(tell, Math.random() * within, event);
      else tell(event);
    } else if (event === "hello" && id) {
      if (first) tell("open");
      else if (anew) EVENTS.forEach(tell);
    }
  };

  // The stream

  const listen = (pass) => {
    let anew = !seen; // nobody has said what the other tabs have seen
    source = new EventSource(anew ? address : `${address}?after=${seen}`);
    for (const event of ["hello", ...EVENTS]) {
      source.addEventListener(event, ({ data, lastEventId }) => {
        pass({ event, id: lastEventId, within: Number(data), anew });
        anew = false;
      });
    }
    const tryLater = () => {
      stopListening();
      later = setTimeout(listen, REFUSED * (1 + Math.random() / 3), pass);
    };
    source.addEventListener("over", tryLater);
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) tryLater(); // else the browser comes back by itself
    });
  };

  const stopListening = () => {
    clearTimeout(later);
    source?.close();
    source = undefined;
  };

  // One for all tabs

  let tabs;
  let queue;
  let leading = false;
  let resign;
  let doubt;

  const passOn = (message) => {
    hear(message);
    tabs?.postMessage(message);
  };

  const lead = () => {
    leading = true;
    listen(passOn);
    return new Promise((resolve) => {
      resign = resolve;
    });
  };

  const lock = async (options) => {
    try {
      await navigator.locks.request(name, options, lead);
    } catch {
      // Another tab took over, or this one waits no longer.
    }
    if (!leading) return;
    leading = false;
    stopListening();
    if (tabs) waitInLine();
  };

  const waitInLine = () => {
    queue = new AbortController();
    lock({ signal: queue.signal });
  };

  // A browser may put the leading tab to sleep. Whoever is looked at makes sure that somebody still listens.
  const ask = () => {
    clearTimeout(doubt);
    doubt = setTimeout(() => {
      if (!tabs || leading) return;
      queue.abort();
      lock({ steal: true });
    }, SILENT);
    tabs.postMessage({ event: "who" });
  };

  const join = () => {
    tabs = new BroadcastChannel(name);
    tabs.addEventListener("message", ({ data }) => {
      if (data.event !== "who") {
        clearTimeout(doubt);
        hear(data);
      } else if (leading) {
        tabs.postMessage({ event: "hello", id: source?.readyState === EventSource.OPEN ? seen : "" });
      }
    });
    waitInLine();
    ask();
  };

  const leave = () => {
    clearTimeout(doubt);
    tabs?.close();
    tabs = undefined;
    queue?.abort();
    stopListening();
    resign?.();
  };

  // Coming and going

  const look = () => {
    if (shared) {
      if (tabs && !leading && !document.hidden) ask();
    } else {
      stopListening();
      if (!document.hidden) listen(hear);
    }
  };

  document.addEventListener("visibilitychange", () => {
    // Hidden before it had heard anything: nobody can say what it missed.
    if (!shared && !seen && !document.hidden) EVENTS.forEach(tell);
    look();
  });
  addEventListener("pagehide", () => (shared ? leave() : stopListening()));
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    EVENTS.forEach(tell);
    if (shared) join();
    else look();
  });
  // By then htmx knows the parts of the page.
  document.addEventListener("DOMContentLoaded", () => (shared ? join() : look()));
})();
