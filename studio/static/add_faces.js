(html) => {
  // The rest of the faces joins the first, if those are still of the same choice.
  const more = new DOMParser().parseFromString(html, "text/html").querySelector(".strip");
  const strip = document.querySelector("#gallery .strip");
  if (more && strip && strip.dataset.of === more.dataset.of && !strip.dataset.whole) {
    strip.append(...more.children);
    strip.dataset.whole = "yes";
  }
}
