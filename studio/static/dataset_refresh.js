() => {
  // A dropdown reports one choice twice, and a link writes filters and section at once: one of these is enough.
  clearTimeout(window.refreshing);
  window.refreshing = setTimeout(() => document.querySelector("#refresh-dataset").click(), 0);
}
