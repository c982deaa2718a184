import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../helpers/core.ts';
import { Door } from './door.ts';

const FOLDER = join(ROOT, 'resources/clients/python');
const hasPython = spawnSync('python3', ['--version']).status === 0;

const SCRIPT = `
import sys
from trainyard_client import NoCore, Trainyard, TrainyardError

yard = Trainyard()
stream = yard.events(since=0)
assert next(stream)["event"] == "open"
job = yard.submit(["sh", "-c", "echo hello; exit 3"], name="from python", env={"A": "b"})
ended = next(event for event in stream if event.get("kind") == "job.ended")
assert ended["job_id"] == job and ended["job"]["exit_code"] == 3, ended
done = yard.wait(job)
assert done["status"] == "failed" and done["name"] == "from python", done
assert "".join(yard.log(job)) == "hello\\n"
long = yard.submit(["sleep", "600"])
assert yard.cancel(long)["success"] is True
assert yard.job(long)["status"] == "cancelled"
assert [each["job_id"] for each in yard.jobs()] == [long, job]
assert [each["job_id"] for each in yard.jobs(status=["failed"])] == [job]
assert yard.queue("pause")["mode"] == "pause" and yard.queue()["mode"] == "pause"
held = yard.submit(["true"])
assert [each["job_id"] for each in yard.cancel_all([held])] == [held]
assert yard.cancel_all() == []
assert "gpus" in yard.gpus()
try:
    yard.submit(["true"], cwd="/no/such/folder")
    sys.exit("should have been refused")
except TrainyardError as error:
    assert (error.status, error.code, error.field) == (400, "INVALID_INPUT", "cwd"), vars(error)
try:
    Trainyard(home="/no/such/home").job(1)
    sys.exit("no core is there")
except NoCore:
    pass
print("all well")
`;

test.skipIf(!hasPython)('the Python client does all that it says, with the standard library alone', async () => {
  await using door = await Door.open();
  const python = async (...argv: string[]): Promise<{ code: unknown; out: string }> => {
    const child = spawn('python3', ['-I', '-S', '-B', ...argv], {
      cwd: door.yard.home,
      env: { PATH: process.env['PATH'], TRAINYARD_HOME: door.yard.core.dataFolder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const [code] = (await once(child, 'close')) as [unknown];
    return { code, out };
  };
  const path = `import sys; sys.path.insert(0, ${JSON.stringify(FOLDER)})\n`;
  expect(await python('-c', path + SCRIPT)).toEqual({ code: 0, out: 'all well\n' });
  expect(await python(join(FOLDER, 'trainyard_client.py'), 'submit', '--', 'true')).toEqual({ code: 0, out: '4\n' });
});
