/** The default number of newest messages in the answer to a join without a position. */
export const JOIN_PAGE_SIZE = 50

/** The default maximum size of an answer with a page of messages, in bytes of JSON. */
export const MAX_PAGE_BYTES = 128 * 1024

/** The bytes of a join's answer that are reserved for the list of members. */
export function memberBytes(maxPageBytes: number): number {
  return maxPageBytes / 4
}

/** How many characters of an unknown command's name `command:failed` repeats. */
export const MAX_ECHOED_NAME_LENGTH = 64
