// The editor of a question: shows what a kind or a condition asks for as soon as it is chosen, and
// stays at that choice.  Without this script a button does the same.
{
  const form = document.querySelector("[data-editor]");
  const controls = [...form.elements].filter(({ name }) => name === "kind" || name === "controller");
  const button = [...form.elements].find(({ value }) => value === "redraw");

  const show = ({ target }) => {
    button?.setAttribute("formaction", `#${target.id}`);
    form.requestSubmit(button);
  };

  // The address names the choice that the page was drawn anew for, and then no more.
  const goBackToChoice = () => {
    const chosen = controls.find(({ id }) => `#${id}` === location.hash);
    if (!chosen) return;
    chosen.focus();
    history.replaceState(null, "", location.pathname + location.search);
  };

  if (button) controls.forEach((control) => control.addEventListener("change", show));
  document.querySelectorAll("[data-redraw]").forEach((part) => (part.hidden = true));
  goBackToChoice();
}
