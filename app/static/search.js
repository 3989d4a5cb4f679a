// "/" puts the cursor in the search of people, from anywhere but a field. Attached by data-search-field.
const field = document.querySelector("[data-search-field]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
