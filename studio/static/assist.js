// Names, roles and keys that Gradio leaves out, for a keyboard and a screen reader; what it draws later gets them too.
(() => {
  const set = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes))
      if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
  const all = (selector, act) => document.querySelectorAll(selector).forEach(act);
  const one = (selector) => document.querySelector(selector);
  const text = (element) => element?.textContent.trim() ?? "";

  // Gradio's <main> holds the header and the footer too.
  const nameLandmarks = () => {
    const tabs = one(".contain .tabs");
    set(one("main.contain"), { role: "none" });
    set(one("#header"), { role: "banner" });
    set(one("#footer"), { role: "contentinfo" });
    // Gradio's own links stand below: one footer holds both.
    const links = one("main.contain ~ footer, .wrap > footer");
    if (links && one("#footer")) one("#footer").append(links);
    set(one("#footer > footer"), { role: "group" });
    set(tabs, { role: "main" });
    set(tabs?.querySelector(".tab-wrapper"), { role: "navigation", "aria-label": text(one("#header h1")) });
  };
  const nameParts = () => {
    all("[role=tabpanel][id]:not([id=''])", (panel) => set(panel, { "aria-labelledby": `${panel.id}-button` }));
    all("fieldset:not([aria-label])", (group) => {
      const title = text(group.querySelector("[data-testid=block-info]"));
      if (title) set(group, { "aria-label": title });
    });
    all("ul[role=listbox]", (menu) => set(menu, { tabindex: "-1" })); // Tab leaves the dropdown, not for its long menu
    all(".token", (token) => {
      const remove = token.querySelector(".token-remove");
      const named = remove?.getAttribute("aria-label")?.replace(/\d+$/, text(token.querySelector("span")));
      if (named) set(remove, { "aria-label": named }); // Gradio counts them
    });
    set(one("[aria-label='Gradio footer navigation']"), { "aria-label": said("Gradio footer navigation") });
    all("input[aria-label^='number input for ']", (input) => {
      set(input, { "aria-label": said("number input for {label}", { label: input.ariaLabel.slice(17) }) });
    });
    all("input[aria-label^='range slider for ']", (input) => {
      set(input, { "aria-label": said("range slider for {label}", { label: input.ariaLabel.slice(17) }) });
    });
    all("[data-testid=reset-button]", (button) => set(button, { "aria-label": said("Reset to default value") }));
    all(".gr-accordion > button.label-wrap", (button) => {
      set(button, { "aria-expanded": String(button.classList.contains("open")) });
      set(button.querySelector(".icon"), { "aria-hidden": "true" });
    });
    all("#prompt, #count, #status, #caption, #models-status, #grid-status, #no-faces, #link-problems", (told) =>
      set(told, { "aria-live": "polite" }),
    );
  };
  // Where the row of tabs is scrolled, the one that is open is in sight.
  let open = null;
  const showOpenTab = () => {
    const tab = one(".tab-container [aria-selected=true]");
    if (!tab || tab === open) return;
    open = tab;
    tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
  };

  let due = false;
  const assist = () => {
    due = false;
    nameLandmarks();
    nameParts();
    showOpenTab();
  };
  const soon = () => {
    if (!due) requestAnimationFrame(assist);
    due = true;
  };
  new MutationObserver(soon).observe(document, { childList: true, subtree: true });
  window.addEventListener("click", soon);

  const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  window.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[role=tab]");
    if (!tab || !(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    const tabs = [...tab.parentElement.querySelectorAll("[role=tab]")];
    const at = tabs.indexOf(tab) + moves[event.key];
    const next = tabs[Number.isFinite(at) ? (at + tabs.length) % tabs.length : at < 0 ? 0 : tabs.length - 1];
    event.preventDefault();
    next.focus();
    next.click();
  });
})();
