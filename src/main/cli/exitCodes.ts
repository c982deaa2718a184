/** Exit codes of `trainyard`, for scripts. */
export const EXIT = { ok: 0, failed: 1, usage: 2, noCore: 3, notFound: 4, refused: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code for an HTTP status of the core. */
export function exitCodeOf(status: number): ExitCode {
  if (status < 400) return EXIT.ok;
  if (status === 404) return EXIT.notFound;
  if (status === 400 || status === 413) return EXIT.usage;
  return status === 409 ? EXIT.refused : EXIT.failed;
}
