import type { Command } from 'commander';
import { dataFolder } from '../../paths.ts';
import { EXIT } from '../exitCodes.ts';
import type { CliSession, JsonOptions } from '../session.ts';
import { JSON_OPTION } from '../session.ts';

const MARKS = { ok: 'ok   ', note: 'note ', wrong: 'WRONG' } as const;

/** `trainyard doctor` */
export function addDoctor(program: Command, session: CliSession): void {
  program
    .command('doctor')
    .description('look at all that Trainyard stands on; exit code 1 when something is wrong. Changes nothing')
    .option(...JSON_OPTION)
    .action(async ({ json }: JsonOptions) => {
      const { examine } = await import('../doctor/examine.ts');
      const findings = await examine(dataFolder());
      if (json === true) session.print(JSON.stringify({ data_folder: dataFolder(), checks: findings }));
      else
        for (const { level, name, meaning, advice } of findings)
          session.print(`${MARKS[level]} ${name}: ${meaning}${advice === null ? '' : `\n      → ${advice}`}`);
      if (findings.some(({ level }) => level === 'wrong')) session.exitCode = EXIT.failed;
    });
}
