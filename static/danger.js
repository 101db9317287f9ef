// A quiet word with the numbers to call, where what is typed tells of danger, by the words with which
// moderation reads texts.  It looks only here: nothing is sent, nothing kept.  `fold` and `expanded`
// are those of consultation/moderation/danger/phrases.py.
{
  const PAUSE = 800; // milliseconds without a key, so that nobody is interrupted
  const READ = 20000; // characters; a longer text is read on arrival, as all are
  const SENTENCE = /[.!?;:…؟؛]+|\n\s*\n/;
  const form = document.querySelector("[data-danger-words]");
  let isClosed = false;

  const tokens = (sentence) =>
    sentence
      .normalize("NFKD")
      .toLowerCase()
      .replace(/œ/g, "oe")
      .replace(/æ/g, "ae")
      .replace(/ß/g, "ss")
      .replace(/[\p{Mn}\p{Cf}]/gu, "")
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const fold = (text) =>
    text
      .slice(0, READ)
      .split(SENTENCE)
      .map((sentence) => tokens(sentence).join(" "))
      .filter(Boolean)
      .join(" | ");

  const compiled = ({ words, patterns }) => {
    const expanded = (pattern) => {
      const named = pattern.replace(/<(\w+)>/g, (_whole, name) => `(?:${words[name]})`);
      return named === pattern ? named.replaceAll(" ... ", " (?:[^\\s|]+ ){0,4}") : expanded(named);
    };
    return patterns.flatMap((pattern) => {
      try {
        return [new RegExp(`(?:^|\\s)(?:${expanded(pattern)})(?!\\S)`)];
      } catch {
        return []; // an old browser that cannot look behind: the other patterns are enough there
      }
    });
  };

  const made = (name, text = "", values = {}) =>
    Object.assign(document.createElement(name), { textContent: text }, values);

  const called = (numbers) => {
    const list = made("ul", "", { className: "numbers" });
    for (const { digits, address, who } of numbers) {
      const line = made("li");
      line.append(made("a", digits, { href: address }), " ", made("span", who));
      list.append(line);
    }
    return list;
  };

  const watch = (area, { title, close, numbers }, tells) => {
    const place = made("div", "", { className: "hidden" }); // to the eye: it is there before it speaks
    place.setAttribute("role", "status");
    area.after(place);
    let pause;
    const hide = () => {
      place.className = "hidden";
      place.replaceChildren();
    };
    const say = () => {
      const button = made("button", close, { type: "button", className: "link" });
      button.addEventListener("click", () => {
        isClosed = true;
        hide();
        area.focus();
      });
      place.className = "calling";
      place.replaceChildren(made("p", title), called(numbers), button);
    };
    const look = () => {
      const isSaid = place.className === "calling";
      if (!tells(area.value)) hide();
      else if (!isClosed && !isSaid && !form.querySelector(".calling")) say();
    };
    area.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(look, PAUSE);
    });
    if (area.value) look();
  };

  const begin = async () => {
    const answer = await fetch(form.dataset.dangerWords).catch(() => null);
    if (!answer?.ok) return;
    const known = await answer.json();
    const expressions = known.lists.flatMap(compiled);
    const tells = (text) => {
      const folded = fold(text);
      return expressions.some((expression) => expression.test(folded));
    };
    form.querySelectorAll("textarea").forEach((area) => watch(area, known, tells));
  };
  begin();
}
