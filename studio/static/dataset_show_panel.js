(selector) => {
  const panel = document.querySelector(selector);
  if (panel.getBoundingClientRect().top < window.innerHeight - 120) return;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  panel.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}
