import type { Command } from 'commander';
import { Argument } from 'commander';
import type { CliSession } from '../session.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** A command as a shell completes it. */
interface Known {
  readonly name: string;
  readonly about: string;
  readonly options: readonly { readonly flag: string; readonly about: string }[];
}

/** `trainyard completion bash|zsh|fish` */
export function addCompletion(program: Command, session: CliSession): void {
  program
    .command('completion')
    .description('print what a shell needs to complete the commands')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n  trainyard completion bash > ~/.local/share/bash-completion/completions/trainyard\n  trainyard completion zsh > ~/.zfunc/_trainyard\n  trainyard completion fish > ~/.config/fish/completions/trainyard.fish',
    )
    .action((shell: Shell) => session.print(SCRIPTS[shell](program.commands.map(knownOf))));
}

function knownOf(command: Command): Known {
  return {
    name: command.name(),
    about: command.description(),
    options: command.options.map(({ long, short, description }) => ({ flag: long ?? short ?? '', about: description })),
  };
}

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Known[]) => string>> = { bash, zsh, fish };

function bash(commands: readonly Known[]): string {
  const cases = commands.map(({ name, options }) => `    ${name}) words="${flags(options)}" ;;`).join('\n');
  return `_trainyard() {
  local words="" current="\${COMP_WORDS[COMP_CWORD]}"
  local i
  # Behind -- stands the program's own command line.
  for ((i = 1; i < COMP_CWORD; i++)); do [[ "\${COMP_WORDS[i]}" == -- ]] && return; done
  if [[ $COMP_CWORD -eq 1 ]]; then
    words="${commands.map(({ name }) => name).join(' ')}"
  else case "\${COMP_WORDS[1]}" in
${cases}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _trainyard trainyard`;
}

function zsh(commands: readonly Known[]): string {
  const described = commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`).join('\n');
  const cases = commands
    .map(({ name, options }) => {
      const specs = options.map(({ flag, about }) => quoted(`${flag}[${about.replaceAll(/[[\]]/g, '')}]`));
      return `    ${name}) _arguments ${specs.join(' ')} '*:: :_files' ;;`;
    })
    .join('\n');
  return `#compdef trainyard
_trainyard() {
  local -a commands=(
${described}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases}
  esac
}
compdef _trainyard trainyard`;
}

function fish(commands: readonly Known[]): string {
  return commands
    .flatMap(({ name, about, options }) => [
      `complete -c trainyard -f -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`,
      ...options.map(
        ({ flag, about: words }) =>
          `complete -c trainyard -n '__fish_seen_subcommand_from ${name}' -l ${flag.replace(/^--/, '')} -d ${quoted(words)}`,
      ),
    ])
    .join('\n');
}

function flags(options: Known['options']): string {
  return [...options.map(({ flag }) => flag), '--help'].join(' ');
}

/** As a single word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
