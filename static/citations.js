// Figures of a report: a click on one puts its number into the text, which is shown below as it will
// be read, with each figure in its place and the typed numbers marked.  Without this script a
// person types the number, and adds figures to the list by the button.
{
  const PAUSE = 250; // milliseconds without a key
  const form = document.querySelector("[data-citations]");
  const picker = document.getElementById("chiffres");
  const fields = [...form.querySelectorAll("textarea")];
  const selects = [...picker.querySelectorAll("select")];
  const offered = document.createElement("ul");
  const CITED = /(?<!\\)\[(\d{1,3})\](?!\()/g; // as in reports/writing/picks.py
  const typed = new RegExp(form.dataset.number, "g");
  let last = null;
  let timer;

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  };
  const textOf = (number) => picker.querySelector(`li[data-number="${number}"]`)?.dataset.text;

  // A piece of text between citations, with the numbers in it marked.
  const plain = (text) => {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(typed)) {
      parts.push(text.slice(end, match.index), element("mark", "", match[0]));
      end = match.index + match[0].length;
    }
    return [...parts, text.slice(end)];
  };

  const show = (field) => {
    let shown = field.parentElement.querySelector(".as-read");
    if (!field.value.match(CITED) && !field.value.match(typed)) return shown?.remove();
    if (!shown) {
      shown = element("p", "as-read", "");
      field.after(shown);
    }
    const parts = [];
    let end = 0;
    for (const match of field.value.matchAll(CITED)) {
      const text = textOf(match[1]);
      parts.push(...plain(field.value.slice(end, match.index)));
      parts.push(element("span", text ? "chip" : "chip wrong", text || match[0]));
      end = match.index + match[0].length;
    }
    shown.replaceChildren(...parts, ...plain(field.value.slice(end)));
  };

  const insert = (number) => {
    if (!last) {
      last = fields[0];
      last.setSelectionRange(last.value.length, last.value.length);
    }
    last.setRangeText(`[${number}]`, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    last.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const inserting = (item) => {
    const button = element("button", "link", "Mettre dans le texte");
    button.type = "button";
    button.addEventListener("click", () => insert(item.dataset.number));
    item.append(" ", button);
  };

  // Adds a figure to the list, where it is not there yet, and puts it into the text.
  const pick = ({ id, code, name, text }) => {
    let list = picker.querySelector(".picked");
    const known = list?.querySelector(`input[value="${CSS.escape(id)}"]`);
    if (known) return insert(known.closest("li").dataset.number);
    if (!list) {
      list = element("ol", "picked", "");
      list.setAttribute("role", "list");
      picker.querySelector("p.hint").replaceWith(list);
    }
    const item = document.createElement("li");
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "figure", value: id });
    item.dataset.number = list.children.length + 1;
    item.dataset.text = text;
    item.append(element("code", "", `[${item.dataset.number}]`), " ", hidden, element("b", "", text), ` ${code}, ${name}`);
    inserting(item);
    list.append(item);
    insert(item.dataset.number);
  };

  const propose = async () => {
    const query = new URLSearchParams(selects.map((it) => [it.name, it.value]));
    if (!query.get("code")) return offered.replaceChildren();
    const answer = await fetch(`${form.dataset.citations}?${query}`).catch(() => null);
    if (!answer?.ok) return;
    const figures = await answer.json();
    offered.replaceChildren(...figures.map((figure) => {
      const item = document.createElement("li");
      const button = element("button", "chip", `${figure.name} : ${figure.text}`);
      button.type = "button";
      button.addEventListener("click", () => pick(figure));
      item.append(button);
      return item;
    }));
  };

  offered.className = "offered";
  offered.setAttribute("role", "list");
  offered.setAttribute("aria-live", "polite");
  picker.querySelector(".three-columns").after(offered);
  for (const item of picker.querySelectorAll("li[data-text]")) inserting(item);
  for (const select of selects) select.addEventListener("change", propose);
  for (const field of fields) {
    field.addEventListener("focus", () => { last = field; });
    show(field);
  }
  form.addEventListener("input", ({ target }) => {
    if (target.tagName !== "TEXTAREA") return;
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE, target);
  });
  propose();
}
