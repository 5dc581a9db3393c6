// Runs before the first paint, so that a dark page never flashes light.
(() => {
  const asked = new URLSearchParams(location.hash.slice(1)).get("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = asked === "light" || asked === "dark" ? asked : dark ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
})();
