() => {
  // A button that hides loses the focus to the page: it goes to the one that stands there instead.
  const focus = () => {
    if (document.activeElement !== document.body) return;
    const ids = ["generate", "cancel", "models-start", "models-cancel", "grid-make", "grid-stop"];
    const buttons = document.querySelectorAll(ids.map((id) => `#${id}`).join());
    const shown = [...buttons].find((button) => button.offsetParent);
    shown?.focus({ preventScroll: true });
  };
  requestAnimationFrame(focus);
}
