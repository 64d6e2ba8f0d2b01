// Runs before the first paint, so that nobody who chose dark sees a white flash.
// A file and not an inline script: the page's policy is `script-src 'self'`.
(() => {
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("mantine-color-scheme-value") || "auto";
  } catch {
    // Storage can be closed to us; the system's choice is then right.
  }
  const dark =
    chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
