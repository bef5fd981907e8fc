() => {
  const isChoice = (element) => element.matches("#buckets input");
  // A dropdown opens its menu a moment after any key, so also after the Tab that has left it: hide that from it.
  const hideTab = (event) => {
    if (["Tab", "Shift"].includes(event.key) && isChoice(event.target)) event.stopPropagation();
  };
  // It opens when it gets the focus, and Escape closes it without taking the focus: a click gives it anew.
  const focusAnew = (event) => {
    const { target } = event;
    if (isChoice(target) && target === document.activeElement && target.ariaExpanded === "false") target.blur();
  };
  // With Enter it gives the focus to nobody: it keeps it, and its menu stays closed.
  const keepFocus = ({ key, target }) => {
    if (key !== "Enter" || !target.matches?.("[role=combobox]")) return;
    const close = () => target.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    const take = () => {
      if (document.activeElement !== document.body || !target.isConnected) return;
      target.focus({ preventScroll: true });
      requestAnimationFrame(close);
    };
    requestAnimationFrame(() => requestAnimationFrame(take));
  };
  // What takes a chosen thing away goes by its number: it is called by what it takes away.
  const nameRemovals = () => {
    for (const each of document.querySelectorAll(".token > .token-remove")) {
      const name = said("Remove {name}", { name: each.parentElement.querySelector("span").textContent });
      if (each.title !== name) each.title = name;
    }
  };
  nameRemovals();
  new MutationObserver(nameRemovals).observe(document.querySelector(".contain"), {
    attributeFilter: ["title"],
    characterData: true,
    childList: true,
    subtree: true,
  });
  window.addEventListener("keydown", keepFocus, { capture: true });
  window.addEventListener("keydown", hideTab, { capture: true });
  window.addEventListener("mousedown", focusAnew, { capture: true });
}
