(address) => {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}
