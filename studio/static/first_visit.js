// The first steps: shown until they are put away, which this browser remembers; brought back from the keys and About.
(() => {
  const AWAY = "first-steps-away";
  const root = document.documentElement;
  const section = () => document.querySelector("#first-steps");
  const steps = () => [...section().querySelectorAll(".step")];
  // Where nothing can be kept, they are shown again on the next visit.
  const kept = () => {
    try {
      return localStorage.getItem(AWAY) !== null;
    } catch {
      return false;
    }
  };
  const keep = (away) => {
    try {
      if (away) localStorage.setItem(AWAY, "1");
      else localStorage.removeItem(AWAY);
    } catch {}
  };
  const show = (shown) => root.toggleAttribute("data-first-steps", shown);

  // What a step is about is marked while the visitor walks through, and not before.
  const mark = (at) => (root.dataset.firstStep = at + 1);
  const goTo = (at) => {
    steps().forEach((step, place) => (step.hidden = place !== at));
    const last = at === steps().length - 1;
    const button = (name) => section().querySelector(`[data-step=${name}]`);
    const had = document.activeElement;
    button("back").disabled = at === 0;
    for (const name of ["next", "done"]) button(name).hidden = last;
    button("end").hidden = !last;
    if (had === button("next") && last) button("end").focus();
    if (had === button("back") && at === 0) button("next").focus();
    mark(at);
  };
  const at = () => steps().findIndex((step) => !step.hidden);

  const away = () => {
    const hadFocus = section().contains(document.activeElement);
    show(false);
    delete root.dataset.firstStep;
    keep(true);
    if (hadFocus) document.querySelector("#viewer .divider, #ways button")?.focus({ preventScroll: true });
  };
  const again = () => {
    document.querySelector("dialog[open]")?.close();
    document.querySelector("#explore-tab-button")?.click();
    keep(false);
    show(true);
    goTo(0);
    requestAnimationFrame(() => {
      section().scrollIntoView({ block: "nearest" });
      section().querySelector("[data-step=next]").focus({ preventScroll: true });
    });
  };

  window.addEventListener("click", (event) => {
    if (event.target.closest?.("button[data-first-steps]")) return again();
    const step = event.target.closest?.("#first-steps [data-step]")?.dataset.step;
    if (step === "done" || step === "end") away();
    else if (step) goTo(at() + (step === "next" ? 1 : -1));
  });
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && section()?.contains(event.target)) away();
  });
  show(!kept()); // before the page is built: nothing moves once it stands
})();
