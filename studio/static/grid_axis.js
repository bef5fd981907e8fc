// How the values of an axis are asked for: by an example of its kind, and not at all where nothing varies.
// Another kind begins with that; `place` is where values are typed, null where the address said them.
(name, examples, place) => {
  const placeholder = examples[name] ?? "";
  // Gradio reports a choice too where a list is only left, with nothing chosen.
  const same = place && document.querySelector(`${place} input`)?.placeholder === placeholder;
  if (same) return { __type__: "update" };
  return { __type__: "update", placeholder, visible: name !== "", ...(place ? { value: placeholder } : {}) };
}
