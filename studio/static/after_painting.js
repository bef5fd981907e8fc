() => {
  requestAnimationFrame(() => setTimeout(() => document.querySelector("#show-faces").click(), 0));
}
