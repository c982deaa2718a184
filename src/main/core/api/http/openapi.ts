import { z } from 'zod';
import { QUEUE_MODES, ROUTES } from '../../../../shared/contract.ts';
import type { RouteName } from '../../../../shared/contract.ts';
import { JOB_STATUSES } from '../../../../shared/job.ts';
import { toSnake } from './names.ts';

/** A JSON schema (draft 2020-12), as OpenAPI 3.1 uses it. */
type Schema = Readonly<Record<string, unknown>>;
type Method = 'get' | 'post';

/** One operation over HTTP: which of the contract's fields come where. */
interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  /** The route whose schema the fields have; what is named in neither `query` nor the path is in the body. */
  readonly route?: RouteName;
  readonly query?: readonly string[];
  readonly body?: true;
  /** Parameters of the HTTP interface itself. */
  readonly flags?: Readonly<Record<string, Schema & { readonly description: string }>>;
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: Schema }>>;
}

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const FLAG = { type: 'string', enum: ['0', '1'] };
const JOB = { 200: { description: 'The job.', schema: ref('Job') } };
const CANCELLED = { description: 'What became of it.', schema: ref('Cancel') };
const IN_PROGRESS = { description: 'Cancellation in progress.', schema: ref('Cancel') };
const DELETED = { description: 'What is gone.', schema: ref('Deleted') };
const QUEUE = { 200: { description: 'The queue.', schema: ref('Queue') } };

const OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/training/jobs',
    summary: 'Submit a job',
    route: 'jobs.submit',
    body: true,
    answers: { 201: { description: 'It is in the queue.', schema: ref('Submitted') } },
  },
  {
    method: 'post',
    path: '/api/training/jobs/batch',
    summary: 'Submit up to 10000 jobs in one transaction: all of them, or none',
    route: 'jobs.submitMany',
    body: true,
    answers: { 201: { description: 'They are in the queue, in this order.', schema: ref('Batch') } },
  },
  {
    method: 'get',
    path: '/api/training/jobs',
    summary: 'List jobs, newest first',
    route: 'jobs.list',
    query: ['status', 'search', 'limit', 'cursor'],
    answers: { 200: { description: 'A page of jobs.', schema: ref('JobPage') } },
  },
  {
    method: 'get',
    path: '/api/training/jobs/{id}',
    summary: 'Everything about one job; with wait_ms, when it has finished or after that time',
    route: 'jobs.await',
    query: ['waitMs'],
    answers: JOB,
  },
  {
    method: 'get',
    path: '/api/training/jobs/{id}/log',
    summary: 'A part of its log, by byte offset',
    route: 'log.read',
    query: ['offset', 'limit', 'waitMs'],
    answers: { 200: { description: 'The part.', schema: ref('LogPart') } },
  },
  {
    method: 'get',
    path: '/api/training/jobs/{id}/find',
    summary: 'The byte of its log at which a text begins next, exactly as written',
    route: 'log.find',
    query: ['text', 'from'],
    flags: { backwards: { ...FLAG, description: '1 looks towards the beginning.' } },
    answers: { 200: { description: 'Where, or null where there is none.', schema: ref('Found') } },
  },
  {
    method: 'get',
    path: '/api/training/jobs/{id}/receipt',
    summary: 'The proof that a stop left behind',
    answers: { 200: { description: 'The receipt.', schema: ref('Receipt') } },
  },
  {
    method: 'post',
    path: '/api/training/jobs/{id}/delete',
    summary: 'Remove a finished job with its files; it cannot be undone',
    answers: { 200: DELETED },
  },
  {
    method: 'post',
    path: '/api/training/delete',
    summary: 'Remove finished jobs with their files, all of them or none',
    route: 'jobs.delete',
    body: true,
    answers: { 200: DELETED },
  },
  {
    method: 'get',
    path: '/api/training/jobs/{id}/gpus',
    summary: 'What the GPUs of its last run did over time',
    answers: { 200: { description: 'A curve for each GPU.', schema: ref('GpuCurves') } },
  },
  {
    method: 'get',
    path: '/api/training/files',
    summary: 'What runs take on disk, at most a minute old',
    answers: { 200: { description: 'Bytes.', schema: ref('Files') } },
  },
  change('requeue', 'Queue a finished job again, at its old place, as a new run'),
  change('extend', 'Give a stop its grace period once more'),
  change('hold', 'Keep a queued job from starting'),
  change('release', 'Let a held job start'),
  {
    method: 'post',
    path: '/api/training/jobs/{id}/move',
    summary: 'Change the place or the priority of a queued job',
    route: 'jobs.place',
    body: true,
    answers: JOB,
  },
  {
    method: 'post',
    path: '/api/training/jobs/{id}/force',
    summary: 'Cancel a job with SIGKILL now; answers at once',
    answers: { 200: CANCELLED },
  },
  {
    method: 'post',
    path: '/api/training/cancel/{id}',
    summary: 'Cancel a job and wait until it is gone, at most its grace and 5 s',
    flags: {
      wait: { ...FLAG, description: '0 answers at once.' },
      force: { ...FLAG, description: '1 sends SIGKILL now.' },
    },
    answers: { 200: CANCELLED, 202: IN_PROGRESS },
  },
  {
    method: 'post',
    path: '/api/training/cancel',
    summary: 'Cancel several jobs in one transaction; "all" also pauses the queue',
    route: 'jobs.cancelMany',
    body: true,
    answers: { 200: { description: 'What became of each.', schema: ref('Cancels') } },
  },
  { method: 'get', path: '/api/training/queue', summary: "The queue's mode and counts", answers: QUEUE },
  { method: 'post', path: '/api/training/queue/{mode}', summary: 'Run, drain or pause the queue', answers: QUEUE },
  {
    method: 'get',
    path: '/api/training/gpus',
    summary: 'The GPUs and who uses them',
    answers: { 200: { description: 'The GPUs.', schema: ref('Gpus') } },
  },
  {
    method: 'get',
    path: '/api/training/slurm',
    summary: 'The Slurm that the settings name, its partitions and their GPUs',
    answers: { 200: { description: 'What it said last.', schema: ref('Slurm') } },
  },
  {
    method: 'get',
    path: '/api/training/events',
    summary: 'Numbered changes as server-sent events',
    flags: {
      since: { type: 'integer', minimum: 0, description: 'Begin after this event. Last-Event-ID counts before it.' },
    },
    answers: { 200: { description: 'Events open, reset and changed.' } },
  },
  {
    method: 'get',
    path: '/api/health',
    summary: 'Whether the core runs',
    answers: { 200: { description: 'It does.', schema: ref('Health') } },
  },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: { type: 'object' } } },
  },
];

