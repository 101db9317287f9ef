// Puts what was typed before a connection ended back into its form, once signed in again.
// The page that says so keeps it for this tab; without this script it is there to be copied.
{
  const KEY = "typed";
  const LONGEST = 60 * 60 * 1000; // milliseconds; another person may use this tab later
  const { notice } = document.currentScript.dataset;
  const ended = document.querySelector("[data-typed]");

  const kept = () => {
    try {
      const stored = JSON.parse(sessionStorage.getItem(KEY));
      if (stored && Date.now() - stored.at > LONGEST) sessionStorage.removeItem(KEY);
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  };

  const UNTOUCHED = ["hidden", "submit", "button", "file", "password"];
  const isTicked = ({ type }) => type === "checkbox" || type === "radio";

  const fill = (form, fields) => {
    const places = {};
    for (const control of form.elements) {
      const { name, type } = control;
      if (!name || UNTOUCHED.includes(type)) continue;
      const values = fields.filter(([sent]) => sent === name).map(([, value]) => value);
      if (isTicked(control)) control.checked = values.includes(control.value);
      else if (type === "select-multiple") {
        for (const option of control.options) option.selected = values.includes(option.value);
      } else {
        const at = (places[name] = (places[name] ?? -1) + 1);
        if (at < values.length) control.value = values[at];
      }
    }
  };

  const resume = ({ path, fields }) => {
    const form = [...document.forms].find(
      (it) => it.method === "post" && new URL(it.action).pathname === path,
    );
    if (!form) return;
    sessionStorage.removeItem(KEY);
    fill(form, fields);
    const says = document.createElement("p");
    says.className = "notice";
    says.setAttribute("role", "status");
    form.before(says);
    says.textContent = notice;
    says.scrollIntoView();
  };

  if (ended) {
    const typed = { ...JSON.parse(ended.dataset.typed), at: Date.now() };
    sessionStorage.setItem(KEY, JSON.stringify(typed));
  } else if (kept()) resume(kept());
}
