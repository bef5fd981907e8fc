// A text box also changes when it first appears: only other words than those of the table are looked for.
(words) => {
  const table = document.querySelector("#prompt-table .prompts");
  if (table && table.dataset.words !== words) document.querySelector("#search-catalogue").click();
}
