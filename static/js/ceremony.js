// Browser ceremonies: what a form asks for is shown or created by the browser, and the form is sent with it.
//
// A part with data-ceremony lies in the form. "show" fetches a challenge from data-challenge, "create" has its
// options in data-options; data-offer starts by itself where the browser offers it while somebody types. Every
// button of the form starts it, or, where the form has another way too, only those with data-ceremony-button.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (one) => ({ ...one, id: bytes(one.id) });
  const RENEW = 8 * 60 * 1000;
  const done = new WeakSet();
  let running = null;
  let offering = false;

  const plain = (credential) => {
    const { response } = credential;
    const parts = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[part]) parts[part] = text(response[part]);
    }
    if (response.getTransports) parts.transports = response.getTransports();
    return JSON.stringify({ id: credential.id, response: parts });
  };

  const say = (part, words) => {
    const problem = part.querySelector("[data-problem]");
    problem.textContent = words;
    problem.hidden = !words;
  };

  const challenge = async (part) => {
    const token = part.closest("form").elements.csrfmiddlewaretoken.value;
    const answer = await fetch(part.dataset.challenge, { method: "POST", headers: { "X-CSRFToken": token } });
    const options = await answer.json();
    if (!answer.ok) throw new RangeError(options.problem);
    return { ...options, challenge: bytes(options.challenge), allowCredentials: [] };
  };

  const creation = (part) => {
    const options = JSON.parse(part.dataset.options);
    return {
      ...options,
      challenge: bytes(options.challenge),
      user: named(options.user),
      excludeCredentials: (options.excludeCredentials || []).map(named),
    };
  };

  const send = (part, credential, submitter) => {
    const form = part.closest("form");
    part.querySelector("input").value = plain(credential);
    done.add(form);
    form.requestSubmit(submitter);
  };

  // A browser runs one ceremony at a time: a new one ends what still runs.
  const begin = () => {
    running?.abort();
    running = new AbortController();
    offering = false;
    return running.signal;
  };

  const run = async (part, submitter) => {
    const signal = begin();
    say(part, "");
    try {
      const credential = part.dataset.ceremony === "create"
        ? await navigator.credentials.create({ publicKey: creation(part), signal })
        : await navigator.credentials.get({ publicKey: await challenge(part), signal });
      send(part, credential, submitter);
    } catch (error) {
      if (signal.aborted) return;
      say(part, (error instanceof RangeError && error.message) || part.dataset.cancelled);
      submitter?.focus();
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const part = form.querySelector("[data-ceremony]");
    if (!part || done.delete(form)) return;
    const { submitter } = event;
    if (form.querySelector("[data-ceremony-button]") && !submitter?.matches("[data-ceremony-button]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!window.PublicKeyCredential) say(part, part.dataset.missing);
    else run(part, submitter);
  }, true);

  // While an address is typed the browser offers the passkeys that it has; a challenge doesn't last for ever.
  const offer = async (part) => {
    if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
    const signal = begin();
    offering = true;
    try {
      const publicKey = await challenge(part);
      if (signal.aborted) return;
      const credential = await navigator.credentials.get({ publicKey, mediation: "conditional", signal });
      send(part, credential, null);
    } catch {
      // Nobody has asked for anything, so nobody is told; the button is still there.
    }
  };
  const waiting = document.querySelector("[data-ceremony][data-offer]");
  if (waiting) {
    offer(waiting);
    setInterval(() => offering && document.visibilityState === "visible" && offer(waiting), RENEW);
  }
})();
