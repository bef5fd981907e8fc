// The keys of the tab Explore: the table in its dialog says which button each of them clicks.
(() => {
  const OFF = "portraits-keys-off";
  const dialog = () => document.querySelector("#keys");
  const isTyping = (element) =>
    element.closest?.("textarea, select, [contenteditable], [role=combobox], [role=listbox]") ||
    element.matches?.("input:not([type=checkbox], [type=radio], [type=range])");
  const takesSpace = (element) => element.closest?.("button, a, summary, label, video, [role=tab]");
  const areOff = () => localStorage.getItem(OFF) !== null;
  const isShown = (element) => element?.getClientRects().length > 0;
  // Space moves the page everywhere else: it shows the other portrait where one can lie over the other, in sight.
  const flips = () => {
    const box = document.querySelector("#viewer .stage").getBoundingClientRect();
    const inSight = box.bottom > 0 && box.top < window.innerHeight;
    return inSight && ["slider", "flip"].includes(window.compareViews.state.way);
  };

  const press = (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    if (!dialog() || document.querySelector("dialog[open]") || isTyping(target)) return;
    if (key === "?") {
      event.preventDefault();
      return open();
    }
    if (areOff() || !isShown(document.querySelector("#viewer"))) return;
    if (key === " " && (takesSpace(target) || !flips())) return;
    const row = [...dialog().querySelectorAll("tr")].find((each) => each.dataset.key === key.toLowerCase());
    const button = row?.dataset.button && document.querySelector(row.dataset.button);
    if (!isShown(button) && key !== " ") return;
    event.preventDefault();
    button.click();
  };
  const open = () => {
    document.querySelector(".contain").append(dialog()); // out of its tab, which may be closed
    dialog().querySelector("input").checked = !areOff();
    dialog().showModal();
  };
  window.addEventListener("keydown", press);
  window.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-open-keys]")) open();
    else if (event.target === dialog()) dialog().close(); // beside it
  });
  window.addEventListener("change", (event) => {
    if (!event.target.matches?.("#keys input")) return;
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
})();
