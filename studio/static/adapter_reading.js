// What is under way, until the answer comes; of what lies on the server that is too short to see.
(name) =>
  String(name ?? "").includes("/")
    ? `<p class="note" role="status">${said("Reading from the Hugging Face Hub. This takes some seconds.")}</p>`
    : ""
