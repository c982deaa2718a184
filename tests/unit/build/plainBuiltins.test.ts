import { expect, test } from 'vitest';
import { plainBuiltins } from '../../../scripts/plainBuiltins.ts';

function rendered(code: string): string {
  const { renderChunk } = plainBuiltins();
  if (typeof renderChunk !== 'object') throw new Error('the plugin has a hook with an order');
  const result: unknown = Reflect.apply(renderChunk.handler, {}, [code]);
  return typeof result === 'object' && result !== null && 'code' in result ? String(result.code) : code;
}

test.for([
  ['import fs from "node:fs";', 'const fs = process.getBuiltinModule("node:fs");'],
  [
    'import { join, sep as slash } from "node:path";',
    'const { join, sep: slash } = process.getBuiltinModule("node:path");',
  ],
  [
    'import path, { resolve } from "node:path";',
    'const path = process.getBuiltinModule("node:path"); const { resolve } = process.getBuiltinModule("node:path");',
  ],
  ['import process$1 from "node:process";', 'const process$1 = process;'],
])('%s is taken as it is', ([before = '', after]) => {
  expect(rendered(before)).toBe(after);
});

test.for([
  'import { app } from "electron";',
  'const text = \'import fs from "node:fs";\';',
  'import * as z from "zod";',
])('%s stays as it was', (code) => {
  expect(rendered(code)).toBe(code);
});
