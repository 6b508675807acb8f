// The two small scripts of the site. Pages are whole without them: they filter and sort the matrix, and copy a command.

/** Filters and sorting of the first page. The state is in the address, so that a view can be linked to. */
export const MATRIX_SCRIPT = `"use strict";
(() => {
  const form = document.querySelector("form.filters");
  const body = document.querySelector("table.matrix tbody");
  if (!form || !body) return;
  const rows = [...body.rows];
  const shown = form.querySelector("output");
  const fields = [...form.elements].filter((field) => field.name);

  const apply = () => {
    const wanted = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    const words = (wanted.text || "").toLowerCase().split(/\\s+/).filter(Boolean);
    let visible = 0;
    for (const row of rows) {
      const fits = ["vendor", "op", "status"].every((name) => !wanted[name] || row.dataset[name] === wanted[name]);
      const found = words.every((word) => row.textContent.toLowerCase().includes(word));
      row.hidden = !(fits && found);
      if (!row.hidden) visible += 1;
    }
    shown.textContent = visible + " of " + rows.length + " shown";
  };

  const remember = () => {
    const state = new URLSearchParams(fields.filter((field) => field.value).map((field) => [field.name, field.value]));
    const hash = state.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname);
  };

  const recall = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) field.value = state.get(field.name) || "";
    for (const field of fields) if (field.selectedIndex === -1) field.value = "";
    apply();
  };

  const sortBy = (head, column) => {
    const descending = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const keyed = rows.map((row) => ({ row, key: row.cells[column].dataset.key || "" }));
    const numeric = keyed.every(({ key }) => key === "" || !Number.isNaN(Number(key)));
    keyed.sort((a, b) => {
      // Rows without a value stay last in both directions.
      if (a.key === "" || b.key === "") return (a.key === "") - (b.key === "");
      const order = numeric ? Number(a.key) - Number(b.key) : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
      return descending ? -order : order;
    });
    body.append(...keyed.map(({ row }) => row));
  };

  document.querySelectorAll("table.matrix thead th[data-sort]").forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Sort by " + head.dataset.sort;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sortBy(head, head.cellIndex));
  });
  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", recall);
  form.hidden = false;
  recall();
})();
`;

/** Copy buttons. Where the page may not use the clipboard, the text is selected and copied the old way. */
export const COPY_SCRIPT = `"use strict";
document.querySelectorAll(".command").forEach((block) => {
  const text = block.querySelector("code");
  const button = document.createElement("button");
  const label = "Copy";
  button.type = "button";
  button.textContent = label;
  const select = () => {
    const selection = getSelection();
    selection.selectAllChildren(text);
    return document.execCommand("copy");
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      return true;
    } catch {
      return select();
    }
  };
  button.addEventListener("click", async () => {
    button.textContent = (await copy()) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = label; }, 2000);
  });
  block.append(button);
});
`;
