() => {
  // Portraits of another prompt than the one beside them say so; and those that stand in for others.
  const mark = () => {
    const earlier = document.querySelector("#caption .earlier");
    const words = (selector) => document.querySelector(selector)?.textContent;
    if (!earlier) return;
    const others = document.querySelector("#status [data-others]") !== null;
    earlier.textContent = others ? said("not those that were asked for") : said("of an earlier choice");
    earlier.hidden = !others && words("#caption .made-of") === words("#prompt .prompt");
    const onPicture = document.querySelector("#viewer .stand-in");
    if (!onPicture) return;
    const example = onPicture.closest("[data-example]") !== null;
    onPicture.dataset.why = others ? (example ? "example" : "others") : example ? "another" : "earlier";
    onPicture.hidden = earlier.hidden;
  };
  requestAnimationFrame(mark);
}
