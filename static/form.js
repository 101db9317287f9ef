// Comforts of the form.  Without this script everything is visible, said in words, and works.
{
  const form = document.querySelector("[data-form]");
  const toc = document.querySelector("[data-toc]");
  const every = (selector, root = document) => [...root.querySelectorAll(selector)];
  const number = (value) => value.toLocaleString(document.documentElement.lang);

  // Questions that depend on another one: what was typed stays, the server ignores it.

  const fieldOf = (control) => control.closest(".field");

  const isAsked = (field) => {
    const wanted = field.dataset.anyOf.split(" ");
    const others = [...form.elements].filter(({ name }) => name === field.dataset.when);
    const chosen = others.filter(({ type, checked }) => !/radio|checkbox/.test(type) || checked);
    const above = others.length ? fieldOf(others[0]) : null;
    return !above?.hidden && chosen.some(({ value }) => wanted.includes(value));
  };

  const showWhatIsAsked = () => {
    for (const field of every("[data-when]", form)) {
      field.hidden = !isAsked(field);
      every(".when", field).forEach((sentence) => (sentence.hidden = true));
    }
  };

  // Limits: seen at every key, spoken only near the end and once the typing pauses.

  const spoken = document.createElement("p");
  spoken.className = "hidden";
  spoken.setAttribute("aria-live", "polite");
  form.append(spoken);
  let pause;

  const count = (area) => {
    const limit = fieldOf(area)?.querySelector("[data-limit]");
    if (!limit) return;
    const maximum = Number(limit.dataset.limit);
    const left = maximum - area.value.length; // UTF-16 units, a line end is one
    const words = left < 0 ? limit.dataset.over : limit.dataset.left;
    limit.textContent = words.replace("{count}", number(Math.abs(left)));
    const isNear = left <= maximum / 20;
    limit.classList.toggle("near", isNear);
    clearTimeout(pause);
    if (isNear) pause = setTimeout(() => (spoken.textContent = limit.textContent), 1000);
  };

  // A choice can be taken back, by a button that says so.

  const takenBack = new Map();

  const offerToTakeBack = (group) => {
    const button = document.createElement("button");
    const about = document.createElement("span");
    button.type = "button";
    button.className = "link undo";
    button.hidden = true;
    about.className = "hidden";
    about.textContent = ` : ${group.querySelector("legend").textContent.trim()}`;
    button.append(form.dataset.undo, about);
    button.addEventListener("click", () => {
      const radios = every("[type=radio]", group);
      radios.forEach((radio) => (radio.checked = false));
      radios[0].focus();
      radios[0].dispatchEvent(new Event("change", { bubbles: true }));
    });
    every(".choices", group).at(-1).append(button);
    takenBack.set(group, button);
  };

  const showTakingBack = () => {
    takenBack.forEach((button, group) => (button.hidden = !group.querySelector(":checked")));
  };

  // Progress, and where one is.

  const sections = every("section[id]", form);
  const entryOf = (section) => toc?.querySelector(`a[href="#${section.id}"]`);

  const isFilled = (control) =>
    /radio|checkbox/.test(control.type) ? control.checked : control.value.trim() !== "";
  const isStarted = (section) =>
    every("input, select, textarea", section).some(
      (control) => isFilled(control) && !fieldOf(control)?.hidden,
    );

  const showProgress = () => {
    const started = sections.filter(isStarted);
    for (const section of sections) {
      entryOf(section)?.parentElement.classList.toggle("started", started.includes(section));
    }
    const place = toc?.querySelector("[data-progress]");
    if (!place) return;
    place.hidden = false;
    place.textContent = place.dataset.text
      .replace("{done}", number(started.length))
      .replace("{all}", number(sections.length));
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
  const buttons = every('button:not([type="button"])', form);

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
  const stay = (isWanted) => {
    if (isWanted !== isTyped) {
      window[isWanted ? "addEventListener" : "removeEventListener"]("beforeunload", warn);
    }
    isTyped = isWanted;
  };

  // What a browser puts back, after "back" for instance, tells nobody that it came.
  const isPutBack = ({ type, checked, defaultChecked, value, defaultValue }) =>
    /radio|checkbox/.test(type) ? checked !== defaultChecked : value !== (defaultValue ?? value);

  const countAll = () => every("textarea", form).forEach((area) => area.value && count(area));

  // The link of an error leads to its question whole, below the bar that stays at the top.
  const goToField = (event) => {
    const link = event.target.closest("a");
    const control = link && document.querySelector(link.hash);
    const field = control?.closest(".field");
    if (!field) return;
    event.preventDefault();
    control.focus({ preventScroll: true });
    field.scrollIntoView();
  };

  const refresh = () => {
    showWhatIsAsked();
    showTakingBack();
    showProgress();
  };

  every('[role="radiogroup"]:not([aria-required])', form).forEach(offerToTakeBack);
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
  form.addEventListener("change", refresh);
  form.addEventListener("submit", send);
  form.addEventListener("reset", () => {
    queueMicrotask(() => {
      every("textarea", form).forEach(count); // the event comes before the fields are reset
      refresh();
      stay(false);
    });
  });
  window.addEventListener("quick-exit", () => stay(false));
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) comeBack();
    countAll();
    refresh();
    const isBack = [...form.elements].some(isPutBack);
    if (isBack) stay(true);
    if (questionnaire) bringKeyBack(persisted || isBack);
  });

  // A public form that is gone back to is given out with another key, and the browser puts the old
  // words into it.  The key that they were sent with comes back with them, so that they count once.
  // This entry of the history remembers it; a form that comes back empty begins anew.

  const { questionnaire } = form.dataset;
  const key = form.elements.submission_key;
  const notice = document.querySelector("[data-sent]");

  const bringKeyBack = (isBack) => {
    const { sent, ...others } = history.state ?? {};
    if (sent?.questionnaire !== questionnaire) return;
    if (!isBack) {
      history.replaceState(others, "");
      return;
    }
    key.value = sent.key;
    tellSent();
  };

  const tellSent = async () => {
    const body = new URLSearchParams({ intent: "sent", submission_key: key.value });
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
    const { sentence } = answer?.ok ? await answer.json() : {};
    if (!sentence) return;
    notice.querySelector("h2").textContent = sentence;
    notice.hidden = false;
    notice.focus();
  };

  if (questionnaire) {
    form.addEventListener("submit", () => {
      const sent = { questionnaire, key: key.value };
      history.replaceState({ ...history.state, sent }, "");
    });
    notice.querySelector("a").addEventListener("click", () => stay(false));
  }
}

