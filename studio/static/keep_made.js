// Keeps the seed of new portraits in the address, so that a reload shows them again; a seed that is set stands there.
(recipe, model, steps, guidance, strength) => {
  const made = recipe && JSON.parse(recipe);
  const words = (selector) => document.querySelector(selector)?.textContent;
  if (!made || /[?&](seed|v)=/.test(location.search)) return;
  // What was chosen meanwhile is of other portraits.
  const settings = made.steps === steps && made.guidance === guidance && made.model === model;
  const adapter = made.adapter === null || made.adapter_scale === strength;
  if (!settings || !adapter || words("#caption .made-of") !== words("#prompt .prompt")) return;
  addressBar.set("made", made.seed, null, "replaceState");
}
