import { z } from 'zod';

const isWebAddress = (text: string): boolean => {
  // WHATWG URL is in every runtime this is used in, but in no library that this folder is compiled with.
  return /^https?:\/\/[^\s/?#]+/i.test(text);
};

/** What every client gets in place of the webhook's key; sent back it changes nothing. */
export const HIDDEN_SECRET = '••••••';

/** Settings of what goes out of the app and comes in: HTTP on loopback, the webhook and the hook command. */
export const serviceFields = {
  /** Whether the app listens on 127.0.0.1; a headless core always does. */
  httpEnabled: z.boolean().default(true),
  /** Port on 127.0.0.1; 0 takes a free one at each start. */
  httpPort: z.int().min(0).max(65_535).default(0),
  /** Where changes of a job's status are posted, or null. */
  webhookUrl: z.string().max(2_000).refine(isWebAddress).nullable().default(null),
  /** Key of the signature that goes with each post, or null for none. Never written to a log. */
  webhookSecret: z.string().min(1).max(1_000).nullable().default(null),
  /** Program and arguments to run at each change of a job's status, or null. */
  hookCommand: z.array(z.string().max(10_000)).min(1).max(100).nullable().default(null),
};

/** The same for a change of settings, with words for people. */
export const servicePatchFields = {
  httpEnabled: z.boolean('must be true or false'),
  httpPort: z.int('must be a whole number').min(0, 'must be 0 or more').max(65_535, 'must be 65535 or less'),
  webhookUrl: z
    .string('must be an address, or null for none')
    .max(2_000, 'is longer than 2000 characters')
    .refine(isWebAddress, 'must begin with http:// or https:// and name a host')
    .nullable(),
  webhookSecret: z
    .string('must be a text, or null for none')
    .min(1, 'is empty; null means none')
    .max(1_000, 'is longer than 1000 characters')
    .nullable(),
  hookCommand: z
    .array(z.string().max(10_000, 'is longer than 10000 characters'), 'must be a list of texts, or null for none')
    .min(1, 'is empty; null means none')
    .max(100, 'has more than 100 parts')
    .refine(([program = '']) => program.trim() !== '', 'names no program')
    .nullable(),
};
