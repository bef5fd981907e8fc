// A face opens large in a dialog of the browser's own: it keeps the focus, and Escape closes it.
window.faceDialog = (() => {
  let dialog = null;
  let asked = null; // the small face that was clicked

  const faces = () => [...(asked.closest("#gallery, .faces, .pairs")?.querySelectorAll("[data-face]") ?? [])];
  const ask = (face) => {
    asked = face;
    document.querySelector("#open-face").click();
  };
  const step = (by) => {
    const shown = faces();
    if (shown.length) ask(shown[(shown.indexOf(asked) + by + shown.length) % shown.length]);
  };
  const button = (name, label, action) => {
    const made = document.createElement("button");
    made.className = name;
    made.textContent = label;
    made.addEventListener("click", action);
    return made;
  };
  const build = () => {
    dialog = document.createElement("dialog");
    dialog.id = "face-dialog";
    dialog.setAttribute("aria-label", said("A face and its labels"));
    const content = document.createElement("div");
    content.className = "content";
    const actions = document.createElement("div");
    actions.className = "actions";
    actions.append(
      button("earlier-face", said("Previous"), () => step(-1)),
      button("later-face", said("Next"), () => step(1)),
      button("close", said("Close"), () => dialog.close()),
    );
    dialog.append(content, actions);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside it
    });
    dialog.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) step(by);
    });
    dialog.addEventListener("close", () => asked.focus());
    document.querySelector(".gradio-container .contain").append(dialog);
  };

  window.addEventListener("click", (event) => {
    const face = event.target.closest?.("[data-face]");
    if (face) ask(face);
  });

  return {
    asked: () => [asked.dataset.face, asked.dataset.key, asked.dataset.version],
    show: (html) => {
      if (!dialog) build();
      dialog.querySelector(".content").innerHTML = html;
      dialog.scrollTop = 0;
      if (!dialog.open) dialog.showModal();
    },
  };
})();
