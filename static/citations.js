// Proposes figures while a citation is typed, from two opening braces on.  Without this script a
// page lists them all.
{
  const PAUSE = 250; // milliseconds without a key
  const form = document.querySelector("[data-citations]");
  const list = document.createElement("div");
  const items = document.createElement("ul");
  list.setAttribute("role", "status");
  list.append(items);
  let timer;

  const begun = (area) => /\{\{([^{}\n]*)$/.exec(area.value.slice(0, area.selectionStart));

  const insert = (area, citation) => {
    const start = begun(area)?.index ?? area.selectionStart;
    area.setRangeText(citation, start, area.selectionStart, "end");
    list.remove();
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const propose = async (area) => {
    const typed = begun(area);
    if (!typed) return list.remove();
    const query = new URLSearchParams({ q: typed[1] });
    const answer = await fetch(`${form.dataset.citations}?${query}`).catch(() => null);
    if (!answer?.ok || !begun(area)) return;
    items.replaceChildren();
    for (const { citation, name, text } of await answer.json()) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link";
      button.textContent = `${citation} : ${name}, ${text}`;
      button.addEventListener("click", () => insert(area, citation));
      const item = document.createElement("li");
      item.append(button);
      items.append(item);
    }
    area.after(list);
  };

  form.addEventListener("input", ({ target }) => {
    if (target.tagName !== "TEXTAREA") return;
    clearTimeout(timer);
    timer = setTimeout(propose, PAUSE, target);
  });
  form.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Escape") list.remove();
    if (!list.isConnected || key !== "ArrowDown") return;
    const buttons = [...list.querySelectorAll("button")];
    const next = buttons[buttons.indexOf(target) + 1];
    if (!next || (target.tagName === "TEXTAREA" && list.previousSibling !== target)) return;
    event.preventDefault();
    next.focus();
  });
}
