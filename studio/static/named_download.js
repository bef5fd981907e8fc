// A download's name: the server names a file as it is called on its disk, and that would count.
window.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a.download");
  if (!link || link.href.startsWith("blob:") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href);
  if (!answer.ok) return location.assign(link.href); // which says why
  const copy = Object.assign(document.createElement("a"), { download: link.download, className: "download" });
  copy.href = URL.createObjectURL(await answer.blob());
  copy.click();
  setTimeout(() => URL.revokeObjectURL(copy.href), 10_000);
});
