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
  window.addEventListener("keydown", hideTab, { capture: true });
  window.addEventListener("mousedown", focusAnew, { capture: true });
}
