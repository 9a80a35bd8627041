/** The file that runs in the thread of a store; tsup makes it an entry of its own. */
export const threadFile = new URL('./storeThread.js', import.meta.url)
