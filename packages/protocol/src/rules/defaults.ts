/** The newest messages that a join answers with if it continues nothing, unless configured otherwise. */
export const JOIN_PAGE_SIZE = 50

/** Largest answer with a page of messages, in bytes of JSON, unless configured otherwise. */
export const MAX_PAGE_BYTES = 128 * 1024

/** The part of an answer to a join that its members may take. */
export function memberBytes(maxPageBytes: number): number {
  return maxPageBytes / 4
}

/** How much of the name of an unknown command `command:failed` repeats, in characters. */
export const MAX_ECHOED_NAME_LENGTH = 64
