/**
 * SIGKILL to a process and what is below it by the tools of the system: the last rung where there is no /proc.
 * On Windows that is `taskkill /T /F`. It checks no start times, so the caller must know that the number is still that of
 * its own living child. It misses what has left the tree. Written to the package's documentation, not run by our tests.
 */
export async function killTree(pid: number): Promise<void> {
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid || pid === process.ppid) return;
  // Loaded when it is needed: a Linux runner never is, and must start fast.
  const { default: treeKill } = await import('tree-kill');
  await new Promise<void>((resolve) => {
    treeKill(pid, 'SIGKILL', () => resolve());
  });
}
