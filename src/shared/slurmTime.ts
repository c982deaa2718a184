/**
 * Seconds of a time limit as `sbatch --time` takes it: `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`,
 * `days-hours:minutes` or `days-hours:minutes:seconds`. Null for anything else, and for no time at all.
 */
export function secondsOfSlurmTime(text: string): number | null {
  const parts = /^(?:(\d{1,5})-)?(\d{1,7})(?::(\d{1,7}))?(?::(\d{1,7}))?$/.exec(text.trim());
  if (parts === null) return null;
  const [days, first, second, third] = [parts[1], parts[2], parts[3], parts[4]].map((part) =>
    part === undefined ? null : Number(part),
  );
  if (first === null || first === undefined) return null;
  const seconds =
    typeof days === 'number'
      ? ((days * 24 + first) * 60 + (second ?? 0)) * 60 + (third ?? 0)
      : typeof third === 'number'
        ? (first * 60 + (second ?? 0)) * 60 + third
        : first * 60 + (second ?? 0);
  return seconds > 0 ? seconds : null;
}

/** A time limit as Slurm writes it: `45:00` is 45 minutes, `2-00:00:00` two days. */
export function slurmTimeOf(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const whole = Math.round(seconds);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3_600) % 24;
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  if (days > 0) return `${days}-${two(hours)}:${rest}`;
  return hours > 0 ? `${two(hours)}:${rest}` : rest;
}
