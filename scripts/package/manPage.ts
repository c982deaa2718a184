import { Command } from 'commander';
import type { Argument, Option } from 'commander';
import { cliProgram } from '../../src/main/cli/main.ts';
import { CliSession } from '../../src/main/cli/session.ts';
import type { BuildNames } from './names.ts';

/** `trainyard(1)` in roff's man macros, made from the commands' own help. */
export function manPage({ version, testBuild }: Pick<BuildNames, 'version' | 'testBuild'>): string {
  const program = cliProgram(new CliSession());
  const commands = program.commands.toSorted((a, b) => (a.name() < b.name() ? -1 : 1));
  return `${[
    `.TH TRAINYARD 1 "" "Trainyard ${plain(version)}" "User Commands"`,
    '.SH NAME',
    'trainyard \\- queue training runs on your own GPUs and stop them',
    '.SH SYNOPSIS',
    `.B trainyard\n.I command\n.RI [ options ]`,
    '.SH DESCRIPTION',
    plain(program.description()),
    '.PP',
    'Every command talks to the core that runs on the data folder: the app, or\n.BR "trainyard serve" .',
    ...(testBuild ? ['.PP', 'This is a test build. It is not meant for daily use.'] : []),
    '.SH COMMANDS',
    ...commands.flatMap(sectionOf),
    '.SH EXIT STATUS',
    ...EXIT_CODES.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, plain(meaning)]),
    '.SH ENVIRONMENT',
    '.TP',
    '.B TRAINYARD_HOME',
    'The data folder.',
    '.SH FILES',
    '.TP',
    '.I ~/.local/share/trainyard',
    'The data folder: the queue, and for each job the log, identity, journal and exit record of its runs.',
    '.TP',
    '.I /usr/lib/systemd/user/trainyard.service',
    'A unit that serves the queue without a window. It is not enabled by itself.',
  ].join('\n')}\n`;
}

const EXIT_CODES = [
  ['0', 'ok'],
  ['1', 'failed; doctor: something is wrong; wait: the job has no exit code of its own'],
  ['2', 'wrong usage or bad input'],
  ['3', 'no core runs on the data folder, or it ended meanwhile'],
  ['4', 'no such job'],
  ['5', 'refused in this state'],
] as const;

function sectionOf(command: Command): readonly string[] {
  return [
    `.SS "trainyard ${[command.name(), ...command.registeredArguments.map(placeOf)].join(' ')}"`,
    plain(sentence(command.description())),
    ...command.options.flatMap((option) => ['.TP', `.B ${plain(option.flags)}`, plain(sentence(aboutOf(option)))]),
    ...examplesOf(command),
  ];
}

function placeOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function aboutOf({ description, argChoices, defaultValue }: Option): string {
  const facts = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(typeof defaultValue === 'string' || typeof defaultValue === 'number' ? [`default ${defaultValue}`] : []),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}

/** What a command has said after its help, as it is. */
function examplesOf(command: Command): readonly string[] {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  const from = text.indexOf('\nExamples:\n');
  if (from < 0) return [];
  const lines = text
    .slice(from + '\nExamples:\n'.length)
    .trimEnd()
    .split('\n');
  return ['.PP', 'Examples:', '.PP', '.nf', '.RS', ...lines.map((line) => plain(line.trim())), '.RE', '.fi'];
}

function sentence(text: string): string {
  const closed = /[.!?]$/.test(text) ? text : `${text}.`;
  return closed.charAt(0).toUpperCase() + closed.slice(1);
}

/** Text that roff takes for nothing but text. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('–', '\\(en')
    .replaceAll('…', '...')
    .replaceAll('’', '\\(cq')
    .replaceAll('→', '\\(->')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}