function change(verb: string, summary: string): Operation {
  return { method: 'post', path: `/api/training/jobs/{id}/${verb}`, summary, answers: JOB };
}

/** The HTTP interface as an OpenAPI 3.1 document: what goes in has the contract's own schemas, with the names of the wire. */
export function openApiDocument(version: string): Schema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = operationObject(operation);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Trainyard',
      version,
      description: 'The queue of this machine. Times are Unix milliseconds, ids of jobs are decimal texts.',
    },
    servers: [{ url: 'http://127.0.0.1:{port}', variables: { port: { default: '0', description: 'In api.json.' } } }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'The token in api.json.' } },
      schemas: COMPONENTS,
    },
  };
}

function operationObject(operation: Operation): Schema {
  const { method, path, summary, route, query = [], flags = {}, answers } = operation;
  const fields = route === undefined ? null : fieldsOf(route);
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: name === 'mode' ? { type: 'string', enum: QUEUE_MODES } : { type: 'integer', minimum: 1 },
    })),
    ...query.map((name) => {
      const schema = fields?.properties[toSnake(name)] ?? {};
      // A list is one value with commas, as people type it.
      const list = schema['type'] === 'array' ? { style: 'form', explode: false } : {};
      return { name: toSnake(name), in: 'query', required: false, ...list, schema };
    }),
    ...Object.entries(flags).map(([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      required: false,
      description,
      schema,
    })),
  ];
  return {
    operationId: `${method}_${path.replaceAll(/[{}]/g, '').replaceAll(/\W+/g, '_').replace(/^_/, '')}`,
    summary,
    parameters,
    ...(operation.body === true && fields !== null
      ? { requestBody: { required: true, content: { 'application/json': { schema: bodyOf(fields) } } } }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description, schema }]) => {
          const kind = schema === undefined ? 'text/event-stream' : 'application/json';
          return [status, { description, content: { [kind]: { schema: schema ?? { type: 'string' } } } }];
        }),
      ),
      default: {
        description:
          '400 bad input, 401 and 403 who may not ask, 404 unknown, 409 not in this state, 413 too large, 503 database.',
        content: { 'application/json': { schema: ref('Error') } },
      },
    },
  };
}

interface Fields {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}

/** The fields of a route's input under their names on the wire. */
function fieldsOf(route: RouteName): Fields {
  const schema = z.toJSONSchema(ROUTES[route].input, { io: 'input' }) as {
    readonly properties?: Record<string, Schema>;
    readonly required?: readonly string[];
  };
  return {
    properties: onTheWire(schema.properties ?? {}),
    required: (schema.required ?? []).map(toSnake),
  };
}

