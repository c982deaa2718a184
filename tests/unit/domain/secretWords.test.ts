import { expect, test } from 'vitest';
import {
  commandWithoutSecrets,
  keptSecretsOf,
  NO_SECRETS,
  textWithoutValues,
} from '../../../src/main/core/domain/secretWords.ts';

test.for([
  ['python train.py --lr 3e-4', 'python train.py --lr 3e-4'],
  ['train --hf-token abc --lr 1', 'train --hf-token •••••• --lr 1'],
  ['train --api_key=abc', 'train --api_key=••••••'],
  ['env WANDB_API_KEY=abc python x.py', 'env WANDB_API_KEY=•••••• python x.py'],
  ['x postgres://me:pw@host/db', 'x ••••••'],
  ['x --db=postgres://me:pw@host/db', 'x --db=••••••'],
  ['train --tokenizer gpt2 --num-tokens=5', 'train --tokenizer gpt2 --num-tokens=5'],
  ['x -password', 'x -password'],
])('“%s” is shown as “%s”', ([command = '', shown]) => {
  expect(commandWithoutSecrets(command.split(' '), NO_SECRETS)).toBe(shown);
});

test('a variable that the user called secret is hidden where a command sets it, another is not', () => {
  const secrets = keptSecretsOf({ env: { PIN: '12', SEED: '7' }, secretEnv: ['PIN'] });
  expect(commandWithoutSecrets(['env', 'PIN=12', 'SEED=7', 'python'], secrets)).toBe('env PIN=•••••• SEED=7 python');
});

test('the value of a secret is hidden wherever a process was given it, the longer of two first; short ones are words', () => {
  const env = { SITE: 'hunter2', HF_TOKEN: 'hunter2-and-more', USE_AUTH: 'true', SEED: '1234567' };
  const secrets = keptSecretsOf({ env, secretEnv: ['SITE'] });
  expect(textWithoutValues('x --to=hunter2 hunter2-and-more --flag true --seed 1234567', secrets)).toBe(
    'x --to=•••••• •••••• --flag true --seed 1234567',
  );
});
