// Runs before the first paint: the theme a person chose (src/renderer/state/theme.ts) in place of the system's.
try {
  const theme = localStorage.getItem('trainyard.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme is used.
}
