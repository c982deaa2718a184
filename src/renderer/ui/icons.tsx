import type { ReactNode } from 'react';

/** The drawing of every icon, on a 16 px grid (brand: 20 px). A status has its own shape, so colour is never the only key. */
export const ICONS = {
  running: (
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
      <path d="M6.4 5.1v5.8L11 8z" fill="var(--c-surface)" stroke="none" />
    </>
  ),
  pending: (
    <>
      <circle cx="8" cy="8" r="5.75" strokeDasharray="2.6 2" />
      <circle cx="8" cy="8" r="2" fill="currentColor" stroke="none" />
    </>
  ),
  queued: (
    <>
      <circle cx="8" cy="8" r="5.75" />
    </>
  ),
  completed: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M5.2 8.2l2 2 3.6-4" />
    </>
  ),
  failed: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="2" fill="currentColor" stroke="none" />
      <path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" stroke="var(--c-surface)" strokeWidth="1.75" />
    </>
  ),
  cancelled: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M4 12l8-8" />
    </>
  ),
  stopping: (
    <>
      <path d="M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3z" />
      <rect x="5.5" y="5.5" width="5" height="5" fill="currentColor" stroke="none" />
    </>
  ),
  stuck: (
    <>
      <path d="M8 1.8L14.6 13.6H1.4z" fill="currentColor" />
      <path d="M8 6v3.6M8 11.6v.2" stroke="var(--c-surface)" strokeWidth="1.75" />
    </>
  ),
  brand: (
    <>
      <path d="M2 4h9M2 16h16M2 10h14M5.5 16L14 4h4M9.8 10L12 7" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.5" />
      <path d="M10.5 10.5L14 14" />
    </>
  ),
  plus: (
    <>
      <path d="M8 3v10M3 8h10" />
    </>
  ),
  minus: (
    <>
      <path d="M3 8h10" />
    </>
  ),
  more: (
    <>
      <circle cx="3" cy="8" r="1.1" fill="currentColor" stroke="none" />
      <circle cx="8" cy="8" r="1.1" fill="currentColor" stroke="none" />
      <circle cx="13" cy="8" r="1.1" fill="currentColor" stroke="none" />
    </>
  ),
  close: (
    <>
      <path d="M4 4l8 8M12 4l-8 8" />
    </>
  ),
  down: (
    <>
      <path d="M4 6l4 4 4-4" />
    </>
  ),
  up: (
    <>
      <path d="M4 10l4-4 4 4" />
    </>
  ),
  play: (
    <>
      <path d="M5 3.5v9l7-4.5z" fill="currentColor" />
    </>
  ),
  pause: (
    <>
      <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2" />
    </>
  ),
  drain: (
    <>
      <path d="M8 2v7M5 6.5L8 9.5l3-3M3 13h10" />
    </>
  ),
  none: null,
  folder: (
    <>
      <path d="M2 4.5A1.5 1.5 0 013.5 3h3l1.5 2h4.5A1.5 1.5 0 0114 6.5v5a1.5 1.5 0 01-1.5 1.5h-9A1.5 1.5 0 012 11.5z" />
    </>
  ),
  sort: (
    <>
      <path d="M5 3v10M2.5 10.5L5 13l2.5-2.5M11 13V3M8.5 5.5L11 3l2.5 2.5" />
    </>
  ),
  drop: (
    <>
      <path d="M8 2v8M4.8 7L8 10.2 11.2 7M2.5 10v2.5A1 1 0 003.5 13.5h9a1 1 0 001-1V10" />
    </>
  ),
  follow: (
    <>
      <path d="M8 2v8M4.8 7L8 10.2 11.2 7M3 13.5h10" />
    </>
  ),
  wrap: (
    <>
      <path d="M2 4h12M2 8h9.5a2.2 2.2 0 010 4.5H9M10.6 10.6L8.8 12.5l1.8 1.8M2 12.5h4" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 3v-.5H4A1.5 1.5 0 002.5 4v6.5H3" />
    </>
  ),
  check: (
    <>
      <path d="M3.5 8.5l3 3 6-7" />
    </>
  ),
  undo: (
    <>
      <path d="M6 3L3 6l3 3M3 6h6.5a3.5 3.5 0 010 7H6" />
    </>
  ),
  again: (
    <>
      <path d="M13 8a5 5 0 11-1.6-3.7M13 2.5v2.7h-2.7" />
    </>
  ),
  top: (
    <>
      <path d="M3.5 2.5h9M8 13.5V5.5M4.5 9L8 5.5 11.5 9" />
    </>
  ),
  raise: (
    <>
      <path d="M4 8l4-4 4 4M4 12.5l4-4 4 4" />
    </>
  ),
  lower: (
    <>
      <path d="M4 3.5l4 4 4-4M4 8l4 4 4-4" />
    </>
  ),
  details: (
    <>
      <rect x="2.5" y="2.5" width="11" height="11" rx="1.5" />
      <path d="M5.5 6h5M5.5 8.5h5M5.5 11h3" />
    </>
  ),
  gear: (
    <>
      <circle cx="8" cy="8" r="2.2" />
      <path d="M8 1.8v2.1M8 12.1v2.1M1.8 8h2.1M12.1 8h2.1M3.6 3.6l1.5 1.5M10.9 10.9l1.5 1.5M3.6 12.4l1.5-1.5M10.9 5.1l1.5-1.5" />
    </>
  ),
  shield: (
    <>
      <path d="M8 1.8l5.2 2v4c0 3.2-2.2 5.3-5.2 6.4-3-1.1-5.2-3.2-5.2-6.4v-4z" />
      <path d="M5.6 8l1.8 1.8 3.2-3.6" />
    </>
  ),
  send: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M5.2 8h5.4M8.4 5.8L10.6 8l-2.2 2.2" />
    </>
  ),
  asked: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.8V8l2.2 1.6" />
    </>
  ),
  trash: (
    <>
      <path d="M2.8 4.2h10.4M6 4V2.5h4V4M4.2 4.2l.7 9.3h6.2l.7-9.3M6.8 6.8v4.2M9.2 6.8v4.2" />
    </>
  ),
  file: (
    <>
      <path d="M4 1.8h5.2L12.2 5v9.2H4zM9 2v3.2h3" />
    </>
  ),
  bolt: (
    <>
      <path d="M9 1.8L3.5 9H8l-1 5.2L12.5 7H8z" fill="currentColor" />
    </>
  ),
} as const satisfies Readonly<Record<string, ReactNode>>;

/** The name of an icon in {@link ICONS}. */
export type IconName = keyof typeof ICONS;
