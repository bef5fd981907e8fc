() => {
  const show = () => {
    const oneColumn = window.matchMedia("(max-width: 999px)").matches;
    const failed = document.querySelector("#status .problem");
    if (oneColumn && !failed) document.querySelector("#pictures").scrollIntoView({ behavior: "smooth" });
  };
  requestAnimationFrame(show);
}
