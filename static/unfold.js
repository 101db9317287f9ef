// Keeps the choice to see English texts and codes as soon as it is made, and leaves in sight what was
// changed.  Without this script a button keeps the choice.
{
  const form = document.querySelector("[data-unfold]");
  const box = form.querySelector("[type=checkbox]");
  const stay = Object.assign(document.createElement("input"), { type: "hidden", name: "stay", value: "1" });

  form.append(stay);
  box.addEventListener("change", () => {
    form.requestSubmit();
    box.defaultChecked = box.checked;
  });
  document.querySelectorAll(".foldable").forEach((part) => {
    part.addEventListener("input", () => part.classList.add("kept"));
  });
}
