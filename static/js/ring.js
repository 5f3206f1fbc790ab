// A call that is offered rings, in one tab of the browser, as long as the offer stands: data-ring is its key.
// Sound and notification have a switch each; the browser asks about notifications after a click and at no other time.
(() => {
  const STROKES = [0, 0.22, 0.44]; // seconds into each round
  const ROUND = 2.4;
  const PITCHES = [659.3, 987.8];
  const BLOCKED_AFTER = 400; // a browser that lets no sound out never answers

  const on = (what) => remembered.get(what) !== "off";
  const offer = () => document.querySelector("[data-ring]");
  const channel = window.BroadcastChannel && new BroadcastChannel("offer");

  let current; // the offer that is attended to: its key, and how to end that
  let answered; // the key of an offer that needs no more attention

  // The sound

  // One buffer, repeated by the browser itself: timers of hidden pages are slowed down.
  const strokes = (audio) => {
    const buffer = audio.createBuffer(1, Math.round(ROUND * audio.sampleRate), audio.sampleRate);
    const samples = buffer.getChannelData(0);
    for (const start of STROKES) {
      for (let index = Math.round(start * audio.sampleRate); index < samples.length; index += 1) {
        const time = index / audio.sampleRate - start;
        const loud = 0.22 * Math.min(1, time * 200) * Math.exp(-6 * time);
        for (const pitch of PITCHES) samples[index] += loud * Math.sin(2 * Math.PI * pitch * time);
      }
    }
    return buffer;
  };

  // Rings until `over` resolves. Returns whether the browser let the sound out.
  const ring = async (over) => {
    const audio = new AudioContext();
    const patience = new Promise((resolve) => setTimeout(resolve, BLOCKED_AFTER));
    await Promise.race([audio.resume(), patience, over]);
    const heard = audio.state === "running";
    if (heard) {
      const source = audio.createBufferSource();
      source.buffer = strokes(audio);
      source.loop = true;
      source.connect(audio.destination);
      source.start();
      await over;
      source.stop();
    }
    audio.close();
    return heard;
  };

  // The tab that holds the lock rings; where it ends, the next one goes on.
  const alone = async (name, signal, act) => {
    if (!navigator.locks) return document.hidden ? undefined : act();
    try {
      return await navigator.locks.request(name, { signal }, act);
    } catch {
      return undefined; // over before it was this tab's turn
    }
  };

  const sound = async (call) => {
    if (!on("sound") || call.sounds) return;
    call.sounds = true;
    const quiet = new Promise((resolve) => {
      call.hush = resolve;
      call.signal.addEventListener("abort", resolve);
    });
    const heard = await alone(`ring ${call.key}`, call.signal, () => call.signal.aborted || ring(quiet));
    call.sounds = false;
    // Browsers let a page be heard once somebody has used it: the next key or click may be the first.
    if (heard === false && !call.signal.aborted) {
      for (const event of ["pointerdown", "keydown"]) addEventListener(event, () => sound(call), { once: true, signal: call.signal });
    }
  };

  // The notification

  const permitted = () => window.Notification && Notification.permission === "granted" && on("notifications");

  const notify = (call, { ringTitle, ringBody }) =>
    alone(`notice ${call.key}`, call.signal, () => {
      if (!permitted() || remembered.get("notified") === call.key) return;
      remembered.set("notified", call.key);
      try {
        const notice = new Notification(ringTitle, { body: ringBody, tag: "offer", silent: true });
        notice.addEventListener("click", () => {
          window.focus();
          notice.close();
        });
        call.signal.addEventListener("abort", () => notice.close());
      } catch {
        // Phones want a worker of their own for this: the sound and the title are left.
      }
    });

  // The offer comes and goes

  const end = () => {
    current?.stop.abort();
    current = undefined;
  };

  const follow = () => {
    const shown = offer();
    const key = shown?.dataset.ring;
    if (current && current.key !== key) end();
    if (!key || key === answered || current) return;
    const stop = new AbortController();
    current = { key, stop, signal: stop.signal };
    sound(current);
    notify(current, shown.dataset);
  };

  const answer = (key) => {
    answered = key;
    if (current?.key === key) end();
  };

  channel?.addEventListener("message", ({ data }) => answer(data));
  document.addEventListener("submit", (event) => {
    const key = event.target.closest("[data-ring]")?.dataset.ring;
    if (!key) return;
    channel?.postMessage(key);
    answer(key);
  });
  document.addEventListener("countdown:over", (event) => {
    const key = event.target.closest("[data-ring]")?.dataset.ring;
    if (key) answer(key);
  });
  document.addEventListener("htmx:afterSettle", follow);
  addEventListener("pagehide", end);
  addEventListener("pageshow", follow);

  // The switches: <button role="switch" data-remembers="sound">

  const show = (button) => {
    const what = button.dataset.remembers;
    const denied = what === "notifications" && Notification.permission === "denied";
    const checked = what === "notifications" ? permitted() : on(what);
    button.setAttribute("aria-checked", String(checked));
    button.disabled = denied;
    for (const note of document.querySelectorAll("[data-when]")) note.hidden = (note.dataset.when === "denied") !== denied;
  };

  const turn = async (button) => {
    const what = button.dataset.remembers;
    const checked = button.getAttribute("aria-checked") === "true";
    remembered.set(what, checked ? "off" : "on");
    if (what === "notifications" && !checked && Notification.permission === "default") await Notification.requestPermission();
    if (what === "sound" && current) {
      if (checked) current.hush?.();
      else sound(current);
    }
    show(button);
  };

  for (const button of document.querySelectorAll("[data-remembers]")) {
    if (button.dataset.remembers === "notifications" && !window.Notification) continue;
    (button.closest("[data-alerts]") ?? button).hidden = false;
    show(button);
    button.addEventListener("click", () => turn(button));
  }
})();
