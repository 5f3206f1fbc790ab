// <div data-suggest="field id"> with a button and, in it, what is shown once a password was suggested.
//
// The browser's own generator makes it: 4 groups of 5 signs that are told apart by eye, 99 bits. The field is
// shown so that it can be copied; reveal.js hides it before it is sent.
(() => {
  const SIGNS = "abcdefghijkmnpqrstuvwxyz23456789";
  const GROUPS = 4, SIZE = 5;

  // 256 is a multiple of 32 signs, so that the rest of a random byte favours none of them.
  const password = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * SIZE));
    const signs = Array.from(bytes, (byte) => SIGNS[byte % SIGNS.length]).join("");
    return signs.match(new RegExp(`.{${SIZE}}`, "g")).join("-");
  };

  document.querySelectorAll("[data-suggest]").forEach((box) => {
    const field = document.getElementById(box.dataset.suggest);
    const [suggest, copy] = box.querySelectorAll("button");
    const said = box.querySelector("[role=status]");
    box.hidden = false;
    suggest.addEventListener("click", () => {
      field.value = password();
      field.dispatchEvent(new Event("input", { bubbles: true }));
      const reveal = document.querySelector(`button[data-reveal="${field.id}"]`);
      if (field.type === "password" && reveal) reveal.click();
      copy.hidden = !navigator.clipboard;
      said.textContent = said.dataset.said;
    });
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      said.textContent = said.dataset.copied;
    });
  });
})();