/** Properties under their names on the wire, also those of what is inside; names of variables are the client's own. */
function onTheWire(properties: Readonly<Record<string, Schema>>): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      toSnake(name),
      name === 'env' ? schema : renamedInside(schema),
    ]),
  );
}

function renamedInside(schema: Schema): Schema {
  const { properties, required, items, anyOf } = schema as Partial<Fields> & {
    readonly items?: Schema;
    readonly anyOf?: readonly Schema[];
  };
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: onTheWire(properties) }),
    ...(required === undefined ? {} : { required: required.map(toSnake) }),
    ...(items === undefined ? {} : { items: renamedInside(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(renamedInside) }),
  };
}

/** What of the fields is in the body: the job's number is in the address. */
function bodyOf({ properties, required }: Fields): Schema {
  const named = Object.entries(properties).filter(([name]) => name !== 'job_id');
  return {
    type: 'object',
    properties: Object.fromEntries(named),
    required: required.filter((name) => name !== 'job_id'),
    additionalProperties: false,
  };
}

const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };
const STATUS = { type: 'string', enum: JOB_STATUSES };
const orNull = (type: string): Schema => ({ type: [type, 'null'] });

/** An answer: these fields are always there; later versions may add others. */
function answer(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

const COMPONENTS: Readonly<Record<string, Schema>> = {
  Submitted: answer({ job_id: TEXT, status: STATUS, name: TEXT }),
  Batch: answer({ jobs: { type: 'array', items: ref('Submitted') } }),
  Found: answer({ offset: orNull('integer') }),
  Job: answer({
    job_id: TEXT,
    name: TEXT,
    command: { type: 'array', items: TEXT },
    cwd: TEXT,
    gpus: NUMBER,
    stop_signal: TEXT,
    grace_seconds: NUMBER,
    priority: NUMBER,
    held: { type: 'boolean' },
    status: STATUS,
    sentence: TEXT,
    stop: orNull('object'),
    attempt: NUMBER,
    submitted_at: NUMBER,
    started_at: orNull('number'),
    ended_at: orNull('number'),
    exit_code: orNull('integer'),
    signal: orNull('string'),
    reason: orNull('string'),
    target: { type: 'object' },
  }),
  JobPage: answer({ jobs: { type: 'array', items: ref('Job') }, next_cursor: orNull('string') }),
  LogPart: answer({
    text: TEXT,
    offset: NUMBER,
    next_offset: NUMBER,
    size: NUMBER,
    complete: { type: 'boolean' },
  }),
  Receipt: answer({
    verdict: TEXT,
    requested_by: TEXT,
    requested_at: NUMBER,
    finished_at: NUMBER,
    survivors: NUMBER,
    members_gone: NUMBER,
    members: { type: 'array', items: { type: 'object' } },
    members_not_listed: NUMBER,
    steps: { type: 'array', items: { type: 'object' } },
    proofs: { type: 'array', items: TEXT },
  }),
  Cancel: answer({ success: { type: 'boolean' }, job_id: TEXT, previous_status: STATUS, message: TEXT }),
  Deleted: answer({
    success: { type: 'boolean' },
    deleted: { type: 'array', items: TEXT },
    freed_bytes: NUMBER,
    problem: orNull('string'),
  }),
  GpuCurves: answer({ gpus: { type: 'array', items: { type: 'object' } }, every_ms: NUMBER }),
  Files: answer({
    total_bytes: NUMBER,
    run_bytes: NUMBER,
    kept_bytes: NUMBER,
    runs: NUMBER,
    free_bytes: orNull('number'),
    measured_at: NUMBER,
  }),
  Cancels: answer({ success: { type: 'boolean' }, jobs: { type: 'array', items: ref('Cancel') } }),
  Queue: answer({
    mode: { type: 'string', enum: QUEUE_MODES },
    cpu_slots: NUMBER,
    notice: orNull('string'),
    counts: { type: 'object' },
  }),
  Gpus: answer({
    state: TEXT,
    gpus: { type: 'array', items: { type: 'object' } },
    processes: { type: 'array', items: { type: 'object' } },
    failure: orNull('object'),
  }),
  Slurm: answer({
    state: { type: 'string', enum: ['off', 'starting', 'ok', 'unreachable'] },
    via: TEXT,
    cluster: orNull('string'),
    version: orNull('string'),
    partitions: { type: 'array', items: { type: 'object' } },
    unreachable_since: orNull('number'),
    problem: orNull('string'),
  }),
  Health: answer({ status: TEXT, version: TEXT, pid: NUMBER, window: { type: 'boolean' } }),
  Error: answer({
    success: { const: false },
    error: {
      type: 'object',
      properties: { code: TEXT, message: TEXT, field: TEXT },
      required: ['code', 'message'],
    },
  }),
};
