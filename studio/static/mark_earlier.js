() => {
  // Portraits that were made from another prompt than the one beside them say so.
  const mark = () => {
    const earlier = document.querySelector("#caption .earlier");
    const words = (selector) => document.querySelector(selector)?.textContent;
    if (earlier) earlier.hidden = words("#caption .made-of") === words("#prompt .prompt");
  };
  requestAnimationFrame(mark);
}
