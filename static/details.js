// Closes by Escape the part in which one is, on the pages of the team.  Without this script the line that
// opened it closes it.
addEventListener("keydown", (event) => {
  const part = event.key === "Escape" && document.activeElement.closest("details[open]");
  if (!part) return;
  part.open = false;
  part.querySelector("summary").focus();
});
