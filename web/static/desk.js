// The desk, livelier: one click copies a reply, a job tells how far it has come. Everything works without this file too.

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const told = document.getElementById("copied");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = button.dataset.done;
    } catch {
      field.select();
      told.textContent = button.dataset.failed;
    }
  });
}

const job = document.querySelector("[data-job]");
if (job) {
  const bar = job.querySelector("progress");
  const words = job.querySelector("[data-words]");
  const look = async () => {
    const response = await fetch(job.dataset.job, { headers: { Accept: "application/json" } });
    if (!response.ok) return location.reload();
    const now = await response.json();
    if (now.over) return location.reload();
    words.textContent = now.total ? `${now.words} (${now.done}/${now.total})` : now.words;
    if (now.total) {
      bar.max = now.total;
      bar.value = now.done;
    }
    setTimeout(look, 400);
  };
  setTimeout(look, 300);
}
