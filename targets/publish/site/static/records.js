/* Cards of record links: Escape closes them, and none reaches past the edge of the window. */
(() => {
  const root = document.documentElement;

  const place = (event) => {
    const link = event.target.closest?.(".zx-ref");
    const tip = link?.querySelector(":scope > .zx-tip");
    if (!tip) return;
    root.classList.remove("zx-tips-closed");
    tip.style.left = "0";
    tip.style.top = "100%";
    tip.style.bottom = "auto";
    requestAnimationFrame(() => {
      const card = tip.getBoundingClientRect();
      if (!card.width) return;
      const over = card.right - (root.clientWidth - 8);
      if (over > 0) tip.style.left = `${-over}px`;
      if (card.bottom > root.clientHeight && link.getBoundingClientRect().top > card.height) {
        tip.style.top = "auto";
        tip.style.bottom = "100%";
      }
    });
  };

  document.addEventListener("pointerover", place);
  document.addEventListener("focusin", place);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") root.classList.add("zx-tips-closed");
  });
})();

/* Questions that should have been settled by now: the page is made once, the day goes on. */
(() => {
  const today = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10); // Beijing
  for (const due of document.querySelectorAll("[data-zx-due]")) {
    if (due.dataset.zxDue >= today) continue;
    const days = Math.round((Date.parse(today) - Date.parse(due.dataset.zxDue)) / 86400000);
    const late = document.createElement("strong");
    late.className = "zx-doubt";
    late.textContent = `已过 ${days} 天，还没有定`;
    due.append(" ", late);
  }
})();
