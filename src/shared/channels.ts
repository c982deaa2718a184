/** The two IPC channels there are: requests that are answered, and events that the core sends. */
export const REQUEST_CHANNEL = 'trainyard:request';
export const EVENT_CHANNEL = 'trainyard:event';
