/* global document, localStorage */

// Runs before the first paint, so that a theme of the user's own choice does not flash.
try {
  const theme = localStorage.getItem('yektayar:theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the system's theme it is.
}
