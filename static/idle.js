// Says, five minutes before, that an unused space is about to close, and keeps it open on a click.
// Without this script, the page says when that will be.
{
  const WARNING = 300_000; // milliseconds
  const LOOK = 5_000;
  const says = document.querySelector("[data-idle]");
  const patience = Number(says.dataset.idle) * 1000;
  let last = Date.now();
  let told = "";

  const tell = (text, button) => {
    if (text === told) return;
    told = text;
    says.replaceChildren(...(text ? [document.createTextNode(text), ...(button ? [button] : [])] : []));
  };

  const seen = () => {
    last = Date.now();
    tell("");
  };

  const stay = document.createElement("button");
  stay.type = "button";
  stay.className = "button quiet";
  stay.textContent = says.dataset.stay;
  stay.addEventListener("click", async () => {
    const answer = await fetch(says.dataset.stayAt, { method: "POST" }).catch(() => undefined);
    if (answer?.ok) seen();
    else if (answer) tell(says.dataset.closed);
  });

  const look = () => {
    const left = last + patience - Date.now();
    if (left <= 0) tell(says.dataset.closed);
    else if (left <= WARNING) tell(says.dataset.soon, stay);
  };

  addEventListener("space-seen", seen);
  setInterval(look, LOOK);
  document.addEventListener("visibilitychange", look);
}
