() => {
  // A dropdown opens its menu a moment after any key, so also after the Tab that has left it: hide that from it.
  const hide = (event) => {
    if (["Tab", "Shift"].includes(event.key) && event.target.matches("#buckets input")) event.stopPropagation();
  };
  window.addEventListener("keydown", hide, { capture: true });
}
