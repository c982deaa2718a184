import type { Notice } from './notice.ts';

/** The texts and buttons of a notice as one notification server can show them. */
export interface ServerNotice {
  readonly summary: string;
  readonly body: string;
  /** Identifiers and labels in turn, as `Notify` takes them. */
  readonly actions: readonly string[];
}

/**
 * Fits a notice to what a server says it can do (`GetCapabilities`): markup is escaped only where the body is read as markup,
 * buttons are left out where they are not shown, and a server without bodies gets all in the title.
 */
export function serverNotice({ title, body, actions }: Notice, capabilities: ReadonlySet<string>): ServerNotice {
  const hasBody = capabilities.has('body');
  return {
    summary: hasBody ? title : `${title}: ${body}`,
    body: hasBody ? (capabilities.has('body-markup') ? escaped(body) : body) : '',
    // The specification calls the plain click on the notification `default`; its label is not shown.
    actions: capabilities.has('actions') ? ['default', 'Open', ...actions.flatMap(({ id, label }) => [id, label])] : [],
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
