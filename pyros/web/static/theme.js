// Day, dark, red: kept in a cookie, so that the server's page comes in the right one.

const THEMES = ["day", "dark", "red"];
const root = document.documentElement;

/** @param {string} theme */
export function wear(theme) {
  root.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  const word = document.querySelector("#theme span");
  if (word) word.textContent = theme;
  dispatchEvent(new Event("theme"));
}

export function start() {
  document.getElementById("theme")?.addEventListener("click", () => {
    wear(THEMES[(THEMES.indexOf(root.dataset.theme ?? "dark") + 1) % THEMES.length]);
  });
}

/** @param {string} name @returns {string} a colour of the theme */
export const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

export { THEMES };
