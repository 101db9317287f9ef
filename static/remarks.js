// Reads the wording of an indicator again while it is typed.  Without this script a button does.
{
  const PAUSE = 700; // milliseconds without a key
  const remarks = document.querySelector("[data-remarks]");
  const form = remarks.closest("form");
  const button = document.querySelector("[data-reread] button");
  let timer;

  const reread = async () => {
    const body = new URLSearchParams(new FormData(form, button));
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || remarks.contains(document.activeElement)) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    remarks.replaceChildren(...page.querySelector("[data-remarks]").childNodes);
  };

  form.addEventListener("input", ({ target }) => {
    if (remarks.contains(target)) return;
    clearTimeout(timer);
    timer = setTimeout(reread, PAUSE);
  });
  button.parentElement.hidden = true;
}
