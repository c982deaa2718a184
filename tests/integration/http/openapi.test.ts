import { expect, test } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../../../src/main/core/api/http/openapi.ts';
import { trainingRoutes } from '../../../src/main/core/api/http/trainingRoutes.ts';
import { Door } from './door.ts';

/** The parts of OpenAPI 3.1 that the document uses; anything else in it is a mistake. */
const schema = z.looseObject({});
const content = z.partialRecord(z.enum(['application/json', 'text/event-stream']), z.strictObject({ schema }));
const operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  summary: z.string().min(5),
  parameters: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z_]+$/, 'snake_case, as on the wire'),
      in: z.enum(['path', 'query']),
      required: z.boolean(),
      description: z.string().optional(),
      style: z.literal('form').optional(),
      explode: z.boolean().optional(),
      schema,
    }),
  ),
  requestBody: z
    .strictObject({ required: z.literal(true), content: content.refine((of) => 'application/json' in of) })
    .optional(),
  responses: z.record(z.string().regex(/^(20\d|default)$/), z.strictObject({ description: z.string(), content })),
});
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.looseObject({ url: z.string() })).length(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post']), operation)),
  components: z.strictObject({ securitySchemes: schema, schemas: z.record(z.string(), schema) }),
});

test('the document is OpenAPI 3.1 with the names of the wire, every reference leads somewhere, no operation has the name of another', () => {
  const document = documentSchema.parse(JSON.parse(JSON.stringify(openApiDocument('1.2.3'))));
  const text = JSON.stringify(document);
  const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  for (const [, reference] of text.matchAll(/"\$ref":"([^"]+)"/g)) expect(known).toContain(reference);
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  const submit = document.paths['/api/training/jobs']?.post?.requestBody?.content['application/json']?.schema;
  expect(submit).toMatchObject({
    required: ['command', 'cwd'],
    properties: {
      secret_env: { type: 'array' },
      gpu_memory_mib: {},
      stop_signal: { enum: expect.arrayContaining(['SIGINT']) },
      grace_seconds: {},
    },
  });
  for (const schemaText of text.matchAll(/"([a-z]+[A-Z]\w*)":/g))
    expect(schemaText[1], 'only the words of OpenAPI itself are camelCase').toMatch(
      /^(operationId|requestBody|securitySchemes|bearerFormat|min|max|additionalProperties|propertyNames|anyOf)/,
    );
});

test('it names every route that is served, and no other', async () => {
  await using door = await Door.open();
  const named = Object.entries((await door.call('GET', '/openapi.json')).body['paths'] as Record<string, object>)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((route) => route.includes('/api/training'));
  const served = trainingRoutes(door.yard.core).routes.map(
    ({ method, path }) => `${method} /api/training${path.replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  expect(named.sort()).toEqual([...new Set(served)].sort());
});
