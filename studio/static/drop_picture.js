// A picture that is dropped anywhere on the page goes to the button that opens one.
(() => {
  let inside = 0; // entering a part of the page comes before leaving the one around it
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const mark = () => document.querySelector("#viewer").toggleAttribute("data-dropping", inside > 0);

  window.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    inside += 1;
    mark();
  });
  window.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    inside = Math.max(0, inside - 1);
    mark();
  });
  // Else the browser would show the picture instead of the page.
  window.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  window.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = 0;
    mark();
    const chosen = new DataTransfer();
    chosen.items.add(event.dataTransfer.files[0]);
    const input = document.querySelector("#choose-picture input[type=file], input[type=file]:has(+ #choose-picture)");
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
