// <button data-copy="#target" data-copied="Copied">: the text of the target into the clipboard.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const target = button && document.querySelector(button.dataset.copy);
  if (!target) return;
  await navigator.clipboard.writeText((target.dataset.value ?? target.value ?? target.innerText).trim());
  const before = button.innerHTML;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.innerHTML = before; }, 2000);
});
