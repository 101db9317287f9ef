// Advice on texts that are to be easy to read, while they are typed.  Without this script the page
// has it once the text is saved.  `readability/rules.py` reads in the same way.
{
  const PAUSE = 700; // milliseconds without a key
  const SENTENCE = /(?<=[.!?:;])\s+|\n+/;
  const WORD = /[\p{L}\p{N}_'()-]+/gu;
  const LINK = /\[([^\]]*)\]\([^)]*\)/g;
  const FILLED_IN = /%\([\p{L}\p{N}_]+\)s|\{[\p{L}\p{N}_]+\}/gu;

  const plain = (text) =>
    text
      .replace(LINK, "$1")
      .replace(FILLED_IN, "N")
      .replaceAll("’", "'")
      .replace(/[\u00a0\u202f]/g, " ");

  const adviceOn = (typed, rules) => {
    const { sentences, longest_sentence: most, numbers, joining, known, explained, quoted } = rules;
    const text = plain(typed);
    const say = (what, about, count) =>
      sentences[what].replace("{what}", about).replace("{count}", count).replace("{most}", most);
    const isUnknown = (part) =>
      /^\p{Lu}{2,}$/u.test(part) &&
      !known.includes(part) &&
      !explained.some((it) => text.includes(it.replace("{}", part)));
    return text.split(SENTENCE).flatMap((sentence) => {
      const words = sentence.match(WORD) ?? [];
      const parts = words.flatMap((word) => word.split(/['()-]/));
      const lower = parts.map((part) => part.toLowerCase());
      const said = ` ${lower.join(" ")} `;
      return [
        ...(words.length > most ? [say("long", words.slice(0, quoted).join(" "), words.length)] : []),
        ...lower.filter((it) => numbers.includes(it)).map((it) => say("number", it)),
        ...joining.filter((it) => said.includes(` ${it} `)).map((it) => say("joined", it)),
        ...parts.filter(isUnknown).map((it) => say("abbreviation", it)),
      ];
    });
  };

  for (const place of document.querySelectorAll("[data-advice]")) {
    const control = document.getElementById(place.dataset.field);
    const rules = JSON.parse(place.dataset.advice);
    let timer;
    const show = () => {
      const lines = [...new Set(adviceOn(control.value, rules))].map((sentence) => {
        const line = document.createElement("li");
        line.textContent = sentence;
        return line;
      });
      place.querySelector("p").hidden = !lines.length;
      place.querySelector("ul").replaceChildren(...lines);
    };
    control.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, PAUSE);
    });
  }
}
