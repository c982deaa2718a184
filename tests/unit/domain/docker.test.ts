import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  containerCommandOf,
  containerIdIn,
  isOver,
  launchedCommand,
  notFollowed,
  saysNoSuchContainer,
} from '../../../src/main/core/domain/docker.ts';

const MARKS = { cidFile: '/run/container.id', run: '7-1-abc' };

function launched(line: string): string {
  const command = line.split(' ');
  const parsed = containerCommandOf(command);
  return parsed === null ? 'no container' : launchedCommand(command, parsed, MARKS).join(' ');
}

describe('a command that runs a container', () => {
  test.each([
    ['python train.py'],
    ['docker'],
    ['docker ps'],
    ['docker compose run web'],
    ['docker exec c run'],
    ['sudo docker run image'],
    ['sh -c docker run image'],
    ['dockerd run'],
  ])('is not: %s', (line) => {
    expect(containerCommandOf(line.split(' '))).toBeNull();
  });

  test('gets a label, a file for its id and an init process, before its own options', () => {
    expect(launched('docker run --rm --gpus all image python train.py')).toBe(
      'docker run --label trainyard.run=7-1-abc --cidfile /run/container.id --init --rm --gpus all image python train.py',
    );
  });

  test('keeps what it says itself about the file and the init process', () => {
    expect(launched('docker run --init=false --cidfile mine image')).toBe(
      'docker run --label trainyard.run=7-1-abc --init=false --cidfile mine image',
    );
    expect(containerCommandOf(['docker', 'run', '--cidfile=mine', 'image'])?.cidFile).toBe('mine');
  });

  test('is podman’s as well, which has an init process only by another package', () => {
    expect(launched('podman run image')).toBe(
      'podman run --label trainyard.run=7-1-abc --cidfile /run/container.id image',
    );
  });

  test.each([
    ['docker -H tcp://box:1 --debug run image', ['docker', '-H', 'tcp://box:1', '--debug']],
    ['/usr/bin/docker --context=box container run image', ['/usr/bin/docker', '--context=box']],
    ['docker -Htcp://box:1 run image', ['docker', '-Htcp://box:1']],
  ])('%s: other calls go to the same daemon', (line, client) => {
    const command = line.split(' ');
    expect(containerCommandOf(command)?.client).toEqual(client);
    const at = containerCommandOf(command)?.optionsAt ?? 0;
    expect(command[at - 1]).toBe('run');
  });

  test.each([
    ['docker run -d image', true],
    ['docker run -itd image', true],
    ['docker run --detach image', true],
    ['docker run --detach=true image', true],
    ['docker run --detach=false image', false],
    ['docker run -d=false image', false],
    ['docker run image -d', false],
    ['docker run -e -d image', false],
    ['docker run -ed image', false],
    ['docker run --name -d image', false],
    ['docker run -it --rm --shm-size 8g image -d', false],
    ['docker run --shm-size=8g -v /a:/b -d image', true],
    ['docker run -v/a:/b -d image', true],
    ['docker run -- -d', false],
  ])('%s detaches: %s', (line, detached) => {
    const command = line.split(' ');
    expect(containerCommandOf(command)?.detached).toBe(detached);
    expect(notFollowed(command) !== null).toBe(detached);
    if (detached) expect(launched(line)).toBe(line);
  });

  test('whatever its words are, it keeps all of them in their order', () => {
    const words = fc.array(
      fc.oneof(fc.constantFrom('run', '-d', '--init', '-e', '--', '-it', '--cidfile', 'image'), fc.string()),
    );
    fc.assert(
      fc.property(words, (rest) => {
        const command = ['docker', ...rest];
        const parsed = containerCommandOf(command);
        if (parsed === null) return;
        const result = launchedCommand(command, parsed, MARKS);
        const added = result.length - command.length;
        expect([...result.slice(0, parsed.optionsAt), ...result.slice(parsed.optionsAt + added)]).toEqual(command);
      }),
    );
  });
});

describe('what a client says', () => {
  test('only an id becomes an argument', () => {
    const id = 'ab'.repeat(32);
    expect(containerIdIn(`${id}\n`)).toBe(id);
    for (const text of ['', '\n', '--all', 'name', `${id} ${id}`, '../x', 'ABCDEF123456'])
      expect(containerIdIn(text)).toBeNull();
  });

  test.each([
    ['Error: No such object: 3fa4', true],
    ['Error response from daemon: No such container: 3fa4', true],
    ['Error: no such container 3fa4', true],
    ['Error: no container with name or ID "3fa4" found: no such container', true],
    ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', false],
    ['permission denied while trying to connect to the Docker daemon socket', false],
    ['', false],
  ])('%j means gone: %s', (complaint, gone) => {
    expect(saysNoSuchContainer(complaint)).toBe(gone);
  });

  test('a container is over when none of its processes can run', () => {
    expect(['exited\n', 'dead', 'created'].map(isOver)).toEqual([true, true, true]);
    expect(['running', 'paused', 'restarting', 'removing', 'stopping', ''].map(isOver)).toEqual(Array(6).fill(false));
  });
});
