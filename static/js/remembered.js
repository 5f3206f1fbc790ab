// What this browser remembers for who uses it. Some refuse to (private windows): then it lasts as long as the page.
const remembered = (() => {
  const here = new Map();
  return {
    get(name) {
      try {
        return localStorage.getItem(name) ?? here.get(name);
      } catch {
        return here.get(name);
      }
    },
    set(name, value) {
      here.set(name, value);
      try {
        localStorage.setItem(name, value);
      } catch {
        // Refused, or full.
      }
    },
  };
})();
