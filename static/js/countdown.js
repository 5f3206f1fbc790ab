// Clocks. data-gone: seconds so far, counts up. data-left: seconds that remain, counts down and sends
// "countdown:over" at the end. Both start from what the server said: the browser's clock may be wrong.
(() => {
  const started = new WeakMap();
  const words = (seconds) => {
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  };

  const show = (clock) => {
    if (!started.has(clock)) started.set(clock, performance.now());
    const passed = (performance.now() - started.get(clock)) / 1000;
    if (clock.dataset.gone !== undefined) {
      clock.textContent = words(Math.floor(Number(clock.dataset.gone) + passed));
      return;
    }
    const left = Math.max(0, Number(clock.dataset.left) - passed);
    const total = Number(clock.dataset.total);
    const rest = clock.querySelector(".rest");
    if (rest) {
      rest.setAttribute("stroke-dasharray", `${(100 * left) / total} 100`);
      clock.querySelector("b").textContent = Math.ceil(left);
    } else clock.textContent = words(Math.ceil(left));
    clock.classList.toggle("late", left <= (total ? total / 4 : 0));
    if (left === 0 && !clock.dataset.over) {
      clock.dataset.over = "true";
      clock.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
    }
  };

  const tick = () => document.querySelectorAll("[data-gone], [data-left]").forEach(show);
  tick();
  setInterval(tick, 250);
})();
