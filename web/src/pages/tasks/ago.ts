const steps: [number, Intl.RelativeTimeFormatUnit][] = [
  [60_000, 'second'],
  [3_600_000, 'minute'],
  [86_400_000, 'hour'],
  [Infinity, 'day'],
];
const units = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

// "3 min. ago", of a time in milliseconds.
export function ago(ms: number) {
  const passed = Math.max(0, ms);
  const unit = (steps.find(([below]) => passed < below)?.[1] ?? 'day') as keyof typeof units;
  return words.format(-Math.floor(passed / units[unit]), unit);
}
