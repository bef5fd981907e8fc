// Links to sections of About, from wherever they are clicked, and an address that names one: the tab is opened,
// and once its text stands there, the section comes to the top and has the focus.
(() => {
  const PATIENCE_MS = 10_000;

  const show = (hash, began = performance.now()) => {
    const section = document.getElementById(hash.slice(1));
    if (!section?.offsetParent) {
      if (performance.now() - began < PATIENCE_MS) requestAnimationFrame(() => show(hash, began));
      return;
    }
    section.tabIndex = -1;
    section.focus({ preventScroll: true });
    section.scrollIntoView();
  };

  window.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href^='#about-']");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation(); // Gradio scrolls too, to what is not there yet
      document.querySelector("#about-tab-button").click();
      history.replaceState(null, "", location.pathname + location.search + link.hash);
      show(link.hash);
    },
    true,
  );
  if (location.hash.startsWith("#about-")) show(location.hash);
})();
