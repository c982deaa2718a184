/**
 * Names on the wire are snake_case, as the plan for the HTTP interface asks; inside they are camelCase.
 * `gpuMemoryMiB` and its like have a unit at the end, which stays together: `gpu_memory_mib`.
 */
export function toSnake(name: string): string {
  if (!/^[a-z]/.test(name)) return name;
  return name.replace(/MiB$/, 'Mib').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The inside name of a wire name. */
export function toCamel(name: string): string {
  if (!/^[a-z]/.test(name)) return name;
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()).replace(/Mib$/, 'MiB');
}

/** Objects whose keys are the user's own and are left as they are. */
const OPAQUE = new Set(['env']);

/** Renames every key of a value on its way in or out. */
export function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [rename(name), OPAQUE.has(name) ? inner : renamed(inner, rename)]),
  );
}
