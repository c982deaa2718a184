import { expect, test } from 'vitest';
import { commandWithoutSecrets } from '../../../src/main/core/domain/secretWords.ts';

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
  expect(commandWithoutSecrets(command.split(' '))).toBe(shown);
});
