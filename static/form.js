// Comforts of the form.  Without this script everything is visible, said in words, and works.
{
  const form = document.querySelector("[data-form]");
  const toc = document.querySelector("[data-toc]");
  const every = (selector, root = document) => [...root.querySelectorAll(selector)];
  const number = (value) => value.toLocaleString(document.documentElement.lang);

  // Questions that depend on another one: what was typed stays, and a line says that it is not sent.

  const fieldOf = (control) => control.closest(".field");

  const isAsked = (field) => {
    const wanted = field.dataset.anyOf.split(" ");
    const others = [...form.elements].filter(({ name }) => name === field.dataset.when);
    const chosen = others.filter(({ type, checked }) => !/radio|checkbox/.test(type) || checked);
    const above = others.length ? fieldOf(others[0]) : null;
    return !above?.hidden && chosen.some(({ value }) => wanted.includes(value));
  };

  const leftOut = new Map();

  const sayLeftOut = (field) => {
    const isLeftOut = field.hidden && every("input, select, textarea", field).some(isFilled);
    if (isLeftOut && !leftOut.has(field)) {
      const line = document.createElement("p");
      const question = field.querySelector("legend, label.q")?.textContent.trim() ?? "";
      line.className = "hint";
      line.setAttribute("role", "status");
      line.textContent = form.dataset.leftOut?.replace("{question}", question) ?? "";
      field.after(line);
      leftOut.set(field, line);
    }
    const line = leftOut.get(field);
    if (line) line.hidden = !isLeftOut;
  };

  const showWhatIsAsked = () => {
    for (const field of every("[data-when]", form)) {
      field.hidden = !isAsked(field);
      sayLeftOut(field);
      every(".when", field).forEach((sentence) => (sentence.hidden = true));
    }
  };

  // Limits: seen above the text when little is left, spoken near the end once the typing pauses, and
  // apart from what describes the field, which screen readers read anew at each change.

  const spoken = document.createElement("p");
  spoken.className = "hidden";
  spoken.setAttribute("aria-live", "polite");
  form.append(spoken);
  const counters = new Map();
  let pause;

  const countApart = (area) => {
    const limit = fieldOf(area)?.querySelector("[data-limit]");
    if (!limit) return;
    const counter = document.createElement("p");
    counter.className = "limit";
    counter.setAttribute("aria-hidden", "true");
    area.before(counter);
    limit.hidden = true;
    counters.set(area, { counter, ...limit.dataset });
    const others = area.getAttribute("aria-describedby").split(" ").filter((id) => id !== limit.id);
    if (others.length) area.setAttribute("aria-describedby", others.join(" "));
    else area.removeAttribute("aria-describedby");
  };

  const count = (area) => {
    grow(area);
    if (!counters.has(area)) return;
    const { counter, limit, left, over } = counters.get(area);
    const rest = limit - area.value.length; // UTF-16 units, a line end is one
    counter.textContent = (rest < 0 ? over : left).replace("{count}", number(Math.abs(rest)));
    counter.hidden = rest > limit / 5;
    const isNear = rest <= limit / 20;
    counter.classList.toggle("near", isNear);
    clearTimeout(pause);
    if (isNear) pause = setTimeout(() => (spoken.textContent = counter.textContent), 1000);
  };

  const grow = (area) => {
    if (CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 3}px`;
  };

  const namedAfter = (title) => {
    const more = document.createElement("span");
    more.className = "hidden";
    more.textContent = ` : ${title.textContent.trim()}`;
    return more;
  };

  const takenBack = new Map();

  const offerToTakeBack = (group) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link undo";
    button.hidden = true;
    button.append(form.dataset.undo, namedAfter(group.querySelector("legend")));
    button.addEventListener("click", () => {
      const radios = every("[type=radio]", group);
      radios.forEach((radio) => (radio.checked = false));
      radios[0].focus();
      radios[0].dispatchEvent(new Event("change", { bubbles: true }));
    });
    (group.closest(".line") ?? fieldOf(group)).append(button);
    takenBack.set(group, button);
  };

  const showTakingBack = () => {
    takenBack.forEach((button, group) => (button.hidden = !group.querySelector(":checked")));
  };

  // Progress, and where one is.

  const REQUIRED = ".field:not([hidden]):has([aria-required])";
  const sections = every("section[id], details[id]", form);
  const onIndicators = sections.filter(({ dataset }) => "indicator" in dataset);
  const isRequired = (section) => section.matches("section") && section.querySelector(REQUIRED);
  const steps = onIndicators.length
    ? sections.filter((section) => onIndicators.includes(section) || isRequired(section))
    : sections;
  const entryOf = (section) => toc?.querySelector(`a[href="#${section.id}"]`);

  const isFilled = (control) =>
    /radio|checkbox/.test(control.type) ? control.checked : control.value.trim() !== "";
  const filledIn = (part) =>
    every("input, select, textarea", part).filter(
      (control) => isFilled(control) && !fieldOf(control)?.hidden,
    );
  const isStarted = (section) => filledIn(section).length > 0;

  const isAnswered = (section) =>
    isStarted(section) &&
    every(REQUIRED, section).every((field) => filledIn(field).length > 0);

  const showProgress = () => {
    const answered = sections.filter(isAnswered);
    for (const section of sections) {
      entryOf(section)?.parentElement.classList.toggle("started", answered.includes(section));
    }
    const place = document.querySelector("[data-progress]");
    if (!place) return;
    const done = steps.filter((section) => answered.includes(section)).length;
    place.hidden = false;
    place.textContent = (done < 2 ? place.dataset.one : place.dataset.text)
      .replace("{done}", number(done))
      .replace("{all}", number(steps.length));
    const bar = document.querySelector("[data-done]");
    bar.hidden = false;
    bar.max = steps.length;
    bar.value = done;
  };

  // A stance brings the questions that it calls for; the fold, all.  What is filled in stays in sight.

  const folds = every("[data-more]", form);

  const briefOf = (field) => {
    const [control] = filledIn(field);
    const answer = /\D/.test(control.value)
      ? (control.labels[0]?.textContent.trim() ?? "")
      : control.value;
    return (field.dataset.brief ?? "{answer}").replace("{answer}", answer);
  };

  const describe = (more) => {
    const filled = every(".field", more).filter((field) => filledIn(field).length);
    more.querySelector("[data-summary]").textContent = more.open
      ? ""
      : filled.map(briefOf).join(" · ");
  };

  const setAside = (more) => {
    const chosen = more.previousElementSibling.querySelector(":checked")?.value;
    for (const field of every("[data-for]", more.parentElement)) {
      const isOpened = field.dataset.for.split(" ").includes(chosen);
      const isKept = field.matches(".wrong") || filledIn(field).length > 0;
      field.classList.toggle("aside", !isOpened && !isKept);
    }
  };

  const foldAtFirst = (more) => {
    more.open = more.querySelector(".wrong") !== null;
    setAside(more);
    describe(more);
  };

  const openFor = ({ target }) => {
    const more = fieldOf(target)?.nextElementSibling;
    if (folds.includes(more)) setAside(more);
  };

  // A definition is read to its third line, and whole by whoever asks.

  const SHOWN_LINES = 3;

  const shorten = (about) => {
    const definition = about.querySelector(".definition");
    if (!definition) return;
    const lines = definition.scrollHeight / parseFloat(getComputedStyle(definition).lineHeight);
    if (Math.round(lines) <= SHOWN_LINES) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.append("", namedAfter(about.closest("header").querySelector("h2")));
    const fold = (isShort) => {
      about.classList.toggle("short", isShort);
      button.firstChild.data = isShort ? about.dataset.about : about.dataset.less;
      button.setAttribute("aria-expanded", String(!isShort));
    };
    button.addEventListener("click", () => fold(!about.classList.contains("short")));
    about.append(button);
    fold(true);
  };

  const followReading = () => {
    const watcher = new IntersectionObserver(
      (seen) => {
        const section = seen.find(({ isIntersecting }) => isIntersecting)?.target;
        if (!section) return;
        every("[aria-current]", toc).forEach((entry) => entry.removeAttribute("aria-current"));
        entryOf(section)?.setAttribute("aria-current", "location");
      },
      { rootMargin: "-25% 0px -70%" },
    );
    sections.forEach((section) => watcher.observe(section));
  };

  const unfoldWhenWide = () => {
    const wide = matchMedia("(min-width: 62rem)");
    const fold = () => (toc.open = wide.matches);
    wide.addEventListener("change", fold);
    fold();
    toc.addEventListener("click", ({ target }) => {
      if (target.closest("a") && !wide.matches) toc.open = false;
    });
  };

  // Sending once, and not leaving typed words behind.

  const AGAIN_AFTER = 8000; // milliseconds
  let sentAt = -Infinity;
  let isTyped = false;
  const buttons = [...form.elements].filter(({ type }) => type === "submit");

  const send = (event) => {
    if (event.timeStamp - sentAt < AGAIN_AFTER) {
      event.preventDefault();
      return;
    }
    sentAt = event.timeStamp;
    buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
    setTimeout(comeBack, AGAIN_AFTER);
    stay(false);
  };

  const comeBack = () => {
    sentAt = -Infinity;
    buttons.forEach((button) => button.removeAttribute("aria-disabled"));
    window.dispatchEvent(new Event("form-usable"));
  };

  const warn = (event) => event.preventDefault();
  const isKept = () => document.querySelector("[data-keep] input")?.checked ?? false;
  const stay = (isTouched) => {
    const isWanted = isTouched && !isKept();
    if (isWanted !== isTyped) {
      window[isWanted ? "addEventListener" : "removeEventListener"]("beforeunload", warn);
    }
    isTyped = isWanted;
  };

  // What a browser puts back, after "back" for instance, tells nobody that it came.
  const isPutBack = ({ type, checked, defaultChecked, value, defaultValue }) =>
    /radio|checkbox/.test(type) ? checked !== defaultChecked : value !== (defaultValue ?? value);

  const countAll = () => every("textarea", form).forEach(count);

  // The link of an error leads to its question whole, below the bar.
  const goToField = (event) => {
    const link = event.target.closest("a");
    const control = link && document.querySelector(link.hash);
    const field = control?.closest(".field");
    if (!field) return;
    event.preventDefault();
    const folded = field.closest("details");
    if (folded) folded.open = true;
    control.focus({ preventScroll: true });
    field.scrollIntoView();
  };

  const refresh = () => {
    showWhatIsAsked();
    showTakingBack();
    showProgress();
    folds.forEach(describe);
  };

  every("[data-about]", form).forEach(shorten);
  folds.forEach(foldAtFirst);
  folds.forEach((more) => more.addEventListener("toggle", () => describe(more)));
  every('[role="radiogroup"]:not([aria-required])', form).forEach(offerToTakeBack);
  every("textarea", form).forEach(countApart);
  countAll();
  refresh();
  stay("cameBack" in form.dataset); // what was refused is kept nowhere but here
  if (toc) {
    unfoldWhenWide();
    followReading();
  }
  document.querySelector("#errors, #notice")?.focus();

  document.querySelector("#errors")?.addEventListener("click", goToField);
  form.addEventListener("input", ({ target }) => {
    stay(true);
    if (target.matches("textarea")) count(target);
    showProgress();
  });
  form.addEventListener("change", (event) => {
    openFor(event);
    refresh();
  });
  form.addEventListener("submit", send);
  form.addEventListener("put-back", () => {
    countAll();
    folds.forEach(foldAtFirst);
    refresh();
  });
  form.addEventListener("reset", () => {
    queueMicrotask(() => {
      countAll(); // the event comes before the fields are reset
      folds.forEach(foldAtFirst);
      refresh();
      stay(false);
    });
  });
  window.addEventListener("quick-exit", () => stay(false));
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) comeBack();
    countAll();
    folds.forEach(foldAtFirst);
    refresh();
    const isBack = [...form.elements].some(isPutBack);
    if (isBack) stay(true);
    if (questionnaire) bringKeyBack(persisted || isBack);
  });

  // A form that is gone back to has another key.  The old one, in this entry of the history, comes
  // back with the words that the browser puts back, so that they count once; without them, it tells.

  const { questionnaire } = form.dataset;
  const key = form.elements.submission_key;
  const notice = document.querySelector("[data-sent]");

  const bringKeyBack = (isRefilled) => {
    const { sent, ...others } = history.state ?? {};
    if (sent?.questionnaire !== questionnaire) return;
    const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (isRefilled) key.value = sent.key;
    else if (!isBack) history.replaceState(others, "");
    if (notice && (isRefilled || isBack)) tellSent(sent.key, isRefilled || key.value === sent.key);
  };

  const tellSent = async (sentKey, isRefilled) => {
    const body = new URLSearchParams({ intent: "sent", submission_key: sentKey });
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
    const { sentence } = answer?.ok ? await answer.json() : {};
    if (!sentence) return;
    notice.querySelector("h2").textContent = sentence;
    every("[data-refilled]", notice).forEach((line) => (line.hidden = !isRefilled));
    every("[data-unsent]").forEach((line) => (line.hidden = true));
    notice.hidden = false;
    notice.focus();
  };

  const unfolded = new Set();
  window.addEventListener("beforeprint", () => {
    for (const part of every("details:not([open])", form)) {
      part.open = true;
      unfolded.add(part);
    }
  });
  window.addEventListener("afterprint", () => {
    unfolded.forEach((part) => (part.open = false));
    unfolded.clear();
  });

  if (questionnaire) {
    form.addEventListener("submit", () => {
      const sent = { questionnaire, key: key.value };
      history.replaceState({ ...history.state, sent }, "");
    });
    notice?.querySelector("a").addEventListener("click", () => stay(false));
  }
}

// A quiet word where a text seems to hold what leads to a person, and a way to take that out.
// Nothing is sent or kept.
{
  const PAUSE = 800; // milliseconds without a key, so that nobody is interrupted
  const READ = 20000; // characters; a longer text is read on arrival, as all are
  const GONE = "…";

  // Ten digits from 0, or an international number, however they are spaced.
  const PHONE =
    /(?<![\d+])(?:0[ .\-/]{0,2}[1-9](?:[ .\-/]{0,2}\d){8}|(?:\+|00)[ ]?[1-9](?:[ .\-()]{0,2}\d){8,13})(?!\d)/g;
  const EMAIL =
    /[\w.+-]{1,64} ?(?:@|[[(](?:at|arobase)[\])]) ?[\w-]{1,63}(?:(?:\.| point |\[point\])\w[\w-]{0,62}){1,9}/giu;
  const ADDRESS =
    /(?<![\w/.-])\d{1,4}(?: ?(?:bis|ter|quater))?,? (?:rue|avenue|av\.|boulevard|bd|impasse|allée|chemin|quai) (?!et |ou |à |en )\p{L}[^,;.!?\n]{0,60}/giu;
  const DATE = /^\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d/;
  // Numbers of services, and how one counts from nought to nine.
  const PUBLIC = /^(?:08\d{8}|0123456789)$/;

  const plain = (text) =>
    text
      .slice(0, READ)
      .replace(/[\u00ad\u200b-\u200f\u2060]/g, "")
      .replace(/[\u00a0\u202f]/g, " ")
      .replace(/’/g, "'");
  const isSomebodys = (number) => !DATE.test(number) && !PUBLIC.test(number.replace(/\D/g, ""));
  const withoutTraces = (text) =>
    text
      .replace(PHONE, (number) => (isSomebodys(number) ? GONE : number))
      .replace(EMAIL, GONE)
      .replace(ADDRESS, GONE);
  const leadsToSomebody = (text) => withoutTraces(text) !== text;

  const button = (text, press) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "link";
    made.textContent = text;
    made.addEventListener("click", press);
    return made;
  };

  const watch = (area) => {
    const place = document.createElement("p");
    place.className = "hidden"; // to the eye only: it must be there before it speaks
    place.setAttribute("role", "status");
    area.after(place);
    let pause;
    const say = (words, ...buttons) => {
      place.replaceChildren(words, ...buttons.flatMap((one) => [" ", one]));
      place.className = words ? "traced" : "hidden";
    };
    const write = (text) => {
      area.value = text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      clearTimeout(pause);
      area.focus();
    };
    const remove = () => {
      const before = area.value;
      write(withoutTraces(plain(before)) + before.slice(READ));
      const restore = () => {
        write(before);
        look();
      };
      say(area.dataset.removed, button(area.dataset.restore, restore));
    };
    const look = () => {
      if (leadsToSomebody(plain(area.value))) {
        if (!place.classList.contains("traced") || place.textContent.startsWith(area.dataset.removed)) {
          say(area.dataset.care, button(area.dataset.remove, remove));
        }
      } else {
        say("");
      }
    };
    area.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(look, PAUSE);
    });
    window.addEventListener("pageshow", look); // with what the browser has put back
  };

  document.querySelectorAll("textarea[data-care]").forEach(watch);
}

// On a device that one says is one's own, this tab keeps what is typed: for two hours, until it is
// sent, saved or left by the quick exit (`exit.js`).
{
  const KEPT = "kept";
  const KEPT_FOR = 2 * 3600 * 1000; // milliseconds
  const PAUSE = 400;
  const form = document.querySelector("[data-questionnaire]");
  const place = document.querySelector("[data-keep]");
  const tick = place?.querySelector("input");
  const UNKEPT = ["submission_key", "previous_key", "draft_revision", "proof", "website", "intent"];
  const GOES_ON = /^(?:review|show)/; // what only shows the form otherwise

  const forget = () => sessionStorage.removeItem(KEPT);
  const load = () => {
    const { at, questionnaire, fields } = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    if (questionnaire !== form.dataset.questionnaire) return undefined;
    return at > Date.now() - KEPT_FOR ? fields : undefined;
  };
  const keep = () => {
    const { questionnaire } = form.dataset;
    const fields = [...new FormData(form)].filter(([name]) => !UNKEPT.includes(name));
    sessionStorage.setItem(KEPT, JSON.stringify({ at: Date.now(), questionnaire, fields }));
  };

  const putBack = (fields) => {
    for (const control of form.elements) {
      if (!control.name || control.type === "submit" || UNKEPT.includes(control.name)) continue;
      const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
      if (/radio|checkbox/.test(control.type)) control.checked = values.includes(control.value);
      else if (values.length) [control.value] = values;
    }
    form.dispatchEvent(new Event("put-back"));
  };

  if (place) {
    let pause;
    const fields = load();
    place.hidden = false;
    tick.checked = fields !== undefined;
    if (fields && !("cameBack" in form.dataset)) putBack(fields);
    tick.addEventListener("change", () => (tick.checked ? keep() : forget()));
    form.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(() => tick.checked && keep(), PAUSE);
    });
    addEventListener("pagehide", () => tick.checked && keep());
  }
  const end = () => {
    if (tick) tick.checked = false;
    forget();
  };
  form?.addEventListener("submit", ({ submitter }) => GOES_ON.test(submitter?.value ?? "") || end());
  addEventListener("quick-exit", end);
}

// The first letter typed brings the words by which danger is known.
{
  const form = document.querySelector("[data-danger]");
  const load = ({ target }) => {
    if (!target.matches("textarea")) return;
    form.removeEventListener("input", load);
    const script = document.createElement("script");
    script.src = form.dataset.danger;
    document.head.append(script);
  };
  form?.addEventListener("input", load);
}
