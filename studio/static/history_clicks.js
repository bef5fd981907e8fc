// The body of a function that Gradio calls once with `element` and `trigger`; what is shown in it may change.
element.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button");
  if (button?.dataset.forgets) portraitHistory.forget(button.dataset.forgets);
  else if (button) trigger("select"); // the one that shows more
});
