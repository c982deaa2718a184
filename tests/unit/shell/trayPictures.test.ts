import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TRAY_ICONS } from '../../../src/main/shell/tray/trayModel.ts';
import { TRAY_PICTURES } from '../../../scripts/package/trayDrawings.ts';

const FOLDER = join(import.meta.dirname, '../../../resources/tray');

/** Width and height of a PNG, from its header (IHDR is the first chunk). */
function sizeOf(name: string): readonly [number, number] {
  const png = readFileSync(join(FOLDER, name));
  expect(png.toString('latin1', 1, 4)).toBe('PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

test('every state of the icon has a drawing', () => {
  expect([...TRAY_PICTURES].sort()).toEqual([...TRAY_ICONS].sort());
});

test.each(TRAY_ICONS.flatMap((icon) => [`${icon}-light`, `${icon}-dark`]))(
  '%s is there in both sizes, and each state looks different',
  (name) => {
    expect(sizeOf(`${name}.png`)).toEqual([22, 22]);
    expect(sizeOf(`${name}@2x.png`)).toEqual([44, 44]);
    const ground = name.split('-')[1] ?? '';
    const same = TRAY_ICONS.filter((icon) =>
      readFileSync(join(FOLDER, `${icon}-${ground}.png`)).equals(readFileSync(join(FOLDER, `${name}.png`))),
    );
    expect(same).toHaveLength(1);
  },
);
