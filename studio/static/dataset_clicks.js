// The body of a function that Gradio calls once with `element` and `trigger`; what is shown in it may change.
// A button tells what it asks for: which column or page, finding or pair.
element.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button[data-asks]");
  if (!button || button.disabled) return;
  element.dataset.asked = button.dataset.asks; // as studio/tabs/dataset_wiring.py reads it
  trigger("select");
});
