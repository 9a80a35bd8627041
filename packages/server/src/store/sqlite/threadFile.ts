/** The file that runs in the thread of a store; tsup builds it as a separate entry. */
export const threadFile = new URL('./storeThread.js', import.meta.url)
