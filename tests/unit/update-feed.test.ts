import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { updateFeed } from '../../scripts/package/updateFeed.ts';
import { updateSource } from '../../scripts/package/updateSource.ts';

test('the feed names every file with the hash that the updater checks', () => {
  const bytes = Buffer.from('package');
  const feed = updateFeed('1.2.3', [{ name: 'trainyard_1.2.3_amd64.deb', bytes }], new Date(0));
  expect(feed).toBe(`version: 1.2.3
files:
  - url: trainyard_1.2.3_amd64.deb
    sha512: ${createHash('sha512').update(bytes).digest('base64')}
    size: 7
releaseDate: '1970-01-01T00:00:00.000Z'
`);
});

test('a test build, and a build that belongs to no repository, never looks for updates', () => {
  const before = process.env['GITHUB_REPOSITORY'];
  try {
    process.env['GITHUB_REPOSITORY'] = 'ada/trainyard';
    expect(updateSource({ testBuild: true })).toBeNull();
    expect(updateSource({ testBuild: false })).toContain('owner: ada\nrepo: trainyard\n');
    delete process.env['GITHUB_REPOSITORY'];
    expect(updateSource({ testBuild: false })).toBeNull();
  } finally {
    if (before !== undefined) process.env['GITHUB_REPOSITORY'] = before;
  }
});
