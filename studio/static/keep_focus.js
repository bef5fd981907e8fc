() => {
  // A button that hides loses the focus to the page: it goes to the one that stands there instead.
  const focus = () => {
    if (document.activeElement !== document.body) return;
    const shown = [...document.querySelectorAll("#generate, #cancel")].find((button) => button.offsetParent);
    shown?.focus({ preventScroll: true });
  };
  requestAnimationFrame(focus);
}
