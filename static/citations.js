// Figures of a report: a click on one puts its number into the text, which is shown below as it will
// be read, with each figure in its place and the typed numbers marked.  Without this script a
// person types the number, and adds figures to the list by the buttons.
{
  const PAUSE = 250; // milliseconds without a key
  const form = document.querySelector("[data-citations]");
  const picker = document.getElementById("chiffres");
  const fields = [...form.querySelectorAll("textarea")];
  const selects = [...picker.querySelectorAll("select")];
  const proposed = document.getElementById("proposes");
  const adding = document.getElementById("ajouter");
  const CITED = /(?<!\\)\[(\d{1,3})\](?!\()/; // as in reports/writing/picks.py
  const number = new RegExp(form.dataset.number, "gu");
  const pieces = new RegExp(`${CITED.source}|${form.dataset.aside}|(?<typed>${form.dataset.number})`, "gmu");
  let last = null;
  let timer;

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  };
  const textOf = (place) => picker.querySelector(`li[data-number="${place}"]`)?.dataset.text;

  // The numbers that picked figures print: they have a source.
  const bare = (text) => text.replace(/\s/g, "").replaceAll(",", ".");
  const carried = () => {
    const prints = [...picker.querySelectorAll("li[data-text]")].map((it) => it.dataset.text);
    return new Set(prints.flatMap((it) => it.match(number) || []).map(bare));
  };

  const show = (field) => {
    const known = carried();
    const parts = [];
    let end = 0;
    const put = (match, part) => {
      parts.push(field.value.slice(end, match.index), part);
      end = match.index + match[0].length;
    };
    for (const match of field.value.matchAll(pieces)) {
      const { 0: piece, 1: cited, groups: { typed } } = match;
      const text = cited && textOf(cited);
      if (piece.startsWith("{{")) put(match, element("span", "chip", piece.slice(2, -2)));
      if (cited) put(match, element("span", text ? "chip" : "chip wrong", text || piece));
      if (typed && !known.has(bare(typed))) put(match, element("mark", "", typed));
    }
    let shown = field.parentElement.querySelector(".as-read");
    if (!parts.length) return shown?.remove();
    if (!shown) {
      shown = element("p", "as-read", "");
      field.after(shown);
    }
    shown.replaceChildren(...parts, field.value.slice(end));
  };

  const insert = (place) => {
    if (!last) {
      last = fields[0];
      last.setSelectionRange(last.value.length, last.value.length);
    }
    last.setRangeText(`[${place}]`, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    last.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // A button, with what it is about for those who hear it alone.
  const buttonFor = (words, about) => {
    const button = element("button", "link", `${words} `);
    button.append(element("span", "hidden", about));
    return button;
  };

  const inserting = (about, insertInto) => {
    const button = buttonFor("Mettre dans le texte", about);
    button.type = "button";
    button.addEventListener("click", insertInto);
    return button;
  };

  const removing = (place) => {
    const button = Object.assign(buttonFor("Retirer", `le chiffre ${place}`), { name: "gone", value: place });
    button.setAttribute("formaction", `${form.getAttribute("action")}#chiffres`);
    return button;
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
    const place = String(list.children.length + 1);
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "figure", value: id });
    item.dataset.number = place;
    item.dataset.text = text;
    item.append(element("code", "", `[${place}]`), " ", hidden, element("b", "", text), ` ${code}, ${name} `);
    item.append(removing(place), " ", inserting(text, () => insert(place)));
    list.append(item);
    insert(place);
    fields.forEach(show);
  };

  const propose = async () => {
    const query = new URLSearchParams(selects.map((it) => [it.name, it.value]));
    const answer = await fetch(`${form.dataset.citations}?${query}`).catch(() => null);
    if (!answer?.ok) return;
    const { figures, sentence } = await answer.json();
    const ticked = new Set([...proposed.querySelectorAll(":checked")].map((it) => it.value));
    const list = element("ul", "rows", "");
    list.setAttribute("role", "list");
    list.append(...figures.map((figure) => {
      const [item, words] = [document.createElement("li"), document.createElement("span")];
      const label = element("label", "tick", "");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "choisi", value: figure.id });
      box.checked = ticked.has(figure.id);
      words.append(element("b", "", figure.text), ` ${figure.name}`);
      label.append(box, words);
      item.append(label, inserting(figure.text, () => pick(figure)));
      return item;
    }));
    proposed.replaceChildren(figures.length ? list : "", sentence ? element("p", "", sentence) : "");
    adding.hidden = !figures.length;
  };

  for (const item of picker.querySelectorAll("li[data-text]")) {
    const { number: place, text } = item.dataset;
    item.querySelector("button").after(" ", inserting(text, () => insert(place)));
  }
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
  if (selects[0].value) propose();
}
