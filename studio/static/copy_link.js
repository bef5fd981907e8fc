() => {
  // The page may not be allowed to copy, as in a frame without that right: then the link is selected.
  const copy = async () => {
    const field = document.querySelector("#shared input");
    if (!field) return;
    const note = document.querySelector("#shared .note");
    try {
      await navigator.clipboard.writeText(field.value);
      note.textContent = said("Copied. It opens exactly these portraits.");
    } catch {
      field.focus();
      field.select();
      note.textContent = said("Copy it from here: it opens exactly these portraits.");
    }
  };
  requestAnimationFrame(copy);
}
