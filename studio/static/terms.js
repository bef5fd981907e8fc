// Terms explained where they stand: a small button at a label opens one popover, which Escape or a click beside it closes.
(() => {
  const source = () => document.querySelector("#terms");
  let popover = null;
  let opener = null;

  const build = () => {
    popover = Object.assign(document.createElement("div"), { id: "term", tabIndex: -1 });
    popover.popover = "auto";
    popover.setAttribute("role", "dialog");
    popover.addEventListener("toggle", (event) => {
      const open = event.newState === "open";
      opener?.setAttribute("aria-expanded", open);
    });
    document.body.append(popover);
  };
  const entries = (names) => names.map((name) => source().querySelector(`[data-name="${name}"]`).cloneNode(true));
  // Under its button, or over it where there is no room; it moves with the page.
  const place = (button) => {
    const { left, bottom, top } = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = popover;
    const under = bottom + 8 + height <= window.innerHeight || top < height + 8;
    const x = Math.max(8, Math.min(left - 12, document.documentElement.clientWidth - width - 8));
    popover.style.left = `${x + window.scrollX}px`;
    popover.style.top = `${(under ? bottom + 8 : top - height - 8) + window.scrollY}px`;
  };
  const open = (button) => {
    if (!popover) build();
    const list = document.createElement("dl");
    list.append(...entries(button.dataset.term.split(" ")));
    popover.replaceChildren(list);
    popover.setAttribute("aria-label", list.querySelector("dt").textContent);
    opener = button;
    popover.showPopover();
    place(button);
    popover.focus({ preventScroll: true });
  };

  // A click on the button of an open popover closes it: the browser does so at the press, before the click.
  let pressed = null;
  window.addEventListener(
    "pointerdown",
    (event) => (pressed = popover?.matches(":popover-open") ? event.target.closest?.("button.term") : null),
    true,
  );
  window.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.("button.term");
      if (!button) return;
      event.preventDefault(); // it may stand in a label
      event.stopPropagation();
      if (pressed === button && opener === button) popover.hidePopover();
      else open(button);
      pressed = null;
    },
    true,
  );

  // A button within a label would be part of the input's name.
  const nameAlone = (label) => {
    const input = label.closest("label")?.querySelector("input, textarea");
    if (!input) return;
    label.id ||= `name-of-${label.closest("[id]").id}`;
    input.setAttribute("aria-labelledby", label.id);
  };
  // Folds and tabs are built when they are first opened: then their labels get their buttons.
  const attach = () => {
    for (const { dataset, firstElementChild: button } of source()?.querySelectorAll("[data-at]") ?? []) {
      for (const block of document.querySelectorAll(dataset.at)) {
        if (block.querySelector(":scope button.term")) continue;
        const label = block.querySelector("[data-testid=block-info]") ?? block.querySelector("label > span");
        if (label) {
          label.after(button.cloneNode(true));
          nameAlone(label);
        } else if (block.matches("p")) block.append(button.cloneNode(true));
      }
    }
  };
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      attach();
    });
  }).observe(document, { childList: true, subtree: true });
})();
