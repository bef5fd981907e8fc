// Compares the portraits on the stage: under a slider, side by side, one after the other, as their difference.
// The server writes the stage anew with every comparison; how it is looked at stays, and is kept here.
window.compareViews = (() => {
  const MOST_ZOOM = 8;
  const STEP = 1.5;
  const state = { way: "slider", shown: "vanilla", at: 50, zoom: 1, x: 0, y: 0 };
  const pointers = new Map(); // those that are down, by id
  let grabbed = null; // what the first of them does: "divider" or "pictures"
  let moved = false;

  const viewer = () => document.querySelector("#viewer");
  const stage = () => viewer()?.querySelector(".stage");
  const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
  const other = () => (state.shown === "vanilla" ? "fine_tuned" : "vanilla");

  // Writes the state into the page; after each of its changes, and when the server has written the stage.
  const show = () => {
    const box = viewer();
    if (!box) return;
    state.zoom = clamp(state.zoom, 1, MOST_ZOOM);
    state.x = clamp(state.x, 1 - state.zoom, 0); // in widths of a picture
    state.y = clamp(state.y, 1 - state.zoom, 0);
    Object.assign(box.dataset, { way: state.way, shown: state.shown, zoomed: state.zoom > 1 });
    const style = { at: `${state.at}%`, zoom: state.zoom, x: `${100 * state.x}%`, y: `${100 * state.y}%` };
    for (const [name, value] of Object.entries(style)) box.style.setProperty(`--${name}`, value);
    for (const button of box.querySelectorAll("[data-way]"))
      button.setAttribute("aria-pressed", button.dataset.way === state.way);
    const divider = box.querySelector(".divider");
    divider?.setAttribute("aria-valuenow", Math.round(state.at));
    divider?.setAttribute("aria-valuetext", said("{share} % vanilla", { share: Math.round(state.at) }));
    box.querySelector("[data-flip]").textContent = other() === "vanilla" ? said("Show vanilla") : said("Show fine-tuned");
    box.querySelector(".zoom output").textContent = `${Math.round(100 * state.zoom)} %`;
    if (state.way === "difference") window.drawDifference(box);
  };
  const set = (changes) => {
    Object.assign(state, changes);
    show();
  };

  // The picture that lies under a point; side by side there are two.
  const pictureAt = (event) => (event.target.closest(".layer") ?? stage()).getBoundingClientRect();
  const zoomAt = (factor, px, py) => {
    const zoom = clamp(state.zoom * factor, 1, MOST_ZOOM);
    const grown = zoom / state.zoom;
    set({ zoom, x: px - grown * (px - state.x), y: py - grown * (py - state.y) }); // that point stays
  };
  const zoomAround = (factor, event) => {
    const box = pictureAt(event);
    zoomAt(factor, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  const moveDivider = (event) => {
    const box = stage().getBoundingClientRect();
    set({ at: clamp((100 * (event.clientX - box.left)) / box.width, 0, 100) });
  };
  // Under the slider, the whole of the portrait of which less is seen.
  const flip = () => set(state.way === "slider" ? { at: state.at > 50 ? 0 : 100 } : { shown: other() });
  const isCompared = () => stage() && !stage().matches(".alone, .empty");

  const press = (button) => {
    const { way, zoom, flip: flips, fullScreen } = button.dataset;
    // Who has just clicked on Flip has the focus there, and presses Space to flip.
    if (way && way === state.way && way === "flip") flip();
    else if (way) set({ way });
    else if (flips !== undefined) flip();
    else if (zoom === "reset") set({ zoom: 1 });
    else if (zoom) zoomAt(zoom === "in" ? STEP : 1 / STEP, 0.5, 0.5);
    else if (fullScreen !== undefined)
      document.fullscreenElement ? document.exitFullscreen() : viewer().requestFullscreen();
  };

  const twoFingers = () => {
    const [one, two] = [...pointers.values()];
    return Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
  };
  const begin = (event) => {
    if (!event.target.closest?.("#viewer .stage") || event.button) return;
    pointers.set(event.pointerId, event);
    moved = pointers.size > 1;
    const slides = state.way === "slider" && isCompared();
    const onDivider = event.target.closest(".divider") || state.zoom === 1;
    grabbed = slides && onDivider ? "divider" : "pictures";
    if (grabbed === "divider" && event.pointerType === "mouse") moveDivider(event);
  };
  const move = (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const apart = pointers.size === 2 && twoFingers();
    pointers.set(event.pointerId, event);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    moved ||= Math.hypot(dx, dy) > 2;
    if (apart) zoomAround(twoFingers() / apart, event);
    else if (grabbed === "divider") moveDivider(event);
    else if (state.zoom > 1) {
      const box = pictureAt(event);
      set({ x: state.x + dx / box.width, y: state.y + dy / box.height });
    }
  };
  const end = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (state.way === "flip" && !moved && event.type === "pointerup" && isCompared()) flip();
  };

  const byKey = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
  const moveByKey = (event) => {
    if (!event.target.matches?.("#viewer .divider")) return;
    const by = { Home: -100, End: 100 }[event.key] ?? byKey[event.key] * (event.shiftKey ? 10 : 1);
    if (!by) return;
    event.preventDefault();
    set({ at: clamp(state.at + by, 0, 100) });
  };
  // Without Ctrl the wheel moves the page, as everywhere. Two fingers on a touchpad come as a wheel with Ctrl.
  const wheel = (event) => {
    if (!event.target.closest?.("#viewer .stage") || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    zoomAround(Math.exp(-event.deltaY / 200), event);
  };

  window.addEventListener("click", (event) => {
    const button = event.target.closest?.("#ways button");
    if (button) press(button);
  });
  window.addEventListener("dblclick", (event) => {
    if (!event.target.closest?.("#viewer .stage") || state.way === "flip") return;
    if (state.zoom > 1) set({ zoom: 1 });
    else zoomAround(STEP ** 2, event);
  });
  window.addEventListener("pointerdown", begin);
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
  window.addEventListener("keydown", moveByKey);
  window.addEventListener("wheel", wheel, { passive: false });
  // Pictures do not tell the window that they are loaded, unless it listens before them.
  const shown = (event) => event.target.matches?.("#viewer .stage img") && show();
  window.addEventListener("load", shown, { capture: true });

  return {
    state,
    // Previews by arm, over the earlier portraits; without any, those are seen again.
    preview: (text) => {
      const previews = text ? JSON.parse(text) : {};
      for (const place of document.querySelectorAll("#viewer .preview")) {
        const address = previews[place.dataset.arm];
        place.hidden = !address;
        place.style.backgroundImage = address ? `url("${address}")` : "";
      }
    },
  };
})();
