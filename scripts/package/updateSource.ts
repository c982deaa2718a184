import type { BuildNames } from './names.ts';

/**
 * What the updater reads: the GitHub repository whose releases are looked at, from GITHUB_REPOSITORY (owner/name), which
 * GitHub's own builds have. Null without it and for test builds: such an app never looks for updates.
 */
export function updateSource({ testBuild }: Pick<BuildNames, 'testBuild'>): string | null {
  const [owner, repo] = (process.env['GITHUB_REPOSITORY'] ?? '').split('/');
  if (testBuild || !owner || !repo) return null;
  return `provider: github\nowner: ${owner}\nrepo: ${repo}\nupdaterCacheDirName: trainyard-updater\n`;
}
