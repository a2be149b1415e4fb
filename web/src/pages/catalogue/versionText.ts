// Some documents are versioned by the moment they were made, in JavaScript's long words: shown as its
// day.
export function versionText(version: string) {
  const at = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d? \d{4} .*GMT/.test(version)
    ? Date.parse(version.replace(/\(.*/, ''))
    : NaN;
  return Number.isNaN(at) ? version : new Date(at).toISOString().slice(0, 10);
}