// A quiet word while one types, where a long answer seems to hold what leads to a person.
// It looks only here: nothing is sent, nothing kept, and the answer goes as it was typed.
{
  const PAUSE = 800; // milliseconds without a key, so that nobody is interrupted
  const READ = 20000; // signs; a longer text is read on arrival, as all are

  // Ten digits from 0, or an international number, however they are spaced.
  const PHONE =
    /(?<![\d+])(?:0[ .\-/]{0,2}[1-9](?:[ .\-/]{0,2}\d){8}|(?:\+|00)[ ]?[1-9](?:[ .\-()]{0,2}\d){8,13})(?!\d)/g;
  const EMAIL = /[\w.+-]{1,64} ?(?:@|[[(](?:at|arobase)[\])]) ?[\w-]{1,63}(?:\.| point |\[point\])\w/iu;
  const ADDRESS =
    /(?<![\w/.-])\d{1,4}(?: ?(?:bis|ter|quater))?,? (?:rue|avenue|av\.|boulevard|bd|impasse|allée|chemin|quai) (?!et |ou |à |en )\p{L}/iu;
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
  const hasPhone = (text) => [...text.matchAll(PHONE)].some(([number]) => isSomebodys(number));
  const leadsToSomebody = (text) => hasPhone(text) || EMAIL.test(text) || ADDRESS.test(text);

  const watch = (area) => {
    const place = document.createElement("p");
    place.className = "hidden"; // to the eye only: it must be there before it speaks
    place.setAttribute("role", "status");
    area.after(place);
    let pause;
    const look = () => {
      const words = leadsToSomebody(plain(area.value)) ? area.dataset.care : "";
      if (place.textContent === words) return;
      place.textContent = words;
      place.className = words ? "warning" : "hidden";
    };
    area.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(look, PAUSE);
    });
    window.addEventListener("pageshow", look); // with what the browser has put back
  };

  document.querySelectorAll("textarea[data-care]").forEach(watch);
}
