// The worker of here.js: every 20 seconds it says that its page is open.
addEventListener("message", ({ data: address }) => {
  const beat = async () => {
    try {
      // As a part of the page asks: it keeps no session awake, and leads nowhere once that has ended.
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (answer.headers.has("HX-Redirect")) clearInterval(timer);
    } catch {
      // No connection at this moment: the next one may get through.
    }
  };
  const timer = setInterval(beat, 20_000);
  beat();
});
