import { describe, expect, test } from 'vitest';
import { guard } from '../../../src/main/core/api/http/guard.ts';
import type { GuardedRequest } from '../../../src/main/core/api/http/guard.ts';

const PORT = 41_234;
const TOKEN = 'x'.repeat(20) + 'Y-_' + 'z'.repeat(20);
const REFUSED_HOST = { status: 403, message: 'This address is served to this machine only.' };
const REFUSED_PAGE = { status: 403, message: 'Requests from web pages are refused.' };
const REFUSED_TOKEN = {
  status: 401,
  message: 'The token is missing or wrong; it stands in api.json in the data folder.',
};

function asked(over: Partial<GuardedRequest> = {}) {
  const request = {
    method: 'POST',
    host: `127.0.0.1:${PORT}`,
    origin: undefined,
    authorization: `Bearer ${TOKEN}`,
    ...over,
  };
  return guard(request, PORT, TOKEN);
}

describe('the loopback guard lets through', () => {
  test.for([`127.0.0.1:${PORT}`, `localhost:${PORT}`, `LOCALHOST:${PORT}`])(
    'a script on this machine that asks %s with the token',
    (host) => {
      expect(asked({ host })).toBeNull();
    },
  );
});

describe('the loopback guard turns away', () => {
  test.for([
    `evil.example:${PORT}`,
    `127.0.0.1.evil.example:${PORT}`,
    `localhost.evil.example:${PORT}`,
    `evil.example`,
  ])('DNS rebinding: a page’s own name %s that resolves to this machine', (host) => {
    expect(asked({ host })).toEqual(REFUSED_HOST);
  });

  test('a request without a Host', () => {
    expect(asked({ host: undefined })).toEqual(REFUSED_HOST);
  });

  test.for(['127.0.0.1', '127.0.0.1:80', `127.0.0.1:${PORT}0`, `127.0.0.1:${PORT} `, `user@127.0.0.1:${PORT}`])(
    'another port or a made-up one: %s',
    (host) => {
      expect(asked({ host })).toEqual(REFUSED_HOST);
    },
  );

  test('this machine under an address it does not listen on', () => {
    expect(asked({ host: `192.168.1.7:${PORT}` })).toEqual(REFUSED_HOST);
    expect(asked({ host: `[::1]:${PORT}` })).toEqual(REFUSED_HOST);
    expect(asked({ host: `0.0.0.0:${PORT}` })).toEqual(REFUSED_HOST);
  });

  test('a page of another origin, though it has the token', () => {
    expect(asked({ origin: 'https://evil.example' })).toEqual(REFUSED_PAGE);
  });

  test('a sandboxed frame or a file, whose origin is “null”', () => {
    expect(asked({ origin: 'null' })).toEqual(REFUSED_PAGE);
  });

  test('a page that another program serves on this machine, or on this very port', () => {
    expect(asked({ origin: 'http://localhost:3000' })).toEqual(REFUSED_PAGE);
    expect(asked({ origin: `http://127.0.0.1:${PORT}` })).toEqual(REFUSED_PAGE);
  });

  test.for<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['the scheme alone', 'Bearer '],
    ['a wrong one of the same length', `Bearer ${'y'.repeat(TOKEN.length)}`],
    ['a shorter one', `Bearer ${TOKEN.slice(0, -1)}`],
    ['a longer one', `Bearer ${TOKEN}x`],
    ['one in another case', `Bearer ${TOKEN.toLowerCase()}`],
    ['one with a space more', `Bearer ${TOKEN} `],
    ['another scheme', `Basic ${TOKEN}`],
    ['the bare token', TOKEN],
  ])('another user of the machine, whose token is %s', ([, authorization]) => {
    expect(asked({ authorization })).toEqual(REFUSED_TOKEN);
  });

  test('a page before it is told whether its token is right: a refusal tells no more than it must', () => {
    expect(asked({ origin: 'https://evil.example', authorization: 'Bearer wrong' })).toEqual(REFUSED_PAGE);
    expect(asked({ host: 'evil.example', authorization: 'Bearer wrong' })).toEqual(REFUSED_HOST);
  });
});
