// The proof of work, where one is asked: computed aside while one reads and writes.  A form that
// goes without it is taken all the same.
{
  const PATIENCE = 90_000; // milliseconds
  const place = document.querySelector("[data-proof]");
  const field = document.querySelector('[name="proof"]');
  const challenge = JSON.parse(place.dataset.challenge);

  const solved = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(place.dataset.worker);
      worker.addEventListener("error", reject);
      worker.addEventListener("message", ({ data }) => {
        worker.terminate();
        data?.derivedKey ? resolve(data) : reject(data?.error);
      });
      worker.postMessage({ type: "work", challenge, timeout: PATIENCE });
    });

  const prove = async () => {
    place.textContent = place.dataset.proving;
    try {
      const solution = await solved();
      field.value = btoa(JSON.stringify({ challenge, solution }));
      place.textContent = place.dataset.proven;
    } catch {
      place.textContent = place.dataset.unproven;
    }
  };

  prove();
}
