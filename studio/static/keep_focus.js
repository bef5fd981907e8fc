() => {
  // A button that hides loses the focus to the page: it goes to the one that stands there instead.
  const focus = () => {
    if (document.activeElement !== document.body) return;
    const buttons = document.querySelectorAll("#generate, #cancel, #models-start, #models-cancel");
    const shown = [...buttons].find((button) => button.offsetParent);
    shown?.focus({ preventScroll: true });
  };
  requestAnimationFrame(focus);
}
