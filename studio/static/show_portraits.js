() => {
  // On a phone the portraits are above the choice: whoever has them made sees them being made.
  if (!window.matchMedia("(max-width: 999px)").matches) return;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.querySelector("#pictures").scrollIntoView({ behavior: still ? "auto" : "smooth" });
}
